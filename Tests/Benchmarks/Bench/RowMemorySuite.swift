import Foundation
import MemoryRetrieval
import Models
import Palimpsest
import PolicyLocal

/// What `memlong` does for a model that was not trained for it: the mean log-probability of a fact's four digits behind a
/// question, with its four controls and the fact as text. `--on` names the model. Values are mean and 95 % interval.
let rowMemorySuite = Suite(
  name: "memlong", summary: "an untrained model with memlong and its controls, in nats per token",
  figures: [
    .init(name: "memlong.facts", several: { input in try await RowMemory(model: input).measurements() })
  ])

private struct RowMemory {
  private let policy: LocalPolicy
  private let facts: [(name: String, code: String)]
  /// Chunks of a text: one fact each, between sentences that state none.
  private let chunks: [String]
  private let foreign: [String]

  private static let names = [
    "Amara", "Bruno", "Celeste", "Dmitri", "Esther", "Farid", "Greta", "Hugo", "Ingrid", "Jorge", "Kamila", "Lucas",
    "Marta", "Nils", "Olga", "Pavel", "Quentin", "Rosa", "Sergei", "Tamar", "Ulrich", "Vera", "Walter", "Xenia",
  ]
  private static let others = [
    "Agnes", "Boris", "Clara", "Diego", "Elena", "Felix", "Gloria", "Henrik", "Irene", "Jonas", "Katrin", "Leon",
    "Maria", "Nora", "Otto", "Paula", "Rafael", "Sofia", "Thomas", "Ursula", "Viktor", "Wanda", "Yusuf", "Zoe",
  ]
  private static let filler = [
    "The harbour was quiet in the morning, and the boats lay close together.",
    "A cart went slowly up the hill, past the mill and the old bridge.",
    "In the garden behind the house the pears were almost ripe.",
    "Nobody in the village remembered such a long and dry summer.",
    "The clerk closed the window, because the wind moved his papers.",
    "Two dogs slept in the shade of the wall beside the well.",
  ]

  init(model path: String?) throws {
    guard let path else { throw SettingError.outOfRange("--on", found: "nothing", why: "it names a model") }
    var settings = LocalPolicy.Settings(weights: path)
    settings.template = "plain"
    let model = try LanguageModel(folder: path, storage: .stored, activations: .rounded, template: settings.format)
    policy = try LocalPolicy(model, settings)
    var random = SeededGenerator(seed: 1, purpose: "facts")
    facts = Self.names.map { ($0, "\(Int.random(in: 1000...9999, using: &random))") }
    func text(_ facts: [(name: String, code: String)]) -> [String] {
      facts.enumerated().map { index, fact in
        let around = (0..<4).map { Self.filler[(index * 5 + $0 * 7) % Self.filler.count] }
        return "\(around[0]) \(around[1]) The code of \(fact.name) is \(fact.code). \(around[2]) \(around[3])\n"
      }
    }
    chunks = text(facts)
    foreign = text(Self.others.map { ($0, "\(Int.random(in: 1000...9999, using: &random))") })
  }

  private func memory(_ texts: [String], _ positions: MemlongMemory.Positions, reading layers: [Int]) async throws
    -> MemlongMemory
  {
    var settings = MemlongMemory.Settings()
    settings.layer = policy.model.backbone.layerCount / 3
    settings.readingLayers = layers
    settings.retrieved = 4
    settings.positions = positions
    var memory = try MemlongMemory(settings)
    for (index, text) in texts.enumerated() {
      let chunk = Chunk(index: index, content: .text(text), range: index * 1000..<(index * 1000 + text.utf8.count))
      _ = try await memory.read(
        chunk, for: Question(id: "facts", ask: "", source: .text("")), through: Always(), with: policy)
    }
    return memory
  }

  private struct Always: Gate {
    func decide(on draft: Draft, from chunk: Chunk, for question: Question, given state: MemoryState) -> Decision {
      Decision(write: 1)
    }
  }

  private func score(_ fact: (name: String, code: String), with recollection: Recollection, before text: String = "")
    async throws -> Double
  {
    let ids = policy.model.tokenizer.encode(" " + fact.code)
    let scores = try await policy.score(ids, after: "\(recollection)\(text)The code of \(fact.name) is")
    return scores.reduce(0) { $0 + Double($1) } / Double(ids.count)
  }

  func measurements() async throws -> [Measurement] {
    let count = policy.model.backbone.layerCount
    let memoryLayer = count / 3
    var found: [(name: String, values: [Double])] = []
    func add(_ name: String, _ value: Double) {
      if let place = found.firstIndex(where: { $0.name == name }) {
        found[place].values.append(value)
      } else {
        found.append((name, [value]))
      }
    }
    for fact in facts { add("none", try await score(fact, with: Recollection())) }
    for (index, fact) in facts.enumerated() {
      add("text-oracle", try await score(fact, with: Recollection(), before: chunks[index]))
    }
    let upper = stride(from: memoryLayer, to: count, by: 4).map { $0 }
    for (reading, layers) in [("one", [memoryLayer]), ("upper", Array(upper.dropFirst()))] {
      for positions in [MemlongMemory.Positions.zero, .continual] {
        let arm = "\(reading)-\(positions.rawValue)"
        let memory = try await memory(chunks, positions, reading: layers)
        let shuffled = try await self.memory(foreign, positions, reading: layers)
        let recent = try await self.memory(Array(chunks.suffix(4)), positions, reading: layers)
        // The last four facts are recent: they would be their own oracle.
        for (index, fact) in facts.dropLast(4).enumerated() {
          let question = Question(id: fact.name, ask: "The code of \(fact.name) is", source: .text(""))
          let caller = Caller(policy)
          let recalled = try await memory.recall(for: Cue(question), with: caller)
          if arm == "one-zero" { add("recall@4", recalled.used.contains(index) ? 1 : 0) }
          add("\(arm)-memlong", try await score(fact, with: recalled))
          add("\(arm)-shuffled", try await score(fact, with: shuffled.recall(for: Cue(question), with: caller)))
          add("\(arm)-recency", try await score(fact, with: recent.recall(for: Cue(question), with: caller)))
          let gold = try await self.memory([chunks[index]], positions, reading: layers)
          add("\(arm)-oracle", try await score(fact, with: gold.recall(for: Cue(question), with: caller)))
        }
      }
    }
    return found.map { name, values in
      let mean = values.reduce(0, +) / Double(values.count)
      let square = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(values.count - 1)
      let half = 1.96 * (square / Double(values.count)).squareRoot()
      return Measurement(
        name: "memlong.\(name)", unit: name == "recall@4" ? "of \(values.count)" : "nats/token, n=\(values.count)",
        values: [mean - half, mean, mean + half])
    }
  }
}
