import Checkpoints
import Foundation
import Testing

/// A process of its own opens each file, so that its memory is nobody else's.
@Suite(.enabled(if: FileManager.default.fileExists(atPath: "/proc/self/status"), "needs /proc"))
struct `A file that wants memory` {
  static let allowance = 64 << 20

  private func probe(_ path: String, _ more: String...) throws -> (said: String, peak: Int) {
    let probe = Process()
    probe.executableURL = URL(filePath: CommandLine.arguments[0]).deletingLastPathComponent()
      .appending(path: "CheckpointProbe")
    probe.arguments = [path] + more
    let pipe = Pipe()
    probe.standardOutput = pipe
    try probe.run()
    let output = String(decoding: pipe.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
    probe.waitUntilExit()
    #expect(probe.terminationReason == .exit)
    let lines = output.split(separator: "\n")
    return (lines.first.map(String.init) ?? "", lines.last.flatMap { Int($0) } ?? .max)
  }

  static let wanting: [(name: String, rule: Rule, header: @Sendable () -> String)] = [
    (
      "half a million tensors", .countLimit,
      {
        "{" + (0..<500_000).map { #""\#($0)":{"dtype":"U8","shape":[0],"data_offsets":[0,0]}"# }.joined(separator: ",")
          + "}"
      }
    ),
    (
      "a name of thirty million letters", .entryKeys, { #"{""# + String(repeating: "a", count: 30_000_000) + #"":{}}"# }
    ),
    (
      "a shape of ten million axes", .rankLimit,
      {
        #"{"a":{"shape":["# + String(repeating: "1,", count: 10_000_000) + #"1]}}"#
      }
    ),
    ("ten million brackets", .json, { "{" + String(repeating: "[", count: 10_000_000) }),
    (
      "metadata of a million keys", .countLimit,
      {
        #"{"__metadata__":{"# + (0..<1_000_000).map { #""\#($0)":"""# }.joined(separator: ",") + "}}"
      }
    ),
  ]

  @Test(arguments: wanting.indices) func `gets no more than its own size and 64 MiB`(_ index: Int) throws {
    let scratch = try Scratch()
    let (name, rule, header) = Self.wanting[index]
    let bytes = file(header())
    let (said, peak) = try probe(scratch.write(bytes, "wanting.safetensors"))
    #expect(said == rule.rawValue, "\(name)")
    #expect(peak <= bytes.count + Self.allowance, "\(name)")
  }

  @Test func `with as many tensors as are allowed is opened within them`() throws {
    let scratch = try Scratch()
    let entries = (0..<Safetensors.mostTensors).map {
      #""model.layers.\#($0).weight":{"dtype":"U8","shape":[1,1],"data_offsets":[\#($0),\#($0 + 1)]}"#
    }
    let bytes = file("{" + entries.joined(separator: ",") + "}", zeros(Safetensors.mostTensors))
    let (said, peak) = try probe(scratch.write(bytes, "large.safetensors"))
    #expect(said == "ok 100000")
    #expect(peak <= bytes.count + Self.allowance)
  }

  static let wantingGGUFs: [(name: String, file: @Sendable () -> GGUFFile)] = [
    ("a list of four million texts", { GGUFFile().key("k", GGUFFile.list(8, [zeros(32_000_000)], count: 4_000_000)) }),
    (
      "a text of thirty million letters",
      { GGUFFile().key("k", GGUFFile.string(String(repeating: "a", count: 30_000_000))) }
    ),
    (
      "as many keys as are allowed",
      {
        GGUFFile().with { file in for key in 0..<GGUF.mostKeys { file.add(key: Array("\(key)".utf8), GGUFFile.bool(1)) }
        }
      }
    ),
    (
      "as many tensors as are allowed",
      {
        (0..<GGUF.mostTensors).reduce(into: GGUFFile()) { $0.add(Array("\($1)".utf8), [1], offset: UInt64($1) * 32) }
          .with { $0.data = zeros(GGUF.mostTensors * 32) }
      }
    ),
  ]

  /// No model, so it is refused in the end; by then it has been read through.
  @Test(arguments: wantingGGUFs.indices) func `gets no more where it is a GGUF file`(_ index: Int) throws {
    let scratch = try Scratch()
    let (name, file) = Self.wantingGGUFs[index]
    let bytes = file().bytes
    let (said, peak) = try probe(scratch.write(bytes, "wanting.gguf"))
    #expect(said == Rule.valueKind.rawValue, "\(name)")
    #expect(peak <= bytes.count + Self.allowance, "\(name)")
  }

  /// A gigabyte that is mapped costs what is touched of it.
  @Test func `is not read when it is opened`() throws {
    let scratch = try Scratch()
    let header = #"{"a":{"dtype":"BF16","shape":[536870912],"data_offsets":[0,1073741824]}}"#
    let path = try scratch.write(file(header), "sparse.safetensors")
    let handle = try #require(FileHandle(forWritingAtPath: path))
    try handle.truncate(atOffset: UInt64(8 + header.utf8.count + 1_073_741_824))
    try handle.close()
    let (said, peak) = try probe(path)
    #expect(said == "ok 1")
    #expect(peak <= Self.allowance)
  }

  /// Eight matrices of 32 MiB, of which 16 MiB of bytes each are made.
  @Test func `gives back what was copied`() throws {
    let scratch = try Scratch()
    let size = 4096 * 4096 * 2
    let entries = (0..<8).map {
      #""\#($0)":{"dtype":"BF16","shape":[4096,4096],"data_offsets":[\#($0 * size),\#(($0 + 1) * size)]}"#
    }
    let header = "{" + entries.joined(separator: ",") + "}"
    let path = try scratch.write(file(header), "matrices.safetensors")
    let handle = try #require(FileHandle(forWritingAtPath: path))
    try handle.truncate(atOffset: UInt64(8 + header.utf8.count + 8 * size))
    try handle.close()
    let (said, peak) = try probe(path, "quantise")
    #expect(said == "ok 8")
    // The bytes with their scales, one matrix as it lies in the file, and what a process takes.
    #expect(peak <= 8 * (size / 2 + size / 64) + size + Self.allowance)
  }
}
