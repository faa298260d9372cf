import Foundation
import Models
import Palimpsest
import Support
import TensorLogs
import Tensors
import Testing
import Tokenizers
import Transformers

/// The experiment that trains a model, at a size of a second.
@Suite(.serialized) struct `A bookworm` {
  static let toy = [
    "text=LICENSE", "vocabulary=300", "width=16", "innerWidth=32", "layers=2", "heads=2", "span=32", "batch=4",
    "steps=120", "stretch=5",
  ].flatMap { ["--set", $0] }

  /// What is the same bytes after any number of kills.
  static let remains = [
    "training.safetensors", "steps.jsonl", "marks.jsonl", "model/model.safetensors", "model/config.json",
    "model/tokenizer.json", "model/tokenizer_config.json",
  ]

  let scratch: Scratch

  init() throws { scratch = try Scratch() }

  @Test func `a training killed at several places ends with the bytes of an undisturbed one`() throws {
    let whole = try Output(of: "bookworm", Self.toy + ["--out", scratch.file("whole").path])
    #expect(whole.code == 0, "\(whole.errors)")

    var random = SeededGenerator(seed: 5, purpose: "kill")
    var midway = 0
    for lines in [1, 3, 2, 5, 1, 4] {
      let child = try Child(Self.toy + ["--out", scratch.file("killed").path])
      // Once it has said so often how far it is, and wherever it then is: between two saves, or in one.
      child.wait(for: lines)
      usleep(UInt32.random(in: 0...30_000, using: &random))
      kill(child.process.processIdentifier, SIGKILL)
      child.process.waitUntilExit()
      let run = try run(in: "killed")
      if FileManager.default.fileExists(atPath: run.appending(path: "training.safetensors").path),
        !FileManager.default.fileExists(atPath: run.appending(path: "steps.jsonl").path)
      {
        midway += 1
      }
    }
    #expect(midway >= 3, "only \(midway) kills met the training; make it longer")

    let last = try Output(of: "bookworm", Self.toy + ["--out", scratch.file("killed").path])
    #expect(last.code == 0, "\(last.errors)")
    let (expected, found) = (try run(in: "whole"), try run(in: "killed"))
    for file in Self.remains {
      #expect(
        try Data(contentsOf: expected.appending(path: file)) == Data(contentsOf: found.appending(path: file)),
        "\(file) differs")
    }
    let left = try FileManager.default.contentsOfDirectory(atPath: found.path).filter { $0.hasPrefix(".training") }
    #expect(left.isEmpty, "a killed writer's file was left: \(left)")
  }

  @Test func `a training that is interrupted says how to go on`() throws {
    let child = try Child(Self.toy + ["--out", scratch.file("stopped").path])
    child.wait(for: 2)
    child.process.interrupt()
    let said = child.rest()
    child.process.waitUntilExit()
    #expect(child.process.terminationReason == .exit && child.process.terminationStatus == 3, "\(said)")
    #expect(said.contains("--set text=LICENSE"))
    #expect(FileManager.default.fileExists(atPath: try run(in: "stopped").appending(path: "training.safetensors").path))
  }

  /// What other tools see of the model is what the model does.
  @Test func `the model that was written computes what was logged of it`() throws {
    let output = try Output(of: "bookworm", Self.toy + ["--out", scratch.file("whole").path])
    #expect(output.code == 0, "\(output.errors)")
    let run = try run(in: "whole")
    let file = try HDF5File(run.appending(path: "activations.h5"))
    func logged(_ name: String) throws -> Tensor {
      try #require(try file.tensor(at: TensorPath("held-out", step: 0, name)))
    }
    let folder = run.appending(path: "model").path
    let (decoder, tokenizer) = (try Decoder(folder: folder), try BytePairTokenizer(folder: folder))
    let tokens = try logged("tokens").scalars.map { Int($0) }
    let states = decoder.states(of: [Passage(tokens)], taps: [Tap(.hidden, layer: 1)])
    #expect(try logged("hidden/1") == states.taps[0][Tap(.hidden, layer: 1)])
    #expect(try logged("logits") == decoder.logits(of: states))
    #expect(try logged("logits").shape == [tokens.count, tokenizer.idEnd])
    let licence = try String(contentsOf: root.appending(path: "LICENSE"), encoding: .utf8)
    #expect(licence.contains(tokenizer.decode(tokens.dropFirst())))
  }

  @Test(arguments: [
    ("text=/no/such/file", "/no/such/file"), ("text=.gitignore", "longer text"), ("width=18", "even share"),
    ("vocabulary=100", "257 or more"), ("widht=16", "width"),
  ])
  func `what cannot be learned from or with is refused with what to do`(_ setting: String, _ word: String) throws {
    let output = try Output(of: "bookworm", Self.toy + ["--set", setting, "--out", scratch.file("none").path])
    #expect(output.code == 2 && output.errors.contains(word), "\(output.errors)")
    #expect(!FileManager.default.fileExists(atPath: scratch.file("none").path))
  }

  private func run(in folder: String) throws -> URL {
    let shelf = scratch.file(folder).appending(path: "bookworm")
    return try #require(
      try FileManager.default.contentsOfDirectory(at: shelf, includingPropertiesForKeys: nil)
        .first { FileManager.default.fileExists(atPath: $0.appending(path: "settings.yaml").path) })
  }
}

/// The experiment as a process whose messages are read line by line.
private final class Child {
  let process = Process()
  private let pipe = Pipe()
  private var said = Data()

  init(_ arguments: [String]) throws {
    process.executableURL = URL(filePath: CommandLine.arguments[0]).deletingLastPathComponent()
      .appending(path: "bookworm")
    process.arguments = arguments
    process.currentDirectoryURL = root
    process.standardOutput = FileHandle.nullDevice
    process.standardError = pipe
    try process.run()
  }

  /// Until it has said how far it is so often, or ended.
  func wait(for lines: Int) {
    while String(decoding: said, as: UTF8.self).split(separator: "\n").count(where: { $0.hasPrefix("step ") }) < lines {
      let more = pipe.fileHandleForReading.availableData
      if more.isEmpty { return }
      said += more
    }
  }

  /// All it says until it ends.
  func rest() -> String {
    said += pipe.fileHandleForReading.readDataToEndOfFile()
    return String(decoding: said, as: UTF8.self)
  }
}
