import Foundation
import Palimpsest
import Support
import Tasks
import Testing

@Suite struct `A needle task` {
  static let book = "It was late. The old man sat by the sea and waited. Nobody came! Was it a mistake? He went home."

  /// A text file of many short sentences.
  static let essay: String = {
    let path = FileManager.default.temporaryDirectory.appending(path: "palimpsest-needle-\(UUID().uuidString).txt").path
    try? book.write(toFile: path, atomically: true, encoding: .utf8)
    return path
  }()

  func questions(_ variety: NeedleVariety, tokens: Int = 4096, count: Int = 4, placement: Placement = .uniform) throws
    -> [Question]
  {
    let text = [.single1, .multikey2, .multikey3].contains(variety) ? "" : Self.essay
    return Array(
      try NeedleTask(.init(variety: variety, tokens: tokens, count: count, placement: placement, text: text))
        .questions(seed: 7))
  }

  @Test(arguments: NeedleVariety.allCases)
  func `hides each needle exactly once, where its evidence says`(_ variety: NeedleVariety) async throws {
    let wanted: [NeedleVariety: Int] = [.multivalue: 4, .multiquery: 4]
    for question in try questions(variety) {
      let bytes = try await bytes(of: question)
      let text = String(decoding: bytes, as: UTF8.self)
      #expect(question.answers.count == wanted[variety, default: 1])
      #expect(question.evidence.count == question.answers.count)
      for (answer, range) in zip(question.answers, question.evidence) {
        let needle = String(decoding: bytes[range], as: UTF8.self)
        #expect(needle.hasPrefix("One of the special magic ") && needle.hasSuffix(" is: \(answer)."))
        #expect(text.ranges(of: needle).count == 1)
        #expect(text.ranges(of: answer).count == 1)
      }
    }
  }

  @Test(arguments: NeedleVariety.allCases)
  func `fits its length exactly, and one line more would not`(_ variety: NeedleVariety) async throws {
    for tokens in [1024, 5000] {
      for question in try questions(variety, tokens: tokens, count: 2) {
        let text = String(decoding: try await bytes(of: question), as: UTF8.self)
        let count = WordTokenizer().count(text)
        // No unit of any hay here has more than 60 tokens.
        #expect(count <= tokens && count > tokens - 60)
        guard variety == .single1 else { continue }
        let line = "The grass is green. The sky is blue. The sun is yellow. Here we go. There and back again.\n"
        #expect(WordTokenizer().count(line + text) > tokens)
      }
    }
  }

  @Test(arguments: [ByteTokenizer() as any Tokenizer, WordTokenizer()])
  func `is measured with the run's tokenizer`(_ tokenizer: any Tokenizer) async throws {
    for question in try NeedleTask(.init(tokens: 3000, count: 2), tokenizer: tokenizer).questions(seed: 2) {
      let count = tokenizer.count(String(decoding: try await bytes(of: question), as: UTF8.self))
      #expect(count <= 3000 && count > 3000 - 100)
    }
  }

  @Test func `hides the same needles in texts of every length`() throws {
    let short = try questions(.multivalue, tokens: 1024), long = try questions(.multivalue, tokens: 9000)
    #expect(short.map(\.ask) == long.map(\.ask))
    #expect(zip(short, long).allSatisfy { Set($0.answers) == Set($1.answers) })
    #expect(short.map(\.id) != long.map(\.id))
  }

