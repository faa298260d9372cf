/// The numbers of the ranking and of the answer.
///
/// Found by experiment on one half of the questions of HotpotQA, MuSiQue, 2Wiki and SQuAD, told apart
/// by a hash of their ids (Tests/Benchmarks/Reading); docs/measurements.md reports the other half.
struct Weights: Codable, Sendable {
  // MARK: sentences

  /// A term that stands in the heading only, against one in the sentence itself.
  var heading = 0.9
  /// Two terms side by side as in the question, per sum of their rarities.
  var pair = 0.1
  /// A name of the question that stands whole in sentence or heading, per sum of its rarities.
  var name = 0.1
  /// BM25's b: how much a sentence longer than the mean is held against it.
  var length = 0.45
  /// A name met in a strong sentence, found again as the heading of another one, and inside one.
  var bridgeHeading = 2.5
  var bridge = 0.8
  /// How many of the best sentences names are taken from.
  var anchors = 6
  /// The update gate opens for a new sentence that has this share of the best one's worth.
  var novelty = 0.3

  // MARK: gates

  /// The share of the question's terms, by rarity, that the sentences of an answer must have before
  /// the reading ends.
  var coverage = 0.8
  /// The share of all likelihood that the answer must have.
  var margin = 0.4

  // MARK: answers

  /// How much of the first hop's worth an answer in the second one inherits.
  var chain = 1.0
  /// How fast nearness fades, per word.
  var fading = 0.2
}
