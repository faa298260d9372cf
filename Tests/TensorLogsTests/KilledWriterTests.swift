import Foundation
import Palimpsest
import Support
import TensorLogs
import Tensors
import Testing

@Suite(.serialized) struct `A writer that is killed` {
  static let rounds = ProcessInfo.processInfo.environment["PALIMPSEST_LONG"] == nil ? 4 : 100

  /// Kills come after a number of lines that the seed decides, and wherever the writer then is.
  @Test(arguments: [(1, 0), (7, 1)])
  func `leaves every step that was brought to the file`(_ batch: Int, _ gzip: Int) throws {
    let scratch = try Scratch()
    let url = scratch.file("tensors.h5")
    var random = SeededGenerator(seed: 3, step: batch, purpose: "kill")
    for round in 0..<Self.rounds {
      let known = try killed(after: .random(in: 1...25, using: &random), writing: url, batch: batch, gzip: gzip)
      guard FileManager.default.fileExists(atPath: url.path) else {
        #expect(known == nil)
        continue
      }
      #expect(try isUnmarked(url))
      let file = try HDF5File(url)
      let steps = try file.steps(of: "q")
      #expect(steps.count >= known ?? 0, "round \(round)")
      #expect(steps.map(\.step) == Array(0..<steps.count))
      for step in Set([0, steps.count / 2, steps.count - 1]).filter({ $0 >= 0 }) where !steps.isEmpty {
        let scores = try #require(try file.tensor(at: TensorPath("q", step: step, "scores")))
        #expect(scores == Tensor((0..<(1 + step % 97)).map { Float(step) + Float($0) / 128 }))
        #expect(try file.tensor(at: TensorPath("q", step: step, "hidden/3"))?.shape == [2, 3])
      }
    }
  }

  /// - Returns: how many steps the writer said are in the file; nil when it said nothing.
  private func killed(after lines: Int, writing url: URL, batch: Int, gzip: Int) throws -> Int? {
    let writer = Process()
    writer.executableURL = URL(filePath: CommandLine.arguments[0]).deletingLastPathComponent()
      .appending(path: "TensorWriter")
    writer.arguments = [url.path, "\(batch)", "\(gzip)"]
    let pipe = Pipe()
    writer.standardOutput = pipe
    writer.standardError = FileHandle.nullDevice
    try writer.run()
    var said = Data()
    while said.count(where: { $0 == UInt8(ascii: "\n") }) < lines {
      let more = pipe.fileHandleForReading.availableData
      if more.isEmpty { break }
      said += more
    }
    kill(writer.processIdentifier, SIGKILL)
    said += pipe.fileHandleForReading.readDataToEndOfFile()
    writer.waitUntilExit()
    let whole = said.prefix(through: said.lastIndex(of: UInt8(ascii: "\n")) ?? said.startIndex)
    return String(decoding: whole, as: UTF8.self).split(separator: "\n").last.flatMap { Int($0) }
  }
}
