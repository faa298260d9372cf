import Palimpsest

extension BankSettings {
  /// A-MEM: each passage is a note with keywords, tags and context; new notes link to their neighbours and change
  /// them; what is found brings what it links to.
  static let aMem = BankSettings { bank in
    bank.extraction = Spec("passages", ["makes": .string("note")])
    bank.linking = Spec("evolve")
    bank.retriever = Spec("linked")
    bank.fetch = 10
    bank.keep = 20
  }
}
