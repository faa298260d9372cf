import Palimpsest

extension BankSettings {
  /// Second Me: notes (L0), their clusters and a portrait in numbered versions (L1). The layer of weights (L2) is a
  /// training, and no part of the bank.
  static let secondMe = BankSettings { bank in
    bank.extraction = Spec("passages", ["makes": .string("note")])
    bank.merge = Spec("key")
    bank.reflections = [Spec("clusters"), Spec("days")]
    bank.retriever = Spec("dense")
    bank.distiller = Spec("portrait")
  }
}
