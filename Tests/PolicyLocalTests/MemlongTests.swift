import Foundation
import MemoryRetrieval
import Models
import Palimpsest
import PolicyLocal
import Support
import Tensors
import Testing
import TinyModel

@Suite struct `Memlong in a model` {
  /// Digits have no merges, so texts are tokenised apart as together.
  private let texts = ["0123456789", "1122334455", "9876543210", "31415926535"]

  private func policy(layers: Int, _ change: (inout LocalPolicy.Settings) -> Void = { _ in }) throws -> LocalPolicy {
    let scratch = try Scratch()
    try TinyModel.write(to: scratch.url, layers: layers)
    var settings = LocalPolicy.Settings(weights: scratch.url.path)
    settings.template = "plain"
    change(&settings)
    let model = try LanguageModel(
      folder: scratch.url.path, storage: .trainable, activations: .exact, template: settings.format)
    return try LocalPolicy(model, settings)
  }

  private func memory(
    reading texts: [String], with policy: LocalPolicy, _ change: (inout MemlongMemory.Settings) -> Void
  ) async throws -> MemlongMemory {
    var settings = MemlongMemory.Settings()
    change(&settings)
    var memory = try MemlongMemory(settings)
    let question = Question(id: "q", ask: "", source: .text(texts.joined()))
    var start = 0
    for (index, text) in texts.enumerated() {
      let chunk = Chunk(index: index, content: .text(text), range: start..<(start + text.utf8.count))
      start += text.utf8.count
      _ = try await memory.read(chunk, for: question, through: Always(), with: policy)
    }
    return memory
  }

  private let question = Question(id: "q", ask: "77", source: .text(""))

  /// With one layer the rows of a text depend on nothing before it, so all of them, at their own places, are the past.
  @Test func `equals dense attention over the same tokens with all rows at their original places`() async throws {
    let policy = try policy(layers: 1)
    for (count, positions) in [(3, MemlongMemory.Positions.original), (3, .continual), (1, .original)] {
      let past = Array(texts.prefix(count))
      let memory = try await memory(reading: past, with: policy) {
        $0.readingLayers = [0]
        $0.retrieved = 99
        $0.positions = positions
      }
      let recollection = try await memory.recall(for: Cue(question), with: Caller(policy))
      let ids = policy.model.tokenizer.encode("2718281828")
      let recalled = try await policy.score(ids, after: "\(recollection)\(texts[3])")
      let dense = try await policy.score(ids, after: "\(past.joined() + texts[3])")
      let plain = try await policy.score(ids, after: "\(texts[3])")
      #expect(zip(recalled, dense).allSatisfy { abs($0 - $1) <= 1e-5 }, "\(recalled) \(dense)")
      #expect(zip(recalled, plain).contains { abs($0 - $1) > 1e-3 })
    }
  }

  @Test func `with an empty bank has the bits of the model alone`() async throws {
    let policy = try policy(layers: 2)
    let memory = try MemlongMemory()
    let recollection = try await memory.recall(for: Cue(question), with: Caller(policy))
    let ids = policy.model.tokenizer.encode("27182")
    #expect(try await policy.score(ids, after: "\(recollection)31") == policy.score(ids, after: "31"))
  }

  @Test func `places rows as it says, unless the policy is told otherwise`() async throws {
    let ids = [50, 51, 52]
    var scores: [String: [Float]] = [:]
    for (name, positions, forced) in [
      ("zero", MemlongMemory.Positions.zero, nil), ("continual", .continual, nil), ("forced", .continual, "zero"),
    ] as [(String, MemlongMemory.Positions, String?)] {
      let policy = try policy(layers: 2) { $0.rowPosition = forced.flatMap { LocalPolicy.RowPosition(rawValue: $0) } }
      let memory = try await memory(reading: texts, with: policy) { $0.positions = positions }
      let recollection = try await memory.recall(for: Cue(question), with: Caller(policy))
      scores[name] = try await policy.score(ids, after: "\(recollection)31")
    }
    #expect(scores["zero"] == scores["forced"] && scores["zero"] != scores["continual"])
  }

  @Test func `answers through the reading loop, and forgets nothing when its store does`() async throws {
    let policy = try policy(layers: 2)
    var settings = MemlongMemory.Settings()
    settings.retrieved = 2
    let question = Question(id: "q", ask: "27", source: .text(texts.joined()))
    var answers: [String] = []
    for resident in [1 << 20, 0] {
      settings.residentBytes = resident
      let reader = Reader(
        chunker: ByteChunker(10), memory: try MemlongMemory(settings), gate: Always(), policy: policy,
        sampling: Sampling(maxTokens: 12, temperature: 0))
      let trace = try await reader.read(question)
      let answer = try #require(trace.answer)
      #expect(answer.used.count == 2)
      answers.append(answer.exchange.reply.text)
    }
    #expect(answers[0] == answers[1])
  }

  @Test func `refuses a layer that the model has not, before the second chunk`() async throws {
    let policy = try policy(layers: 2)
    for change: (inout MemlongMemory.Settings) -> Void in [{ $0.layer = 2 }, { $0.readingLayers = [1, 7] }] {
      let error = await #expect(throws: (any Error).self) {
        _ = try await memory(reading: [texts[0]], with: policy, change)
      }
      let message = error.map { "\($0)" } ?? ""
      #expect(message.contains("layer.2/") || message.contains("layer.7/"), "\(message)")
    }
  }
}

/// The same through a real model, whose file is no part of the repository.
@Suite(.enabled(if: FileManager.default.fileExists(atPath: SmolLM2.file), "needs a real model: run make model"))
struct `Memlong in SmolLM2` {
  @Test(arguments: [MemlongMemory.Positions.zero, .original])
  func `reads and answers, with rows of one layer for four others`(_ positions: MemlongMemory.Positions) async throws {
    let model = try LanguageModel(folder: SmolLM2.file, storage: .stored, activations: .rounded)
    let policy = try LocalPolicy(model, LocalPolicy.Settings(weights: SmolLM2.file))
    var settings = MemlongMemory.Settings()
    settings.layer = 10
    settings.readingLayers = [14, 18, 22, 26]
    settings.retrieved = 2
    settings.positions = positions
    settings.precision = .bfloat16
    let text =
      "The key lies in the oven. Nobody knows it. The letter came on Monday, and it rained. The dog slept all day. "
    let question = Question(id: "q", ask: "Where is the key?", source: .text(text))
    let reader = Reader(
      chunker: ByteChunker(44), memory: try MemlongMemory(settings), gate: Always(), policy: policy,
      sampling: Sampling(maxTokens: 8, temperature: 0))
    let trace = try await reader.read(question)
    let answer = try #require(trace.answer)
    #expect(answer.used.count == 2 && trace.steps.count == 3)
    let reply = answer.exchange.reply
    #expect(!reply.text.isEmpty && reply.logProbabilities.allSatisfy { $0.isFinite && $0 <= 0 })
    // 3 key heads of width 64, bf16, keys and values.
    let slot = try #require(trace.state?.slots.first)
    #expect(slot.attributes.values["bytes"] == .int(2 * 3 * 64 * 2 * slot.tokens) && slot.key?.shape == [576])
  }
}

private enum SmolLM2 {
  static let file = "models/SmolLM2-135M-Instruct.Q4_1.gguf"
}

private struct Always: Gate {
  func decide(on draft: Draft, from chunk: Chunk, for question: Question, given state: MemoryState) -> Decision {
    Decision(write: 1)
  }
}
