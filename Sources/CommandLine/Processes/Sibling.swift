import Basics
import Foundation
import Palimpsest
import Runs
import Settings
import Terminal

/// An experiment's executable, which stands beside the command's own.
public struct Sibling: Sendable {
  /// The experiment's name.
  public let name: String
  /// The file that is run.
  public let executable: URL

  /// The command's own executable.
  static var own: URL {
    URL(
      filePath: (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe"))
        ?? CommandLine.arguments[0])
  }

  private static var folder: URL { own.deletingLastPathComponent() }

  /// The experiments of the house, as its manifest lists them.
  static let known = [
    "hello", "remember", "needle", "gates", "lengths", "bookworm", "extrapolate", "gates-learned", "rewards",
    "smallmodel", "tradeoffs", "poison",
  ]

  static func family() throws -> Family {
    Family(
      "experiment",
      known.filter { FileManager.default.isExecutableFile(atPath: folder.appending(path: $0).path) }
        .map {
          Family.Variant(name: $0, summary: "swift run \($0)", source: "", defaults: .table([:]), settings: .table([:]))
        })
  }

  /// - Throws: `SettingError.unknownKind` for a name that is none; `RunError.environment` for one
  ///   that is not built.
  public init(_ name: String) throws {
    guard Self.known.contains(name) else {
      throw SettingError.unknownKind(
        of: "experiment", name, nearest: nearest(to: name, among: Self.known), known: Self.known)
    }
    self.name = name
    executable = Self.folder.appending(path: name)
    guard FileManager.default.isExecutableFile(atPath: executable.path) else {
      throw RunError.environment(
        "the experiment \(name) is not built: \(executable.path) is missing; build it with swift build --product \(name)"
      )
    }
  }

  /// Replaces this process by the experiment's; returns only with an error.
  public func become(_ arguments: [String]) throws {
    var words: [UnsafeMutablePointer<CChar>?] = ([executable.path] + arguments).map { strdup($0) }
    words.append(nil)
    // The ignored signals would stay ignored in what follows.
    for number in [SIGINT, SIGTERM, SIGPIPE] { signal(number, SIG_DFL) }
    execv(executable.path, words)
    throw RunError.environment("\(executable.path) cannot be run: \(String(cString: strerror(errno)))")
  }

  /// Runs it and waits; what it prints is printed, but for its results, which go to standard error.
  ///
  /// - Throws: `RunError.environment` where it cannot be run or ends with an error.
  public func run(_ arguments: [String]) throws {
    let code = try code(of: arguments, results: .standardError)
    guard code == 0 else {
      throw RunError.environment("\(name) ended with code \(code); its messages say why")
    }
  }

  /// Has the experiment check settings, which it alone knows, and gives the runs they stand for.
  ///
  /// - Throws: `RunError.refused` with the experiment's own exit class; its message has been printed.
  public func check(_ options: RunOptions) throws -> [RunPlace] {
    let file = FileManager.default.temporaryDirectory.appending(path: "palimpsest-\(getpid()).yaml")
    try WholeFile.write(YAML.text(of: options.file), to: file)
    defer { unlink(file.path) }
    let overrides = options.overrides.flatMap { ["--set", "\($0.path)=\($0.value.line)"] }
    let printed = Pipe()
    let arguments = ["--config", file.path, "--dry-run", "--json", "--quiet", "--out", options.out] + overrides
    let process = try started(arguments, results: printed.fileHandleForWriting)
    try printed.fileHandleForWriting.close()
    let data = try printed.fileHandleForReading.readToEnd() ?? Data()
    process.waitUntilExit()
    guard process.terminationStatus == EXIT_SUCCESS else {
      throw RunError.refused(by: name, ExitClass(rawValue: process.terminationStatus) ?? .machine)
    }
    do {
      return try data.split(separator: UInt8(ascii: "\n")).map { try JSONDecoder().decode(RunPlace.self, from: $0) }
    } catch {
      throw RunError.environment("\(name) did not list its runs; build it again: swift build --product \(name)")
    }
  }

  private func code(of arguments: [String], results: FileHandle) throws -> Int32 {
    let process = try started(arguments, results: results)
    process.waitUntilExit()
    return process.terminationStatus
  }

  private func started(_ arguments: [String], results: FileHandle) throws -> Process {
    let process = Process()
    process.executableURL = executable
    process.arguments = arguments
    process.standardOutput = results
    do {
      try process.run()
    } catch {
      throw RunError.environment("\(executable.path) cannot be run: \(error.systemReason)")
    }
    return process
  }
}
