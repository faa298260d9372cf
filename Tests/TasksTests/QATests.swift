import Foundation
import Palimpsest
import Support
import Tasks
import Testing

@Suite struct `The qa task` {
  @Test func `writes documents as RULER does`() throws {
    let item = try #require(try questions(hotpot).first { $0.id == "a" })
    #expect(
      [
        "Document 1:\nOne\nAnna was born in Ulm. She paints.\n\nDocument 2:\nTwo\nBen sings.",
        "Document 1:\nTwo\nBen sings.\n\nDocument 2:\nOne\nAnna was born in Ulm. She paints.",
      ].contains(text(of: item)))
    #expect(item.answers == ["Ulm"])
    #expect(evidence(of: item) == ["Anna was born in Ulm."])
    #expect(item.traits == ["type": "bridge", "level": "easy", "documents": "2"])
  }

  @Test func `keeps supporting documents when fewer are wanted than an item has`() throws {
    for item in try questions(hotpot, documents: 1) {
      #expect(text(of: item).ranges(of: "Document ").count == 1)
      #expect(evidence(of: item).count == 1)
    }
  }

  @Test func `never repeats a document unless asked`() throws {
    #expect(throws: QAError.self) { try questions(hotpot, documents: 4) }
    do { _ = try questions(hotpot, documents: 4) } catch {
      #expect("\(error)".contains("4 documents were wanted") && "\(error)".contains("has 3 different"))
    }
    let item = try #require(try questions(hotpot, documents: 5, repeating: true).first)
    #expect(text(of: item).contains("Document 5:\n"))
    #expect(evidence(of: item).count == 1)
  }

  @Test func `adds distractors to what is already there when more are wanted`() throws {
    let two = try questions(hotpot, documents: 2)
    let three = try questions(hotpot, documents: 3)
    for (small, large) in zip(two, three) {
      #expect(titles(of: small).isSubset(of: titles(of: large)))
      #expect(titles(of: large).count == 3)
    }
  }

  @Test func `fills a text up to a number of tokens and never beyond`() throws {
    for tokens in [60, 80, 110] {
      for item in try questions(hotpot, tokens: tokens) {
        #expect(text(of: item).utf8.count <= tokens)
        #expect(evidence(of: item).count == 1)
      }
    }
    #expect(throws: QAError.self) { try questions(hotpot, tokens: 20) }
    #expect(throws: QAError.self) { try questions(hotpot, tokens: 100_000) }
  }

  @Test func `depends on the seed alone`() throws {
    let first = try questions(hotpot, documents: 3, seed: 7).map(text)
    #expect(try questions(hotpot, documents: 3, seed: 7).map(text) == first)
    let others = try (8..<16).map { try questions(hotpot, documents: 3, seed: $0).map(text) }
    #expect(others.contains { $0 != first })
  }

  @Test func `gives all golds of SQuAD, and the empty answer where there is none`() throws {
    let items = try questions(squad)
    #expect(items.map(\.answers) == [["in 1970", "1970"], [""]])
    #expect(items.map(\.cluster) == ["Some place", "Some place"])
    #expect(evidence(of: items[0]) == ["It was built in 1970."])
    #expect(evidence(of: items[1]).isEmpty)
  }

  @Test func `gives the aliases and hops of MuSiQue`() throws {
    let item = try #require(try questions(musique).first)
    #expect(item.answers == ["Rome", "Roma"])
    #expect(item.traits["hops"] == "2")
    #expect(evidence(of: item) == ["A is in B."])
  }

  @Test func `takes a sample and a split`() throws {
    #expect(try questions(hotpot, limit: 1).count == 1)
    #expect(try questions(hotpot, split: "dev").map(\.id) == ["b"])
    #expect(throws: QAError.noRecords("x", split: "test", known: ["dev", "train"])) {
      do { _ = try questions(hotpot, split: "test") } catch let error as QAError {
        guard case .noRecords(_, let split, let known) = error else { throw error }
        throw QAError.noRecords("x", split: split, known: known)
      }
    }
  }

  @Test(arguments: [
    ("[{\"_id\": \"a\", \"question\": \"q\", \"supporting_facts\": [], \"context\": []}]", "record 1, key answer"),
    (
      "[{\"_id\": \"a\", \"question\": \"q\", \"answer\": \"x\", \"supporting_facts\": [[\"t\"]], \"context\": []}]",
      "record 1, key supporting_facts[0]"
    ),
    ("{\"id\": 3, \"question\": \"q\", \"paragraphs\": []}\n", "record 1, key id: it must be a string"),
    ("{\"version\": \"1.1\", \"data\": [{\"title\": \"t\"}]}", "key data[0].paragraphs: it is missing"),
    ("[{\"_id\": \"a\", ", "cannot be"), ("[]", "known formats"), ("{}", "known formats"), ("plain words", "record 1"),
    ("", "known formats"),
  ])
  func `says what is wrong with a file and where`(_ content: String, _ message: String) throws {
    do {
      _ = try questions(content)
      Issue.record("read \(content)")
    } catch let error as QAError {
      #expect("\(error)".contains(message) || message == "cannot be", "\(error)")
    }
  }

  @Test func `says which file is missing`() throws {
    #expect(throws: QAError.self) { try QATask(.init(file: "/nowhere/file.json")).questions(seed: 1) }
    #expect(throws: QAError.self) { try QATask(.init()).questions(seed: 1) }
  }

  @Test func `refuses two records of one id`() throws {
    #expect(throws: QAError.self) { try questions(hotpot.replacing("\"b\"", with: "\"a\"")) }
  }

  @Test func `is in the catalogue and checks its settings`() throws {
    let catalog = Catalog("task", tasks)
    #expect(try catalog.make(Spec("qa", ["file": .string("x")])) is QATask)
    #expect(throws: SettingError.self) { try catalog.make(Spec("qa", ["format": .string("trivia")])) }
    #expect(throws: SettingError.self) { try catalog.make(Spec("qa", ["limit": .int(-1)])) }
    #expect(throws: SettingError.self) { try catalog.make(Spec("qa", ["tokens": .int(9), "documents": .int(9)])) }
  }
}

