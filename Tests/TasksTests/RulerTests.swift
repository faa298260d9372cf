import Foundation
import JSON
import Palimpsest
import Support
import Tasks
import Testing

/// A tokenizer whose tokens are neither words nor bytes: runs of at most three bytes.
private struct Triples: Tokenizer {
  let name = "triples"
  func prefix(of text: Span<UInt8>, tokens limit: Int, isEnd: Bool) -> (bytes: Int, tokens: Int)? {
    var bytes = min(text.count, limit > text.count ? text.count : limit * 3)
    while bytes < text.count, bytes > 0, text[bytes] & 0xC0 == 0x80 { bytes -= 1 }
    return (bytes, (bytes + 2) / 3)
  }
}

/// The acceptance checks that a port of RULER must meet, and its hostile inputs.
@Suite struct `The tasks of RULER` {
  /// Files in the authors' forms, small; the texts are ours.
  static let files: Scratch? = try? {
    let scratch = try Scratch()
    func write(_ name: String, _ text: String) throws { try Data(text.utf8).write(to: scratch.file(name)) }
    let articles = (0..<12).map { article in
      let paragraphs = (0..<4).map { paragraph in
        let name = "Place\(article)x\(paragraph)"
        let questions = ["false", "true"].map { impossible in
          "{\"id\": \"\(name)\(impossible)\", \"question\": \"Where does \(name) lie?\", \"is_impossible\": \(impossible), "
            + "\"answers\": [\(impossible == "true" ? "" : "{\"text\": \"valley \(article)\"}, {\"text\": \"the valley\"}")]}"
        }
        return "{\"context\": \"\(name) lies in valley \(article), as everybody in the valley knows.\", "
          + "\"qas\": [\(questions.joined(separator: ", "))]}"
      }
      return "{\"title\": \"Article_\(article)\", \"paragraphs\": [\(paragraphs.joined(separator: ", "))]}"
    }
    try write("squad.json", "{\"version\": \"2.0\", \"data\": [\(articles.joined(separator: ",\n"))]}")
    let records = (0..<12).map { number in
      let context = (0..<10).map {
        "[\"Title \(number).\($0)\", [\"Fact \(number).\($0) is known.\", \" It is old.\"]]"
      }
      return "{\"_id\": \"h\(number)\", \"question\": \"Which fact is \(number)?\", \"answer\": \"Fact \(number).3\", "
        + "\"supporting_facts\": [[\"Title \(number).3\", 0]], \"context\": [\(context.joined(separator: ", "))]}"
    }
    try write("hotpot.json", "[\(records.joined(separator: ",\n"))]")
    try write(
      "essay.json", "{\"text\": \"It was late. The old man sat by the sea,\\nand waited. Nobody came! He went home.\"}")
    try write("nounlist.txt", (0..<40).map { "noun\($0)\n" }.joined())
    try write("adjectivelist.txt", (0..<30).map { "adjective\($0)\n" }.joined())
    try write("verblist.txt", (0..<20).map { "verb\($0)\n" }.joined() + "noun3\n")
    return scratch
  }()

  static func task(
    _ kind: RulerKind, tokens: Int = 4096, count: Int = 6, essay: String = "", words: String = "",
    tokenizer: any Tokenizer = WordTokenizer()
  ) throws -> RulerTask {
    let files = try #require(files)
    let file = kind == .squad ? "squad.json" : kind == .hotpot ? "hotpot.json" : ""
    return RulerTask(
      .init(
        variety: kind, tokens: tokens, count: count, essay: essay, words: words,
        file: file.isEmpty ? "" : files.file(file).path), tokenizer: tokenizer)
  }

  private static func tokenizers() -> [any Tokenizer] { [WordTokenizer(), Triples(), ByteTokenizer()] }

  // MARK: lengths

  /// With a tokenizer whose counts add up, one unit more than the fitted size does not fit the sample it was fitted with.
  @Test(arguments: RulerKind.allCases, 0..<3)
  func `fit their length with any tokenizer`(_ kind: RulerKind, _ number: Int) throws {
    let tokenizer = Self.tokenizers()[number]
    for tokens in [4096, 9000] where number == 0 || tokens > 4096 {
      let samples = try Self.task(kind, tokens: tokens, tokenizer: tokenizer).samples(seed: 42)
      var used = 0
      for sample in samples {
        let length = tokenizer.count(sample.prompt) + kind.tokensToGenerate
        #expect(length <= tokens, "\(kind) \(sample.index): \(length)")
        used = max(used, length)
      }
      // No unit of any filler is as long as this share, where the collection of documents is not used up.
      #expect(used > tokens * 8 / 10, "\(kind): \(used) of \(tokens)")
    }
  }

  /// In `largestSize` the size fits and the next one does not, for the very sample that was drawn.
  @Test(arguments: [RulerKind.nIAHSingle1, .nIAHMultikey2, .nIAHMultivalue, .variables, .commonWords])
  func `take the largest size that fits`(_ kind: RulerKind) throws {
    let tokens = 8192
    let size = try Self.task(kind, tokens: tokens).samples(seed: 3).size
    // A budget larger by one unit of the filler gives a larger size; one smaller by a unit gives a smaller one.
    #expect(try Self.task(kind, tokens: tokens + 400).samples(seed: 3).size > size)
    #expect(try Self.task(kind, tokens: tokens - 400).samples(seed: 3).size < size)
  }

  @Test(arguments: RulerKind.allCases) func `say how much they need at least`(_ kind: RulerKind) throws {
    let complaint = complaint { try Self.task(kind, tokens: 200).samples(seed: 1) }
    #expect(
      complaint?.contains("task.tokens") == true && complaint?.contains("at least") == true, "\(complaint ?? "none")")
  }

  @Test func `keep tokens free for a chat template`() throws {
    var task = try Self.task(.nIAHSingle1)
    task.settings.templateTokens = 300
    let sample = try #require(try task.samples(seed: 1).first { _ in true })
    let record = RulerRecord(sample, tokenizer: task.tokenizer, templateTokens: 300)
    #expect(record.length <= 4096 - 300 && record.lengthWithTemplate == record.length + 300)
  }

  // MARK: what is in them

  @Test(arguments: RulerKind.allCases) func `hold every gold, and are the same for a seed`(_ kind: RulerKind) throws {
    let samples = Array(try Self.task(kind).samples(seed: 42))
    #expect(samples.count == 6 && samples.map(\.index) == Array(0..<6))
    for sample in samples {
      #expect(sample.outputs.allSatisfy { sample.context.contains($0) }, "\(kind) \(sample.index)")
      #expect(!sample.outputs.isEmpty && !sample.ask.isEmpty && sample.prompt == sample.input + sample.answerPrefix)
    }
    let again = try Self.task(kind).samples(seed: 42)
    #expect(zip(samples, again).allSatisfy { $0.prompt == $1.prompt && $0.outputs == $1.outputs })
    #expect(zip(samples, try Self.task(kind).samples(seed: 43)).contains { $0.prompt != $1.prompt })
    // A longer count does not change the first samples.
    #expect(try Self.task(kind, count: 8).samples(seed: 42).prefix(6).map(\.prompt) == samples.map(\.prompt))
  }

  @Test(arguments: RulerKind.allCases.filter { "\($0.rawValue)".hasPrefix("niah") })
  func `hide each needle exactly once, where its evidence says`(_ kind: RulerKind) throws {
    let wanted: [RulerKind: Int] = [.nIAHMultivalue: 4, .nIAHMultiquery: 4]
    for sample in try Self.task(kind).samples(seed: 5) {
      let bytes = Array(sample.context.utf8)
      #expect(sample.outputs.count == wanted[kind, default: 1] && sample.evidence.count == sample.outputs.count)
      var found: Set<String> = []
      for range in sample.evidence {
        let needle = String(decoding: bytes[range], as: UTF8.self)
        #expect(needle.hasPrefix("One of the special magic ") && needle.hasSuffix("."))
        #expect(sample.context.ranges(of: needle).count == 1)
        found.formUnion(sample.outputs.filter { needle.hasSuffix(" is: \($0).") })
      }
      #expect(found == Set(sample.outputs))
    }
  }

  @Test func `hide four keys where one is asked for, and four values of one key`() throws {
    let multikey = try #require(try Self.task(.nIAHMultikey1).samples(seed: 1).first { _ in true })
    #expect(multikey.context.ranges(of: "One of the special magic numbers for ").count == 4)
    #expect(multikey.after.contains("What is the special magic number for "))
    let values = try #require(try Self.task(.nIAHMultivalue).samples(seed: 1).first { _ in true })
    let key = try #require(values.ask.split(separator: " ").first { $0.contains("-") })
    #expect(values.context.ranges(of: "for \(key) is: ").count == 4)
    #expect(values.after.contains("What are all the special magic numbers for \(key) mentioned in the provided text?"))
    #expect(values.answerPrefix == " The special magic numbers for \(key) mentioned in the provided text are")
    let queries = try #require(try Self.task(.nIAHMultiquery).samples(seed: 1).first { _ in true })
    #expect(queries.ask.contains(", and ") && queries.outputs.count == 4)
  }

  /// Lines of noise are whole lines: the needle is inserted between them, and nothing else is changed.
  @Test func `leave noise as it is`() throws {
    let noise = "The grass is green. The sky is blue. The sun is yellow. Here we go. There and back again."
    for kind in [RulerKind.nIAHSingle1, .variables] {
      let sample = try #require(try Self.task(kind).samples(seed: 2).first { _ in true })
      let lines = sample.context.split(separator: "\n", omittingEmptySubsequences: false)
      #expect(lines.count { $0 == noise } == sample.size)
      #expect(lines.count { $0 != noise } == (kind == .variables ? 5 : 1))
    }
  }

  @Test func `track chains that a program can follow`() throws {
    for sample in try Self.task(.variables).samples(seed: 9) {
      var values: [String: String] = [:]
      let lines = sample.context.split(separator: "\n").filter { $0.hasPrefix("VAR ") }
      for line in lines {
        let words = line.split(separator: " ")
        values[String(words[1])] = words.count == 4 ? String(words[3]) : values[String(words[4])]
      }
      let asked = try #require(sample.ask.split(separator: " ").dropFirst(8).first { Int($0) != nil })
      #expect(sample.outputs.count == 5 && Set(sample.outputs).count == 5)
      #expect(Set(values.filter { $0.value == asked }.keys) == Set(sample.outputs))
      #expect((10_000...99_998).contains(Int(asked) ?? 0))
      #expect(sample.outputs.allSatisfy { $0.count == 5 && $0.allSatisfy { "A"..."Z" ~= $0 } })
      // The worked example has names of three letters, their answer, and another value.
      #expect(sample.before.ranges(of: "VAR ").count == 9 && !sample.before.contains("value \(asked),"))
      #expect(
        sample.before.hasSuffix("hidden in the following text.\n\n") && sample.answerPrefix.hasSuffix("they are: "))
      #expect(sample.answerPrefix.contains("5 variables are assigned the value \(asked), "))
    }
  }

  @Test(arguments: [(1500, 6, 1), (4096, 30, 3)])
  func `repeat common words as often as they should be`(_ tokens: Int, _ often: Int, _ seldom: Int) throws {
    for sample in try Self.task(.commonWords, tokens: tokens).samples(seed: 4) {
      let items = sample.context.split(separator: " ")
      #expect(
        items.count % 2 == 0 && stride(from: 0, to: items.count, by: 2).allSatisfy { items[$0] == "\($0 / 2 + 1)." })
      let words = stride(from: 1, to: items.count, by: 2).map { String(items[$0]) }
      let counts = Dictionary(words.map { ($0, 1) }, uniquingKeysWith: +)
      #expect(sample.outputs.count == 10 && sample.outputs.allSatisfy { counts[$0] == often })
      #expect(counts.count == sample.size)
      #expect(counts.filter { !sample.outputs.contains($0.key) }.allSatisfy { $0.value == seldom })
    }
  }

  @Test func `take words of lists while they have enough`() throws {
    let folder = try #require(Self.files).url.path
    // 89 different words: noun3 stands in two lists.
    let short = try #require(
      try Self.task(.commonWords, tokens: 1500, words: folder).samples(seed: 1).first { _ in true })
    #expect(short.size <= 89 || short.outputs.allSatisfy { $0.count == 6 })
    let long = try #require(
      try Self.task(.commonWords, tokens: 16_384, words: folder).samples(seed: 1).first { _ in true })
    #expect(long.size > 89 && long.outputs.allSatisfy { $0.count == 6 && !$0.contains("noun") })
  }

  /// int(N · k^-2 / ζ(2)) by rank, the first rank written as dots.
  @Test func `count coded words by the zeta distribution`() throws {
    for sample in try Self.task(.frequentWords).samples(seed: 6) {
      let counts = Dictionary(sample.context.split(separator: " ").map { (String($0), 1) }, uniquingKeysWith: +)
      let share = Double(sample.size) * 6 / (Double.pi * Double.pi)
      #expect(counts["..."] == Int(share))
      let golds = sample.outputs.map { counts[$0, default: 0] }
      #expect(golds == [4, 9, 16].map { Int(share / $0) } && golds[0] > golds[1] && golds[1] > golds[2])
      #expect(counts.filter { $0.key != "..." && !sample.outputs.contains($0.key) }.values.allSatisfy { $0 < golds[2] })
      #expect(sample.outputs.allSatisfy { $0.count == 6 })
    }
  }

  @Test func `put the documents of a question among others, its article's first`() throws {
    let squad = Array(try Self.task(.squad, tokens: 500).samples(seed: 1))
    let first = try #require(squad.first)
    // Unanswerable questions are left out: question 1 is about the second paragraph.
    #expect(first.ask == "Where does Place0x0 lie?" && squad[1].ask == "Where does Place0x1 lie?")
    #expect(first.outputs == ["valley 0", "the valley"] && first.cluster == "Article 0")
    for other in 1..<4 { #expect(first.context.contains("Place0x\(other)")) }
    let hotpot = try #require(try Self.task(.hotpot, tokens: 1500).samples(seed: 1).first { _ in true })
    for own in 0..<10 {
      #expect(hotpot.context.ranges(of: "Title 0.\(own)\nFact 0.\(own) is known. It is old.").count == 1)
    }
    #expect(
      hotpot.evidence.map { String(decoding: Array(hotpot.context.utf8)[$0], as: UTF8.self) } == ["Fact 0.3 is known."])
    let headings = hotpot.context.ranges(of: /Document \d+:\n/).count
    #expect(headings == hotpot.size && hotpot.context.hasPrefix("Document 1:\n"))
    #expect(hotpot.before.hasPrefix("Answer the question based on the given documents."))
    #expect(hotpot.after.hasSuffix("Question: Which fact is 0?") && hotpot.answerPrefix == " Answer:")
  }

  @Test func `use all documents again where more are wanted than exist`() throws {
    let sample = try #require(try Self.task(.squad, tokens: 4096, count: 1).samples(seed: 1).first { _ in true })
    // 12 articles of 4 paragraphs.
    #expect(sample.size > 48)
    #expect(sample.context.ranges(of: "Place3x2 lies in").count >= sample.size / 48)
    #expect(sample.evidence.count == 1)
  }

  // MARK: files

  @Test func `are written as RULER writes them`() throws {
    let task = try Self.task(.nIAHMultivalue)
    let sample = try #require(try task.samples(seed: 42).first { _ in true })
    let record = RulerRecord(sample, tokenizer: task.tokenizer)
    let object = try #require(JSONSerialization.jsonObject(with: Data(try record.line.utf8)) as? [String: Any])
    #expect(
      Set(object.keys) == [
        "index", "input", "outputs", "length", "length_w_model_temp", "answer_prefix", "token_position_answer",
      ])
    #expect(object["input"] as? String == sample.input && object["outputs"] as? [String] == sample.outputs)
    #expect(object["length"] as? Int == task.tokenizer.count(sample.prompt) + 128)
    let before = try #require(sample.input.range(of: sample.outputs[0])).lowerBound
    #expect(record.answerPosition == task.tokenizer.count(String(sample.input[..<before])))
    #expect(try JSONDecoder().decode(RulerRecord.self, from: Data(try record.line.utf8)) == record)
    // RULER finds the beginning of the answer by its first ten characters, from behind.
    let cut = try #require(sample.prompt.ranges(of: sample.answerPrefix.prefix(10)).last)
    #expect(sample.prompt[cut.lowerBound...] == sample.answerPrefix)
  }

  @Test func `hide needles in an essay, as text or as RULER's JSON`() throws {
    let files = try #require(Self.files)
    let json = Array(try Self.task(.nIAHSingle2, essay: files.file("essay.json").path).samples(seed: 1))
    try Data("It was late. The old man sat by the sea,\nand waited. Nobody came! He went home.".utf8)
      .write(to: files.file("essay.txt"))
    let text = Array(try Self.task(.nIAHSingle2, essay: files.file("essay.txt").path).samples(seed: 1))
    #expect(json.map(\.prompt) == text.map(\.prompt))
    let sample = json[0]
    let needle = String(decoding: Array(sample.context.utf8)[sample.evidence[0]], as: UTF8.self)
    // Without the needle it is the essay's words, again and again.
    let words = sample.context.replacing(needle, with: "").split(separator: " ")
    let essay = "It was late. The old man sat by the sea, and waited. Nobody came! He went home.".split(separator: " ")
    #expect(words.count == sample.size && words.indices.allSatisfy { words[$0] == essay[$0 % essay.count] })
    #expect(try Self.task(.nIAHSingle2).samples(seed: 1).hay == "generated")
  }

  @Test(arguments: [
    "", " \n", "{\"text\": 3}", "{\"other\": \"x\"}", "{\"text\": \"x\"", "{", "{\"text\": \"\"}",
    "{\"text\": \"a\", \"text\": \"b\"}",
    "{\"text\": \"a b\"} x", "\u{0}",
  ])
  func `refuse an essay that is none, or read it`(_ text: String) throws {
    let files = try #require(Self.files)
    let place = files.file("hostile-\(UUID().uuidString)").path
    try Data(text.utf8).write(to: URL(filePath: place))
    if text == "\u{0}" {
      #expect(try Self.task(.nIAHSingle2, essay: place).samples(seed: 1).size > 0)
    } else {
      let complaint = complaint { try Self.task(.nIAHSingle2, essay: place).samples(seed: 1) }
      #expect(complaint?.contains(URL(filePath: place).lastPathComponent) == true, "\(complaint ?? "none")")
    }
  }

  @Test func `refuse missing files and too few questions`() throws {
    for (kind, key) in [(RulerKind.squad, "SQuAD"), (.hotpot, "HotpotQA")] {
      #expect(complaint { try RulerTask(.init(variety: kind)).samples(seed: 1) }?.contains(key) == true)
      #expect(complaint { try RulerTask(.init(variety: kind, file: "/nowhere")).samples(seed: 1) } != nil)
    }
    #expect(complaint { try Self.task(.hotpot, count: 500).samples(seed: 1) }?.contains("12 questions") == true)
    #expect(complaint { try Self.task(.commonWords, words: "/nowhere").samples(seed: 1) } != nil)
    #expect(complaint { try Self.task(.nIAHSingle2, essay: "/nowhere").samples(seed: 1) } != nil)
  }

  // MARK: as reading tasks

  @Test(arguments: RulerKind.allCases) func `ask the same of a reader in chunks`(_ kind: RulerKind) throws {
    let task = try Self.task(kind, count: 2)
    let samples = Array(try task.samples(seed: 42))
    let questions = Array(try task.questions(seed: 42))
    #expect(questions.count == 2 && Set(questions.map(\.id)).count == 2)
    for (question, sample) in zip(questions, samples) {
      guard case .text(let source) = question.source, let text = source as? StringText else {
        Issue.record("no text")
        continue
      }
      #expect(text.bytes == Array(sample.context.utf8) && question.answers == sample.outputs)
      #expect(
        question.evidence == sample.evidence && question.evidence.allSatisfy { $0.upperBound <= text.bytes.count })
      #expect(question.traits["match"] == (kind.needsAnyGold ? "any" : "all") && question.traits["length"] == "4096")
    }
  }
}

