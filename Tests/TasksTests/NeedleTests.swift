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

  func questions(_ variety: NeedleVariety, tokens: Int = 4096, count: Int = 4, placement: Placement = .uniform) throws -> [Question] {
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
  func `fits its length, and one line more would not`(_ variety: NeedleVariety) async throws {
    for tokens in [1024, 5000] {
      for question in try questions(variety, tokens: tokens, count: 2) {
        let text = String(decoding: try await bytes(of: question), as: UTF8.self)
        // Tokens are counted line by line; at the joints a blank may count with either side.
        let count = WordTokenizer().count(text)
        #expect(count <= tokens + tokens / 100)
        #expect(count >= tokens - 80 - tokens / 100)
      }
    }
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
    #expect(question.answers[0].wholeMatch(of: /[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}/) != nil)
  }

  @Test func `says what it lacks`() {
    #expect(throws: NeedleError.noText(.single2)) {
      try NeedleTask(.init(variety: .single2)).questions(seed: 1)
    }
    #expect(throws: TextError.self) {
      try NeedleTask(.init(variety: .single2, text: "/no/such/file")).questions(seed: 1)
    }
    #expect(throws: NeedleError.self) { try NeedleTask(.init(tokens: 10)).questions(seed: 1) }
  }
}

/// The whole text of a generated question.
func bytes(of question: Question) async throws -> [UInt8] {
  guard case .text(let source) = question.source else { return [] }
  var bytes: [UInt8] = []
  while let piece = try await source.piece(from: bytes.count) { bytes += piece }
  return bytes
}
