import Chunkers
import Foundation
import Gating
import Learning
import MemoryGated
import MemoryOverwrite
import Miniature
import Palimpsest
import Support
import Tasks
import Tensors
import Testing
import Transformers

@Suite struct `The policy of a tiny model` {
  static let random = ConvolvedDecoder(
    .init(vocabulary: SymbolLanguage.vocabulary, width: 16, layers: 1, heads: 2, innerWidth: 16), seed: 1)

  static func reader(_ model: SymbolModel, temperature: Float = 1, chunk: Int = 80) -> Reader {
    let memory: any Memory =
      model.form == .page
      ? OverwriteMemory(.init(tokens: 32)) : GatedMemory(.init(tokens: 32, thinking: 32))
    return Reader(
      chunker: TokenChunker(size: chunk), memory: memory, gate: RepliedGate(),
      policy: MiniaturePolicy(model, choice: TokenChoice(temperature: temperature), seed: 7))
  }

  /// The reader sees text, the trainer token ids: both read the same, page by page, at any temperature.
  @Test(arguments: [(SymbolForm.page, Float(1)), (.page, 0), (.gates, 1), (.gates, 0)])
  func `reads as the trainer does`(_ form: SymbolForm, _ temperature: Float) async throws {
    let model = SymbolModel(form == .page ? Self.random : formal, form: form)
    var readings = SymbolReadings(model.decoder, choice: TokenChoice(temperature: temperature))
    (readings.form, readings.width) = (form, 16)
    let items = (0..<6).map { `Readings with gates`.task(3).item($0, seed: 2) }
    let found = readings.read(items, as: items.map { CallID(question: $0.id) }, seed: 7)
    let reader = Self.reader(model, temperature: temperature)
    try await withThrowingTaskGroup { group in
      for (item, reading) in zip(items, found) {
        group.addTask {
          let trace = try await reader.read(item.question)
          #expect(trace.steps.count == reading.turns.count)
          #expect(trace.steps.map(\.draft.signals.isMalformed) == reading.turns.map { !$0.isWellFormed })
          let samples = try trace.samples()
          #expect(samples.map(\.prompt) == reading.samples.map(\.prompt))
          #expect(samples.map(\.tokens) == reading.samples.map(\.tokens))
          // Products of other numbers of rows add in another order, and what is read side by side varies.
          let (here, there) = (samples.map(\.logProbabilities), reading.samples.map(\.logProbabilities))
          #expect(here.map(\.count) == there.map(\.count))
          #expect(zip(here.joined(), there.joined()).allSatisfy { abs($0 - $1) < 1e-4 })
          #expect(samples.map(\.call) == reading.samples.map(\.call))
          let answer = SymbolLanguage.text(of: reading.answer.prefix { $0 != SymbolLanguage.Mark.end.rawValue })
          #expect(trace.answer?.reply.text == "\\boxed{\(answer.isEmpty && reading.answer == [0] ? "_" : answer)}")
        }
      }
      try await group.waitForAll()
    }
  }

  @Test(arguments: [
    ("What is this?", "fact", MiniatureError.foreign(word: "What", field: "question")),
    ("seek bara owns ?", "Once upon", .foreign(word: "Once", field: "section")),
    ("seek bara owns owns owns owns owns ?", "fact", .noRoom(in: "question", words: 8, most: 6)),
    ("", "fact", .noQuestion),
  ])
  func `refuses what is not of its language`(_ ask: String, _ text: String, _ wanted: MiniatureError) async throws {
    let reader = Self.reader(SymbolModel(Self.random, form: .page))
    var said = ""
    do {
      let trace = try await reader.read(Question(id: "q", ask: ask, source: .text(text)))
      if case .failed(let reason, _) = trace.end { said = reason }
    } catch { said = "\(error)" }
    #expect(said.contains(wanted.description))
  }

  @Test func `says which memory its weights are for`() async throws {
    let policy = MiniaturePolicy(SymbolModel(Self.random, form: .page))
    let item = `Readings with gates`.task(1).item(0, seed: 1)
    let long = SymbolLanguage.text(of: Array(repeating: 130, count: 300))
    let cases: [(Prompt.Form, String, MiniatureError)] = [
      (.gatedPage, "", .otherMemory(.page)), (.addition, "", .form("addition")),
      (.page, long, .tooLong(words: 346, most: 256)),
    ]
    for (form, chunk, wanted) in cases {
      let prompt: Prompt = "\(item.question.ask, .problem)\(Recollection.nothing, .memory)\(chunk, .section)"
      var said: MiniatureError?
      do {
        _ = try await policy.reply(to: prompt.expecting(form), sampling: Sampling(maxTokens: 64), call: CallID())
      } catch let error as MiniatureError { said = error }
      #expect(said == wanted)
    }
  }

  @Test func `comes back from its file`() throws {
    let scratch = try Scratch()
    let file = scratch.file("model.safetensors").path
    try SymbolModel(formal, form: .gates, made: "by a test").write(to: file)
    let model = try SymbolModel(file)
    #expect(model.form == .gates && model.made == "by a test" && model.prompts == SymbolPrompts())
    #expect(model.decoder.configuration == formal.configuration)
    for (one, other) in zip(model.decoder.parameters, formal.parameters) {
      #expect(one.name == other.name && one.tensor.scalars == other.tensor.scalars)
    }
    // A training's file is read too.
    let blank = ConvolvedDecoder(.init(vocabulary: SymbolLanguage.vocabulary, width: 16, innerWidth: 24), seed: 2)
    try Training(blank, TrainingSettings(Schedule(.constant, peak: 1)), on: "nothing").write(to: file)
    let trained = try SymbolModel(file)
    #expect(trained.form == nil && trained.decoder.configuration == blank.configuration)
    #expect(trained.decoder.parameters.map(\.tensor.scalars) == blank.parameters.map(\.tensor.scalars))
    // Another model's training is not.
    try Data("no weights".utf8).write(to: URL(filePath: file))
    #expect(throws: (any Error).self) { try SymbolModel(file) }
  }

  /// On questions of the test split, at twice the length of what they learned from.
  @Test(arguments: SymbolModel.Shipped.allCases)
  func `is part of the package, trained`(_ shipped: SymbolModel.Shipped) throws {
    let model = try SymbolModel(shipped)
    #expect(model.form == (shipped == .gated ? .gates : .page) && !model.made.isEmpty)
    var settings = SymbolTask.Settings()
    (settings.chunks, settings.split) = (12, .test)
    var readings = SymbolReadings(model.decoder)
    readings.form = model.form ?? .page
    let score = readings.judge(SymbolTask(settings), items: 32, seed: 3)
    #expect(score.accuracy >= 0.9)
    if shipped == .gated { #expect(score.counts?.exactExits ?? 0 >= 0.8) }
    #expect(try SymbolModel(named: shipped.rawValue).made == model.made)
  }
}