  @Test func `hides any variety in any hay`() async throws {
    for hay in [NeedleVariety.Hay.noise, .needles] {
      let question = try #require(
        Array(try NeedleTask(.init(variety: .multiquery, count: 1, hay: hay)).questions(seed: 1)).first)
      let text = String(decoding: try await bytes(of: question), as: UTF8.self)
      #expect(text.contains("The grass is green.") == (hay == .noise))
      #expect(question.answers.allSatisfy { text.ranges(of: $0).count == 1 })
      #expect(question.traits["hay"] == hay.rawValue)
    }
    #expect(throws: SettingError.self) { try NeedleTask(.init(hay: .essay)).questions(seed: 1) }
  }

  @Test func `reads no more of a file than its text could need`() throws {
    let path = FileManager.default.temporaryDirectory.appending(path: "palimpsest-sparse-\(UUID().uuidString)").path
    try Data("One sentence stands here. Another follows it. \n".utf8).write(to: URL(filePath: path))
    #expect(truncate(path, 4 << 30) == 0)
    #expect(Array(try NeedleTask(.init(tokens: 2000, count: 1, text: path)).questions(seed: 1)).count == 1)
  }

  @Test func `knows its varieties with and without the underscore`() throws {
    let catalog = Catalog("task", tasks)
    for name in ["single_1", "single1", "multikey2", "multikey_3", "multivalue"] {
      #expect(throws: Never.self) { try catalog.make(Spec("needle", ["variety": .string(name)])) }
    }
    #expect(throws: SettingError.self) { try catalog.make(Spec("needle", ["variety": .string("single_9")])) }
  }

  @Test func `gives the same text from any offset`() async throws {
    let question = try #require(try questions(.multikey2, tokens: 12_000, count: 1).first)
    guard case .text(let source) = question.source else { return }
    let whole = try await bytes(of: question)
    for offset in stride(from: 0, to: whole.count, by: 997) {
      let piece = try #require(try await source.piece(from: offset))
      #expect(piece[...] == whole[offset..<(offset + piece.count)])
    }
    #expect(try await source.piece(from: whole.count) == nil)
  }

  @Test func `puts needles in the first or last fifth when told to`() async throws {
    for question in try questions(.multivalue, count: 8, placement: .first) {
      let count = try await bytes(of: question).count
      #expect(question.evidence.allSatisfy { $0.upperBound < count / 4 })
    }
    for question in try questions(.multivalue, count: 8, placement: .last) {
      let count = try await bytes(of: question).count
      #expect(question.evidence.allSatisfy { $0.lowerBound > 3 * count / 4 })
    }
  }

  @Test func `asks for one value in the singular`() throws {
    let one = try #require(try questions(.single1, count: 1).first)
    #expect(one.ask.hasPrefix("What is the special magic number for "))
    let four = try #require(try questions(.multiquery, count: 1).first)
    #expect(four.ask.hasPrefix("What are all the special magic numbers for "))
    #expect(four.ask.contains(", and "))
  }

  @Test func `depends on nothing but seed and number`() async throws {
    let some = try questions(.single1, count: 2), more = try questions(.single1, count: 3)
    #expect(some.map(\.answers) == more.prefix(2).map(\.answers))
    let other = try NeedleTask(.init(count: 2)).questions(seed: 8).map(\.answers)
    #expect(some.map(\.answers) != other)
  }

  @Test func `writes a UUID in version 4 form`() throws {
    let question = try #require(try questions(.single3, count: 1).first)
    #expect(
      question.answers[0].wholeMatch(of: /[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}/) != nil)
  }

  @Test func `says what it lacks`() {
    let noText = #expect(throws: SettingError.self) { try NeedleTask(.init(variety: .single2)).questions(seed: 1) }
    #expect(
      noText?.description.contains("task.text is empty: the variety single_2 hides its needles in a text") == true)
    #expect(noText?.exitClass == .usage)
    #expect(throws: TextError.self) {
      try NeedleTask(.init(variety: .single2, text: "/no/such/file")).questions(seed: 1)
    }
    let tooShort = #expect(throws: SettingError.self) { try NeedleTask(.init(tokens: 5)).questions(seed: 1) }
    #expect(tooShort?.description.hasPrefix("task.tokens is 5: that leaves no room for the needles") == true)
  }
}

/// The whole text of a generated question.
func bytes(of question: Question) async throws -> [UInt8] {
  guard case .text(let source) = question.source else { return [] }
  var bytes: [UInt8] = []
  while let piece = try await source.piece(from: bytes.count) { bytes += piece }
  return bytes
}