@Suite struct `The order of RULER-HQA` {
  private func questions(_ order: DocumentOrder, documents: Int, seed: UInt64 = 1) throws -> [Question] {
    let files = try #require(`The tasks of RULER`.files)
    return Array(
      try QATask(.init(file: files.file("hotpot.json").path, documents: documents, order: order)).questions(seed: seed))
  }

  /// Counted from 0, the places of the documents of a question's own record.
  private func places(_ question: Question) throws -> [Int] {
    guard case .text(let source) = question.source, let text = source as? StringText else { return [] }
    let number = question.id.dropFirst()
    return String(decoding: text.bytes, as: UTF8.self).split(separator: "\n\n").enumerated()
      .filter { $0.element.contains("\nTitle \(number).") }.map(\.offset)
  }

  /// The places are those of `random.Random(4).shuffle` in CPython: of 50 documents 10, 17, 26, 28, 36, 40 to 43, 47.
  @Test func `is MemAgent's, with the same places for every question`() throws {
    for question in try questions(.memagent, documents: 50) {
      #expect(try places(question) == [10, 17, 26, 28, 36, 40, 41, 42, 43, 47])
    }
    #expect(
      try questions(.memagent, documents: 50).map(\.evidence)
        == questions(.memagent, documents: 50, seed: 1).map(\.evidence))
  }

  /// CPython: list(range(12)) becomes 11, 2, 8, 10, 5, 0, 9, 7, 6, 1, 4, 3, so the own ten are all but places 0 and 3.
  @Test func `keeps a record's documents in the permutation's order`() throws {
    let question = try #require(try questions(.memagent, documents: 12).first)
    #expect(try places(question) == [1, 2, 4, 5, 6, 7, 8, 9, 10, 11])
    guard case .text(let source) = question.source, let text = source as? StringText else { return }
    let titles = String(decoding: text.bytes, as: UTF8.self).split(separator: "\n").filter { $0.hasPrefix("Title 0.") }
    #expect(titles == [2, 8, 5, 0, 9, 7, 6, 1, 4, 3].map { "Title 0.\($0)" })
  }

  @Test func `is another one for every question where it is corrected`() throws {
    let all = try questions(.perItem, documents: 50).map(places)
    #expect(Set(all).count == all.count && all.allSatisfy { $0.count == 10 })
  }
}
