/// Whether what is known suffices to answer, and why: every name of the question stands in the
/// best sentences, so does nearly all the rest of it by rarity, and one of them holds a span of the
/// wanted kind.
struct Sufficiency {
  private(set) var isEnough = false
  private let study: Study

  /// How many of the best sentences may share the question's terms between them.
  private static let sentences = 3
  /// The share of the terms' rarity that must be covered.
  private static let coverage = 0.9

  init(of study: Study) {
    self.study = study
    let best = study.ranked.prefix(Self.sentences)
    let known = best.reduce(UInt64(0)) { $0 | study.masks[$1] }
    let inquiry = study.inquiry
    let names = inquiry.names.reduce(0, |)
    var covered = 0.0
    var full = 0.0
    for (term, rarity) in study.rarities.enumerated() {
      full += rarity
      if known & 1 << UInt64(term) != 0 { covered += rarity }
    }
    // Counts of a few sentences say nothing about what is rare.
    guard study.counts.sentences >= 8, full > 0, names & ~known == 0 else { return }
    isEnough = covered >= Self.coverage * full && !Answering(from: study).answer.isEmpty
  }

  private static let enough = "All it asks for is covered, and a span of the wanted kind stands there."

  func reason(fresh: Int) -> String {
    let news =
      switch fresh {
      case 0: "Nothing new bears on the question more than the notes."
      case 1: "One new sentence bears on the question."
      default: "\(fresh) new sentences bear on the question."
      }
    return isEnough ? "\(news) \(Self.enough)" : news
  }
}
