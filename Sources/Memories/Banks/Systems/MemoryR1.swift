import Palimpsest

extension BankSettings {
  /// Memory-R1: the policy writes down facts; for each, shown the entries most like it, it says ADD, UPDATE, DELETE
  /// or NOOP; at the end it names the entries that it relies on.
  static let memoryR1 = BankSettings { bank in
    bank.extraction = Spec("facts")
    bank.merge = Spec("operations")
    bank.retriever = Spec("dense")
    bank.fetch = 60
    bank.keep = 60
    bank.distiller = Spec("select")
    bank.forgetting = Spec("fifo")
  }
}
