import Palimpsest

extension BankSettings {
  /// ArcMemo, open-ended form: lessons with a situation and a suggestion, merged by name; the five that fit are shown.
  static let arcMemo = BankSettings { bank in
    bank.extraction = Spec("none")
    bank.reflections = [Spec("concepts")]
    bank.retriever = Spec("key")
    bank.fetch = 5
    bank.keep = 5
  }
}
