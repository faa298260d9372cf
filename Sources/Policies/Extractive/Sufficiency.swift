/// Whether the known sentences suffice to answer, and why.
///
/// They suffice when the sentence of the answer, the sentence that led to it and those under its heading
/// have almost all terms of the question, by rarity, and the answer stands out among all other spans.
/// Terms anywhere on the page do not count: with many documents a page soon has them.
struct Sufficiency {
  private(set) var isEnough = false
  private let study: Study

  init(of study: Study) {
    self.study = study
    let inquiry = study.inquiry
    let full = study.rarities.reduce(0, +)
    // Counts of a few sentences say nothing about what is rare.
    guard study.counts.sentences >= 8, full > 0 else { return }
    let wanted = study.weights.coverage * full
    // Most chunks end here: their terms do not suffice wherever they stand.
    let known = study.masks.indices.reduce(UInt64(0)) { study.scores[$1] > 0 ? $0 | study.masks[$1] : $0 }
    let names = inquiry.names.reduce(0, |)
    guard names & ~known == 0, study.rarity(of: known) >= wanted else { return }

    let answering = Answering(from: study)
    guard let cited = answering.cited, answering.share >= study.weights.margin else { return }
    switch inquiry.kind {
    case .choice, .yesNo: isEnough = answering.isFounded
    default:
      let steps = answering.origins.reduce(UInt64(0)) { $0 | study.masks[$1] }
      isEnough = study.rarity(of: support(of: cited) | steps) >= wanted
    }
  }

  /// The terms of the sentences an answer rests on.
  private func support(of passage: Int) -> UInt64 {
    var mask = study.masks[passage]
    let arrival = study.bridges.arrivals[passage]
    if arrival >= 0 { mask |= study.masks[study.bridges.all[arrival].passage] }
    let heading = study.sheet.passages[passage].heading
    guard heading >= 0 else { return mask }
    for (other, terms) in zip(study.sheet.passages, study.masks) where other.heading == heading { mask |= terms }
    return mask
  }

  static let nothingNew = "Nothing new bears on the question more than the notes."

  func reason(fresh: Int) -> String {
    let news =
      fresh == 1 ? "One new sentence bears on the question." : "\(fresh) new sentences bear on the question."
    return isEnough ? news + " All it asks for stands with one answer that others are far behind." : news
  }
}
