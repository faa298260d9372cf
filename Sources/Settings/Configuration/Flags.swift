import ArgumentParser
import Palimpsest
import Terminal

/// The flags that every experiment and every verb that reads understands.
public struct Flags: ParsableArguments {
  /// `--config`: goes below flags and above defaults.
  @Option(name: .shortAndLong, help: ArgumentHelp("A YAML file of settings.", valueName: "file"))
  public var config: String?

  /// `--set`: in the order given; a later one replaces an earlier one of the same key.
  @Option(
    name: .customLong("set"), parsing: .singleValue,
    help: ArgumentHelp("Override a setting; a comma makes a list, which is swept.", valueName: "key=value"))
  public var overrides: [String] = []

  /// `--out`
  @Option(help: ArgumentHelp("The folder for runs.", valueName: "folder"))
  public var out = "runs"

  /// `--seed`: replaces the setting `seed`.
  @Option(parsing: .unconditional, help: "The seed of every random number.", transform: NumberFlag.seed)
  public var seed: UInt64?

  /// `--limit`: no setting, so the same run can be extended.
  @Option(
    parsing: .unconditional, help: ArgumentHelp("Read at most this many questions.", valueName: "n"),
    transform: NumberFlag.whole(from: 0))
  public var limit: Int?

  /// `--concurrency`: changes no result; nil takes what the verb takes.
  @Option(
    parsing: .unconditional, help: ArgumentHelp("Read this many questions side by side.", valueName: "n"),
    transform: NumberFlag.whole(from: 1, to: 4096))
  public var concurrency: Int?

  /// `--fail-on-error`: in the words of `FailureRule`.
  @Option(
    help: ArgumentHelp(
      "How many questions may fail: true (none), false (all), a share below 1, or a count. The default is "
        + "true for read and false for other verbs.", valueName: "rule"))
  public var failOnError: String?

  /// `--json`
  @Flag(help: "Print results as JSON.")
  public var json = false

  /// `--quiet`
  @Flag(name: .shortAndLong, help: "Print results and errors only.")
  public var quiet = false

  /// `--no-color`
  @Flag(help: "Print without colours; NO_COLOR does the same.")
  public var noColor = false

  /// `--retry-failed`
  @Flag(help: "Read the failed questions again.")
  public var retryFailed = false

  /// `--dry-run`
  @Flag(help: "Check everything, print what would be done, and start nothing.")
  public var dryRun = false

  /// `--with-parent`: stops when standard input is closed, which is when the process that started it is gone.
  @Flag(help: .hidden) public var withParent = false

  /// Without flags: defaults, and the folder `runs`.
  public init() {}

  /// - Throws: `ValidationError` for a flag out of range.
  public func validate() throws {
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

  /// Quiet and without colours as the flags say.
  public var console: Console { Console(isQuiet: quiet, noColor: noColor) }
}

/// Numbers behind flags: a value that starts with a minus is one too, and is refused as a number.
public enum NumberFlag {
  /// A whole number within bounds.
  public static func whole(from least: Int, to most: Int = .max) -> @Sendable (String) throws -> Int {
    { text in
      guard let number = Int(text), (least...most).contains(number) else {
        throw ValidationError("it must be a whole number, \(least) \(most == .max ? "or more" : "to \(most)")")
      }
      return number
    }
  }

  /// A duration.
  public static let seconds: @Sendable (String) throws -> Double = { text in
    guard let number = Double(text), number.isFinite, number >= 0 else {
      throw ValidationError("it must be a number of seconds, 0 or more")
    }
    return number
  }

  /// A seed: 64 bits, not negative.
  public static let seed: @Sendable (String) throws -> UInt64 = { text in
    guard let number = UInt64(text) else {
      throw ValidationError("it must be a whole number, 0 to \(UInt64.max)")
    }
    return number
  }
}

/// The options of one start of an experiment, from flags or from code.
public struct RunOptions: Sendable {
  /// What the settings file says.
  public var file = Setting.table([:])
  /// Later ones replace earlier ones of the same key.
  public var overrides: [Override] = []
  /// The folder for runs.
  public var out = "runs"
  /// The most questions; nil reads all.
  public var limit: Int?
  /// Questions side by side; nil takes what the caller takes.
  public var concurrency: Int?
  /// How many questions may fail.
  public var failures = FailureRule.any
  /// Whether results are printed as JSON.
  public var isJSON = false
  /// Whether everything is checked and nothing started.
  public var isDry = false
  /// Whether questions that failed before are read again.
  public var retriesFailed = false
  /// Whether an earlier run on disk is removed first: text from a pipe cannot be recognised.
  public var isFresh = false
  /// Whether the process reads one point of a sweep, beside others.
  public var isPoint = false
  /// Where results and messages go.
  public var console = Console()

  /// What a process without flags has.
  public init() {}
}

/// How many questions may fail before a process ends with code 1.
public struct FailureRule: Sendable {
  private let allows: @Sendable (Int, Int) -> Bool

  /// Any number.
  public static let any = FailureRule { _, _ in true }
  /// Not a single one.
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

  /// - Throws: `RunError.failures` where too many failed.
  public func check(failed: Int, of n: Int) throws {
    if !allows(failed, n) { throw RunError.failures(failed, of: n) }
  }
}
