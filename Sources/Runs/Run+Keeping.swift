import Basics
import Foundation
import Terminal

extension Run {
  /// A value that is computed once and kept in the run's folder as `NAME.json`. When it stands there, it is read
  /// instead of computed again.
  ///
  ///     let scores = try await run.kept("scores-overwrite") { judge(model) }
  ///
  /// - Parameters:
  ///   - name: of the file; one for each value of a run.
  ///   - make: called where nothing stands on disk.
  /// - Throws: `RunError.unreadable` for a file that does not hold such a value, `.interrupted` where the process is asked
  ///   to end before it is computed; what `make` throws.
  public func kept<Value: Codable & Sendable>(
    _ name: String, _ make: @Sendable () async throws -> Value
  ) async throws -> Value {
    try await orFail {
      try await folder.open(for: settings)
      let file = folder.file(name + ".json")
      guard FileManager.default.fileExists(atPath: file.path) else {
        guard !Interruption.isRequested else { throw RunError.interrupted(resume: Interruption.command) }
        let value = try await make()
        try WholeFile.write(value, asJSONTo: file)
        return value
      }
      do { return try JSONDecoder().decode(Value.self, from: Data(contentsOf: file)) } catch {
        throw RunError.unreadable(
          file.path, reason: "it does not hold what this script keeps there; remove it, and it is computed again")
      }
    }
  }
}
