import Foundation

/// The answer from a study: a span, its sentence, and the reason.
struct Answering {
  private(set) var answer = ""
  /// The passage that is cited.
  private(set) var cited: Int?
  /// How sure of it the weights are, against all other spans, 0...1; 1 for a choice, yes and no.
  private(set) var share = 0.0
  /// The sentences of a first step that led to the cited one; empty where there was none.
  private(set) var origins: Set<Int> = []
  /// For a choice, yes or no: whether the notes cover everything that is compared, so that the answer
  /// is not a guess.
  private(set) var isFounded = false
  private let study: Study
  private var sheet: Sheet { study.sheet }
  private var inquiry: Inquiry { study.inquiry }

  init(from study: Study) {
    self.study = study
    let ranked = study.ranked
    guard let best = ranked.first else {
      // Of nothing but the question, only a choice can be answered, and only by guessing.
      answer = inquiry.kind == .yesNo ? "yes" : inquiry.choices.first ?? ""
      return
    }
    cited = best
    switch inquiry.kind {
    case .yesNo, .choice:
      let comparing = Comparing(study, ranked)
      (answer, cited, share) = (comparing.answer, comparing.cited ?? cited, 1)
      isFounded = comparing.isFounded
    default: extract()
    }
  }

  /// The sentence it rests on, behind its heading, then the answer. All words are the text's: a metric that looks
  /// for an answer in the reply must not find it in words of ours.
  var text: String {
    let boxed = "\\boxed{\(answer)}"
    guard let cited else { return boxed }
    let passage = sheet.passages[cited]
    let heading = passage.heading < 0 ? "" : "\(sheet.line(sheet.headings[passage.heading].range)): "
    return "\(heading)\"\(sheet.line(passage.range))\"\n\(boxed)"
  }

  // MARK: spans

  /// The span with the largest share in a log-linear model; the shares of a span in several places
  /// are added.
  private mutating func extract() {
    let chain = Chain(in: study)
    let all = Candidates(of: study).all
    let second = chain.map { chain in all.filter { chain.takes($0) } } ?? []
    let candidates = second.isEmpty ? all : second
    let ratings = candidates.map { $0.clues.rating }
    guard let top = ratings.max() else { return }
    var shares: [UInt64: Double] = [:]
    var sum = 0.0
    for (candidate, rating) in zip(candidates, ratings) {
      let share = exp(rating - top)
      shares[candidate.identity, default: 0] += share
      sum += share
    }
    var best = (share: 0.0, rating: -Double.infinity, place: 0)
    // The first of equals: ranked passages come first, and within one the order of the text.
    for (place, rating) in ratings.enumerated() {
      let share = shares[candidates[place].identity, default: 0]
      if (share, rating) > (best.share, best.rating) { best = (share, rating, place) }
    }
    answer = sheet.line(candidates[best.place].bytes)
    cited = candidates[best.place].passage
    share = best.share / sum
    if !second.isEmpty { origins = chain?.origins ?? [] }
  }
}
