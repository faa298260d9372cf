import ArgumentParser
import Palimpsest
import Terminal

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
      "How many questions may fail: true (none), false (all), a share below 1, or a count. Of one reading none, "
        + "of many all without this.", valueName: "rule"))
  public var failOnError: String?

  @Flag(help: "Print results as JSON.")
  public var json = false

  @Flag(name: .shortAndLong, help: "Print results and errors only.")
  public var quiet = false

  @Flag(help: "Print without colours; NO_COLOR does the same.")
  public var noColor = false

  @Flag(help: "Read again the questions that failed.")
  public var retryFailed = false

  @Flag(help: "Check everything, say what would be done, and start nothing.")
  public var dryRun = false

  public init() {}

  public func validate() throws {
    if let limit, limit < 0 { throw ValidationError("--limit is \(limit); it must be 0 or more") }
    if let concurrency, !(1...4096).contains(concurrency) {
      throw ValidationError("--concurrency is \(concurrency); it must be between 1 and 4096")
    }
    if let failOnError, FailureRule(failOnError) == nil {
      throw ValidationError("--fail-on-error is \(failOnError); it must be true, false, a share below 1, or a count")
    }
    if out.isEmpty { throw ValidationError("--out is empty; name a folder") }
  }

  /// What the flags come to: files read, overrides understood.
  ///
  /// The general `--seed` comes first, so that `--set seed=1,2` outweighs it.
  public func options() throws -> RunOptions {
    var options = RunOptions()
    options.file = try config.map { try YAML.read(file: $0) } ?? .table([:])
    options.overrides = try (seed.map { ["seed=\($0)"] } ?? []).map { try Override($0) }
    options.overrides += try overrides.map { try Override($0) }
    options.out = out
    options.limit = limit
    options.concurrency = concurrency
    options.failures = failOnError.flatMap { FailureRule($0) } ?? options.failures
    options.isJSON = json
    options.isDry = dryRun
    options.retriesFailed = retryFailed
    options.console = console
    return options
  }

  public var console: Console { Console(isQuiet: quiet, noColor: noColor) }
}

/// What whoever starts an experiment wishes of it, from flags or in code.
public struct RunOptions: Sendable {
  /// What the settings file says.
  public var file = Setting.table([:])
  public var overrides: [Override] = []
  public var out = "runs"
  public var limit: Int?
  public var concurrency: Int?
  public var failures = FailureRule.any
  public var isJSON = false
  public var isDry = false
  /// Whether questions that failed before are read again.
  public var retriesFailed = false
  /// Whether what stands on disk is put away first: what came through a pipe cannot be known again.
  public var isFresh = false
  public var console = Console()

  public init() {}
}

/// How many questions may fail before a process ends with code 1.
public struct FailureRule: Sendable {
  private let allows: @Sendable (Int, Int) -> Bool

  /// However many.
  public static let any = FailureRule { _, _ in true }
  public static let none = FailureRule { failed, _ in failed == 0 }

  private init(_ allows: @escaping @Sendable (Int, Int) -> Bool) { self.allows = allows }

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
