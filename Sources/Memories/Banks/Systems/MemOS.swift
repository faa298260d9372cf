import Palimpsest

extension BankSettings {
  /// MemOS: like entries are merged with their lineage, groups get a parent, cold entries leave, hot ones are marked
  /// for another tier.
  static let memOS = BankSettings { bank in
    bank.admission = Spec("trusted")
    bank.merge = Spec("fuse")
    bank.forgetting = Spec("heat")
    bank.reflections = [Spec("clusters")]
    bank.rehearse = 3
    bank.reranker = Spec("importance")
    bank.tiering = Spec("heat")
  }
}