// MARK: small files

private let hotpot = """
  [{"_id": "a", "question": "Where was Anna born? ", "answer": "Ulm", "type": "bridge", "level": "easy",
    "split": "train", "supporting_facts": [["One", 0]],
    "context": [["One", ["Anna was born in Ulm.", " She paints."]], ["Two", ["Ben sings."]]]},
   {"_id": "b", "question": "Who cooks?", "answer": "Čapek", "split": "dev", "supporting_facts": [["Three", 1]],
    "context": [["Two", ["Ben sings."]], ["Three", ["Ünal rests.", "Čapek cooks."]]]}]
  """

private let squad = """
  {"version": "v2.0", "data": [{"title": "Some_place", "paragraphs": [
    {"context": "It was built in 1970.", "qas": [
      {"id": "s1", "question": "When?", "is_impossible": false,
       "answers": [{"text": "in 1970", "answer_start": 13}, {"text": "1970", "answer_start": 16},
                   {"text": "1970", "answer_start": 16}]},
      {"id": "s2", "question": "By whom?", "is_impossible": true, "answers": []}]},
    {"context": "It is tall.", "qas": []}]}]}
  """

private let musique = """
  {"id": "2hop__1", "question": "Where?", "answer": "Rome", "answer_aliases": ["Roma"], "answerable": true, \
  "question_decomposition": [{"id": 1}, {"id": 2}], "paragraphs": [\
  {"idx": 0, "title": "A", "paragraph_text": "A is in B.", "is_supporting": true}, \
  {"idx": 1, "title": "C", "paragraph_text": "C is not.", "is_supporting": false}]}

  """

private func questions(
  _ content: String, documents: Int = 0, tokens: Int = 0, limit: Int = 0, split: String = "",
  repeating: Bool = false, seed: UInt64 = 1
) throws -> [Question] {
  let file = FileManager.default.temporaryDirectory.appending(path: "qa-\(UUID().uuidString).json")
  try Data(content.utf8).write(to: file)
  defer { try? FileManager.default.removeItem(at: file) }
  let task = QATask(
    .init(
      file: file.path, documents: documents, tokens: tokens, limit: limit, split: split,
      repeating: repeating))
  return Array(try task.questions(seed: seed))
}
