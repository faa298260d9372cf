import Palimpsest

/// What may vary in an experiment: a struct whose properties are the keys of its YAML file and of `--set`, their
/// values the defaults. One that assembles a reader is `Parts`.
public protocol ExperimentSettings: Codable, Sendable {
  var seed: UInt64 { get }

  /// Refuses what cannot be run; asked of every point of a sweep before anything is begun.
  ///
  /// - Parameter full: every setting, those of the parts included.
  func check(_ full: Setting) throws

  /// SHA-256 of the prompts that a policy is asked with, by name: a run goes on only with the same.
  func promptHashes() async throws -> [String: String]
}

extension ExperimentSettings {
  public var seed: UInt64 { 1 }
  public func check(_ full: Setting) throws {}
  public func promptHashes() async throws -> [String: String] { [:] }
}
