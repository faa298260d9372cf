import Palimpsest
import PolicyRemote
import Settings
import Terminal

extension Examination {
  /// What an endpoint offers, each replica on its own.
  ///
  /// - Throws: `SettingError`, a `Refusal` where no call can be made at all.
  public static func endpoint(_ address: String, model: String) async throws -> [Examination] {
    #if Remote
      var settings = RemotePolicy.Settings(endpoint: address, model: model.isEmpty ? "unnamed" : model)
      settings.retries = 0
      try settings.check(at: "policy")
      let policy = try RemotePolicy(settings)
      let probes = await policy.probe()
      await policy.shutdown()
      return probes.map { probe in
        let models = probe.models.isEmpty ? "" : "; models: \(probe.models.prefix(8).joined(separator: ", "))"
        let isFine = probe.isReady || (model.isEmpty && probe.isReachable)
        return Examination(
          probe.endpoint, isFine ? .fine : .missing,
          "\(probe.isReachable ? "answers" : "does not answer") (\((probe.seconds * 1000).rounded() / 1000) s)\(models)",
          remedy: isFine ? "" : probe.complaint ?? "")
      }
    #else
      throw RunError.environment(
        "this build asks no endpoint: the trait Remote is off; build without --disable-default-traits")
    #endif
  }
}
