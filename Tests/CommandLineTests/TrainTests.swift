import Foundation
import Palimpsest
import Testing

@Suite(.enabled(if: Command.isBuilt, "the command is not built: swift build --product palimpsest"), .serialized)
struct `The verb train` {
  let place: Place

  init() throws {
    place = try Place()
    try place.write(
      "toy.yaml",
      """
      learner: {kind: miniature, width: 16, layers: 1, heads: 2, innerWidth: 16}
      task: {kind: symbols, chunks: 2}
      stages:
        - {kind: recall, rounds: 400, batch: 2, questions: 2}
        - {kind: imitation, rounds: 200, batch: 4, review: 2, learning: {warmUp: 1}}
        - {kind: reward, rounds: 60, questions: 2, rollouts: 2, steps: {rule: dapo}}
      exam: {items: 4, lengths: [{chunks: 3}]}
      saveEvery: 7
      """)
  }

  private func files(_ out: String) throws -> [Data] {
    let shelf = place.url.appending(path: "\(out)/train-toy")
    let run = try #require(
      try FileManager.default.contentsOfDirectory(at: shelf, includingPropertiesForKeys: nil).first)
    return try ["training.safetensors", "training.jsonl", "model/model.safetensors"].map {
      try Data(contentsOf: run.appending(path: $0))
    }
  }

  /// Killed at any moment, or asked to end, and resumed, it ends with the bytes of an undisturbed one.
  @Test func `ends with the same bytes wherever it was stopped`() throws {
    let whole = try place.run("train", "toy.yaml", "--out", "whole", "--json")
    #expect(whole.code == 0, "\(whole.messages)")
    #expect(whole.output.contains("chunks 3") && whole.messages.contains("reward 60 of 60"))

    var random = SeededGenerator(seed: 7, purpose: "kill")
    var codes: [Int32] = []
    for signal in [SIGTERM, SIGKILL, SIGINT, SIGKILL, SIGTERM] {
      let process = try place.starting(["train", "toy.yaml", "--out", "cut", "--quiet"])
      process.standardOutput = FileHandle.nullDevice
      process.standardError = FileHandle.nullDevice
      try process.run()
      usleep(UInt32.random(in: 300_000...900_000, using: &random))
      if process.isRunning { kill(process.processIdentifier, signal) }
      process.waitUntilExit()
      codes.append(process.terminationReason == .exit ? process.terminationStatus : -process.terminationStatus)
    }
    // One that ended before its signal has code 0.
    #expect(codes.allSatisfy { [3, -9, 0].contains($0) } && codes.contains { $0 != 0 }, "\(codes)")
    let run = try #require(
      try FileManager.default.contentsOfDirectory(atPath: place.url.appending(path: "cut/train-toy").path).first)
    let resumed = try place.run("resume", "cut/train-toy/\(run)")
    #expect(resumed.code == 0, "\(resumed.messages)")
    #expect(try files("whole") == files("cut"))
  }

  @Test func `says which file and key is wrong`() throws {
    try place.write("bad.yaml", "stages: [{kind: recall, rouns: 3}]")
    let outcome = try place.run("train", "bad.yaml")
    #expect(outcome.code == 2)
    for word in ["bad.yaml", "stages.1.rouns", "did you mean rounds?"] { #expect(outcome.messages.contains(word)) }
    #expect(try place.run("train", "missing.yaml").code == 2)
    #expect(try place.run("train", "toy.yaml", "--dry-run").output.contains("runs/train-toy/"))
  }

  @Test func `has parts that are listed and described`() throws {
    for (family, name) in [
      ("learner", "adapter"), ("rule", "gru-mem"), ("miniature-stage", "recall"), ("adapter-stage", "reward"),
    ] {
      #expect(try place.run("list", family).output.contains(name))
      #expect(try place.run("describe", "\(family).\(name)").code == 0)
    }
    #expect(try place.run("describe", "rule.dapo").output.contains("clipHigh: 0.28"))
  }
}
