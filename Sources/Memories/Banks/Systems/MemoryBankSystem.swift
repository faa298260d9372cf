import Palimpsest

extension BankSettings {
  /// MemoryBank: turns fade with exp(−t / S) unless the conversation comes back to them; each day leaves a summary, and
  /// a portrait of the speaker is kept.
  static let memoryBank = BankSettings { bank in
    bank.forgetting = Spec("ebbinghaus", ["unit": .int(86_400)])
    bank.reflections = [Spec("days")]
    bank.retriever = Spec("dense")
    bank.fetch = 6
    bank.keep = 6
    bank.rehearse = 6
    bank.distiller = Spec("portrait")
  }
}
