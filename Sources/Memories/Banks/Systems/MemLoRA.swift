import Palimpsest

extension BankSettings {
  /// MemLoRA: extraction, update and answer are three operations, each with a prompt of its own, so that each can have
  /// an adapter of its own. Switching adapters is the policy's part.
  static let memLoRA = BankSettings { bank in
    bank.extraction = Spec("facts")
    bank.merge = Spec("relations", ["judge": .string("policy")])
    bank.retriever = Spec("dense")
    bank.forgetting = Spec("fifo")
  }
}
