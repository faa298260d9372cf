import Palimpsest

/// The settings of an experiment: the properties are the keys of its YAML file and of `--set`, and their values
/// are the defaults. Settings that assemble a reader are `Parts`.
public protocol ExperimentSettings: Codable, Sendable {
  var seed: UInt64 { get }

  /// Refuses what cannot be run; asked of every point of a sweep before anything is begun.
  ///
  /// - Parameter full: every setting, those of the parts included.
  func check(_ full: Setting) throws

  /// SHA-256 of the prompts of a run, by name: a run resumes only with the same prompts.
  func promptHashes() throws -> [String: String]
}

extension ExperimentSettings {
  /// 1, unless the settings have a seed.
  public var seed: UInt64 { 1 }
  /// Accepts everything, unless the settings refuse something.
  public func check(_ full: Setting) throws {}
  /// None, for settings that assemble no reader.
  public func promptHashes() throws -> [String: String] { [:] }
}
