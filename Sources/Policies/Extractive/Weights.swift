/// The numbers of the ranking. Found by experiment on one half of the questions of HotpotQA, MuSiQue,
/// 2Wiki and SQuAD, told apart by a hash of their ids; docs/measurements.md reports the other half.
struct Weights: Codable, Sendable {
  /// A term that stands in the heading only, against one in the sentence itself.
  var heading = 0.8
  /// Two terms side by side as in the question, per sum of their rarities.
  var pair = 0.3
  /// A name of the question that stands whole in sentence or heading, per sum of its rarities.
  var name = 0.3
  /// BM25's b: how much a sentence longer than the mean is held against it.
  var length = 0.4
  /// A name met in a strong sentence, found in another one: as heading, and inside.
  var bridgeHeading = 1.0
  var bridge = 0.3
  /// How many sentences names are taken from.
  var anchors = 6.0
  /// Rounds of bridging: one less than the hops.
  var hops = 2.0
}
