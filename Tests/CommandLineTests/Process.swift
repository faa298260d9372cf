import Foundation
import Palimpsest

/// What the built command did.
struct Outcome {
  var code: Int32
  var output: String
  var messages: String

  /// The lines of standard output as JSON.
  var objects: [Setting] {
    get throws {
      try output.split(separator: "\n").map { try JSONDecoder().decode(Setting.self, from: Data($0.utf8)) }
    }
  }
}

/// The command as it was built beside these tests.
enum Command {
  static let executable: URL? = {
    // The test bundle and the products stand in one folder.
    let folders = [Bundle.main.executableURL, Bundle.main.bundleURL, URL(filePath: CommandLine.arguments[0])]
      .compactMap { $0 }
    for start in folders {
      var folder = start
      for _ in 0..<4 {
        folder.deleteLastPathComponent()
        let tool = folder.appending(path: "palimpsest")
        if FileManager.default.isExecutableFile(atPath: tool.path) { return tool }
      }
    }
    return nil
  }()

  static var isBuilt: Bool { executable != nil }

  /// Whether an experiment stands beside the command.
  static func has(_ experiment: String) -> Bool {
    guard let folder = executable?.deletingLastPathComponent() else { return false }
    return FileManager.default.isExecutableFile(atPath: folder.appending(path: experiment).path)
  }
}

/// A folder with a text in it, in which the command runs.
final class Place: Sendable {
  let url: URL

  init() throws {
    url = FileManager.default.temporaryDirectory.appending(path: "palimpsest-tool-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
    try write(
      "text.txt",
      "Oslo is the capital of Norway. The letter was written by Ada Byron in 1843. Paris lies on the Seine.\n")
  }

  deinit { try? FileManager.default.removeItem(at: url) }

  @discardableResult
  func write(_ name: String, _ text: String) throws -> URL {
    let file = url.appending(path: name)
    try FileManager.default.createDirectory(at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
    try Data(text.utf8).write(to: file)
    return file
  }

  func starting(
    _ arguments: [String], input: String? = nil, program: URL? = Command.executable,
    environment: [String: String] = [:]
  ) throws -> Process {
    let process = Process()
    process.executableURL = program
    process.arguments = arguments
    process.currentDirectoryURL = url
    process.environment = ProcessInfo.processInfo.environment.filter {
      !["NO_COLOR", "OPENAI_API_KEY"].contains($0.key) && !$0.key.hasPrefix("OPENBLAS")
    }.merging(environment) { $1 }
    if let input {
      let pipe = Pipe()
      process.standardInput = pipe
      let data = Data(input.utf8)
      Thread.detachNewThread {
        try? pipe.fileHandleForWriting.write(contentsOf: data)
        try? pipe.fileHandleForWriting.close()
      }
    } else {
      process.standardInput = FileHandle.nullDevice
    }
    return process
  }

  func run(_ arguments: String..., input: String? = nil) throws -> Outcome { try run(arguments, input: input) }

  func run(
    _ arguments: [String], input: String? = nil, program: URL? = Command.executable,
    environment: [String: String] = [:]
  ) throws -> Outcome {
    try outcome(of: starting(arguments, input: input, program: program, environment: environment))
  }

  /// Runs a process to its end.
  func outcome(of process: Process) throws -> Outcome {
    // Files, not pipes: neither can fill up and stop the command.
    let (output, messages) = (url.appending(path: ".stdout-\(UUID())"), url.appending(path: ".stderr-\(UUID())"))
    for file in [output, messages] { _ = FileManager.default.createFile(atPath: file.path, contents: nil) }
    process.standardOutput = try FileHandle(forWritingTo: output)
    process.standardError = try FileHandle(forWritingTo: messages)
    try process.run()
    process.waitUntilExit()
    return Outcome(
      code: process.terminationReason == .exit ? process.terminationStatus : -process.terminationStatus,
      output: try String(contentsOf: output, encoding: .utf8),
      messages: try String(contentsOf: messages, encoding: .utf8))
  }

  /// The folders of runs of a name.
  func runs(_ name: String) throws -> [URL] {
    let shelf = url.appending(path: "runs/\(name)")
    return try FileManager.default.contentsOfDirectory(at: shelf, includingPropertiesForKeys: nil)
      .filter { $0.hasDirectoryPath || (try? FileManager.default.contentsOfDirectory(atPath: $0.path)) != nil }
      .sorted { $0.path < $1.path }
  }
}
