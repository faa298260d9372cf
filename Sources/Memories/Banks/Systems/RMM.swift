import Palimpsest

extension BankSettings {
  /// RMM: every session its turns become topics, found by their summary; a residual layer ranks 20 and keeps 5.
  static let rmm = BankSettings { bank in
    bank.reflections = [Spec("topics")]
    bank.retriever = Spec("dense")
    bank.reranker = Spec("residual")
    bank.fetch = 20
    bank.keep = 5
    bank.forgetting = Spec("fifo")
  }
}
