import Palimpsest

extension BankSettings {
  /// SCM: a few turns by relevance and recency, each whole, in short or not at all, in the order of their time.
  static let scm = BankSettings { bank in
    bank.retriever = Spec("dense")
    bank.reranker = Spec("recent")
    bank.fetch = 20
    bank.keep = 10
    bank.distiller = Spec("fit")
    bank.forgetting = Spec("fifo")
  }
}
