import ArgumentParser
import Palimpsest

/// The flags that every experiment and every verb that reads understands.
public struct Flags: ParsableArguments {
  @Option(name: .shortAndLong, help: ArgumentHelp("A YAML file of settings.", valueName: "file"))
  public var config: String?

  @Option(
    name: .customLong("set"), parsing: .singleValue,
    help: ArgumentHelp("Override a setting; a comma makes a list, which is swept.", valueName: "key=value"))
  public var overrides: [String] = []

  @Option(help: ArgumentHelp("The folder for runs.", valueName: "folder"))
  public var out = "runs"

  @Option(help: "The seed of every random number.")
  public var seed: UInt64?

  @Option(help: ArgumentHelp("Read at most this many questions.", valueName: "n"))
  public var limit: Int?

  @Option(help: ArgumentHelp("Read this many questions side by side.", valueName: "n"))
  public var concurrency: Int?

  @Option(
    help: ArgumentHelp(
      "How many questions may fail: true (none), false (all), a share below 1, or a count.", valueName: "rule"))
  public var failOnError = "false"

  @Flag(help: "Print results as JSON.")
  public var json = false

  @Flag(name: .shortAndLong, help: "Print results and errors only.")
  public var quiet = false

  @Flag(help: "Print without colours; NO_COLOR does the same.")
  public var noColor = false

  @Flag(help: "Check everything, say what would be done, and start nothing.")
  public var dryRun = false

  public init() {}

  public func validate() throws {
    if let limit, limit < 0 { throw ValidationError("--limit is \(limit); it must be 0 or more") }
    if let concurrency, !(1...4096).contains(concurrency) {
      throw ValidationError("--concurrency is \(concurrency); it must be between 1 and 4096")
    }
    if FailureRule(failOnError) == nil {
      throw ValidationError("--fail-on-error is \(failOnError); it must be true, false, a share below 1, or a count")
    }
    if out.isEmpty { throw ValidationError("--out is empty; name a folder") }
  }

  public var console: Console { Console(isQuiet: quiet, noColor: noColor) }

  /// The settings file; an empty table without one.
  func file() throws -> Setting { try config.map { try YAML.read(file: $0) } ?? .table([:]) }

  /// What the flags override, the general `--seed` first, so that a `--set seed=1,2` outweighs it.
  func given() throws -> [Override] {
    let seeds = try seed.map { [try Override("seed=\($0)")] } ?? []
    return seeds + (try overrides.map { try Override($0) })
  }
}

/// How many questions may fail before a process ends with code 1.
public struct FailureRule: Sendable {
  private let allows: @Sendable (Int, Int) -> Bool

  /// - Returns: nil where the words are none of `true`, `false`, a share below 1, a count.
  public init?(_ words: String) {
    switch words {
    case "true": allows = { failed, _ in failed == 0 }
    case "false": allows = { _, _ in true }
    default:
      if let count = Int(words), count >= 0 {
        allows = { failed, _ in failed <= count }
      } else if let share = Double(words), share >= 0, share < 1 {
        allows = { failed, n in Double(failed) <= share * Double(n) }
      } else {
        return nil
      }
    }
  }

  public func check(failed: Int, of n: Int) throws {
    if !allows(failed, n) { throw WorkbenchError.failures(failed, of: n) }
  }
}
