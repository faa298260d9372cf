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

  /// The text fits and one sentence more would not; evidence stands where the placement says, and the facts at any length are
  /// the same.
  @Test(arguments: [Placement.first, .last, .uniform])
  func `puts an item's documents between the sentences of a book`(_ placement: Placement) throws {
    let scratch = try Scratch()
    let words = ["whale", "ship", "sea", "captain", "storm", "harbour"]
    let book = (0..<400).map {
      "The \(words[$0 % 6]) of chapter \($0) came home over the grey water at \(words[$0 % 5])."
    }
    try book.joined(separator: " ").write(to: scratch.file("book.txt"), atomically: true, encoding: .utf8)
    try hotpot.write(to: scratch.file("hotpot.json"), atomically: true, encoding: .utf8)
    for tokens in [600, 2400] {
      let settings = QATask.Settings(
        file: scratch.file("hotpot.json").path, tokens: tokens, hay: scratch.file("book.txt").path,
        placement: placement)
      for item in try QATask(settings, tokenizer: WordTokenizer()).questions(seed: 3) {
        let whole = text(of: item)
        let length = WordTokenizer().count(whole)
        #expect(length <= tokens && length > tokens - 20, "\(length) of \(tokens)")
        #expect(
          evidence(of: item).count == 1 && whole.contains("Document 1:\n") && whole.contains("The whale of chapter"))
        let place = Double(item.evidence[0].lowerBound) / Double(whole.utf8.count)
        switch placement {
        case .first: #expect(place < 0.3)
        case .last: #expect(place > 0.7)
        default: break
        }
        #expect(item.traits["length"] == "\(tokens)")
      }
      #expect(throws: QAError.self) {
        var small = settings
        small.tokens = 10
        _ = try QATask(small, tokenizer: WordTokenizer()).questions(seed: 3)
      }
    }
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
    (
      "[{\"_id\": \"a\", \"question\": \"q\", \"supporting_facts\": [], \"context\": []}]",
      "line 1, column 2, record 1, key answer: it must be there, but is missing"
    ),
    (
      "[{\"_id\": \"a\", \"question\": \"q\", \"answer\": \"x\",\n \"supporting_facts\": [[\"t\"]], \"context\": []}]",
      "line 2, column 23, record 1, key supporting_facts[0]: it must be a pair of title and sent_id, but is 1 values"
    ),
    (
      "\n{\"id\": 3, \"question\": \"q\", \"paragraphs\": []}\n",
      "line 2, column 8, record 1, key id: it must be a string, but is a number"
    ),
    (
      "{\"version\": \"1.1\",\n \"data\": [{\"title\": \"t\"}]}",
      "line 2, column 11, key data[0].paragraphs: it must be there, but is missing"
    ),
    ("[{\"_id\": \"a\", ", "line 1, column 15: the text is JSON: expected “\"”, found the end of the text"),
    ("[]", "known formats"), ("{}", "known formats"), ("", "known formats"), (" \n ", "known formats"),
    ("plain words", "line 1, column 1: the text is JSON: expected “{”, found “p”"),
    // One of two equal keys would be lost, and a trailing comma is no JSON.
    (hotpot.replacing("\"type\"", with: "\"level\""), "line 1, column 88: a key stands once in a table"),
    (hotpot.replacing("}]", with: "},]"), "line 5, column 87: the text is JSON: expected “{”, found “]”"),
    (
      hotpot.replacing("[[\"Three\", 1]]", with: "[[\"Three\", 1],]"),
      "line 4, column 111: the text is JSON: expected “[”, found “]”"
    ),
    (hotpot.replacing("[[\"One\", 0]]", with: "[[\"One\", -1]]"), "supporting_facts[0][1]: it must be a whole number"),
    (hotpot + "x", "expected the end of the text, found “x”"),
    (musique + musique.dropLast(3), "line 2, column 332: the text is JSON: "),
  ])
  func `says what is wrong with a file and where`(_ content: String, _ message: String) throws {
    let error = #expect(throws: QAError.self) { try questions(content) }
    #expect(error?.description.contains(message) == true, "\(String(describing: error))")
  }

  @Test func `takes both records of one id of MuSiQue-Full`() throws {
    let unanswerable = musique.replacing("\"answerable\": true", with: "\"answerable\": false")
      .replacing("\"is_supporting\": true", with: "\"is_supporting\": false")
    let items = try questions(musique + unanswerable)
    #expect(items.map(\.id) == ["2hop__1", "2hop__1-unanswerable"])
    #expect(items.map(\.answers) == [["Rome", "Roma"], [""]])
    #expect(items.map { $0.traits["answerable"] } == [nil, "no"])
    #expect(items.map(\.cluster) == ["2hop__1", "2hop__1"])
    #expect(evidence(of: items[1]).isEmpty)
    #expect(throws: QAError.self) { try questions(musique + musique) }
    #expect(throws: QAError.self) { try questions(unanswerable + unanswerable) }
  }

  /// `datasets.load_dataset("hotpot_qa", "distractor")["train"].to_json(…)` writes columns.
  @Test func `reads the columns of Hugging Face's HotpotQA as the authors' pairs`() throws {
    let columns = """
      {"id":"a","question":"Where was Anna born? ","answer":"Ulm","type":"bridge","level":"easy","split":"train",\
      "supporting_facts":{"title":["One"],"sent_id":[0]},\
      "context":{"title":["One","Two"],"sentences":[["Anna was born in Ulm."," She paints."],["Ben sings."]]}}
      {"id":"b","question":"Who cooks?","answer":"Čapek","split":"dev",\
      "supporting_facts":{"sent_id":[1],"title":["Three"]},\
      "context":{"sentences":[["Ben sings."],["Ünal rests.","Čapek cooks."]],"title":["Two","Three"]}}
      """
    let (pairs, rows) = (try questions(hotpot), try questions(columns))
    #expect(rows.map(\.id) == pairs.map(\.id) && rows.map(\.ask) == pairs.map(\.ask))
    #expect(rows.map(\.answers) == pairs.map(\.answers) && rows.map(\.traits) == pairs.map(\.traits))
    #expect(rows.map(text) == pairs.map(text) && rows.map(evidence) == pairs.map(evidence))
    let uneven = columns.replacing("\"title\":[\"One\",\"Two\"]", with: "\"title\":[\"One\"]")
    let error = #expect(throws: QAError.self) { try questions(uneven) }
    #expect(
      error?.description.contains("key context: it must be columns of one length, but is 1 of title and 2 of sentences")
        == true)
  }

  @Test func `reads a file with a byte-order mark, and counts lines behind it`() throws {
    #expect(try questions("\u{FEFF}" + hotpot).map(\.id) == ["a", "b"])
    let error = #expect(throws: QAError.self) { try questions("\u{FEFF}\n" + musique.replacing("\"Rome\"", with: "3")) }
    #expect(error?.description.contains("line 2, column 51, record 1, key answer") == true)
  }

  @Test(
    arguments: [
      ([0xFF, 0xFE, 0x5B, 0], "UTF-16"), ([0xFE, 0xFF, 0, 0x5B], "UTF-16"), ([0x5B, 0, 0x0A, 0], "UTF-16LE"),
      ([0, 0x7B, 0, 0x22], "UTF-16BE"), ([0xFF, 0xFE, 0, 0, 0x5B, 0, 0, 0], "UTF-32"), ([0, 0, 0, 0x5B], "UTF-32BE"),
      ([0x1F, 0x8B, 8, 0], "gunzip"), ([0x50, 0x4B, 3, 4], "zip archive"), (Array("PAR1\u{15}".utf8), "Parquet"),
    ] as [([UInt8], String)])
  func `names a file that is no UTF-8 and says what to do`(_ start: [UInt8], _ name: String) throws {
    let error = #expect(throws: QAError.self) { try questions(bytes: start + Array(repeating: 0x20, count: 8)) }
    #expect(error?.description.contains(name) == true, "\(String(describing: error))")
  }

  /// Data sets come from elsewhere: whatever a file holds, it is read or refused with its place.
  @Test(arguments: [hotpot, squad, musique])
  func `survives any damage of a file`(_ file: String) throws {
    let whole = Array(file.utf8)
    var random = SeededGenerator(seed: 1, purpose: "damage")
    var refused = 0
    func attempt(_ bytes: [UInt8]) throws {
      do {
        for question in try questions(bytes: bytes) {
          #expect(question.evidence.allSatisfy { $0.upperBound <= text(of: question).utf8.count })
        }
      } catch is QAError { refused += 1 }
    }
    for end in stride(from: 0, to: whole.count, by: 7) { try attempt(Array(whole[..<end])) }
    for _ in 0..<400 {
      var bytes = whole
      for _ in 0..<Int.random(in: 1...3, using: &random) {
        let place = Int.random(in: bytes.indices, using: &random)
        // Half of the damage is in JSON's own letters.
        bytes[place] =
          Bool.random(using: &random)
          ? UInt8.random(in: 0...255, using: &random)
          : Array("[]{}\",:0-e".utf8)[Int.random(in: 0..<10, using: &random)]
      }
      try attempt(bytes)
    }
    #expect(refused > 200)
  }

  @Test(arguments: [
    String(repeating: "[", count: 100_000), String(repeating: "{\"a\":", count: 100_000),
    "[{\"_id\":" + String(repeating: "[", count: 100_000),
    "{\"id\":\"a\",\"question\":\"q\",\"paragraphs\":[],\"x\":1e999999999,\"answer\":\"\\ud800\"}",
    "[{\"_id\":\"a\",\"question\":\"q\",\"answer\":\"x\",\"context\":[],"
      + "\"supporting_facts\":[[\"t\",99999999999999999999]]}]",
  ])
  func `refuses what no data set holds`(_ content: String) {
    #expect(throws: QAError.self) { try questions(content) }
  }

  @Test func `draws the same questions at every length, evenly over documents`() throws {
    func ids(_ documents: Int) throws -> [String] {
      try QATask(.init(file: try file(squadOfTwo).path, documents: documents, repeating: true))
        .questions(seed: 5, limit: 4).map { $0.id }
    }
    let (short, long) = (try ids(1), try ids(3))
    #expect(short == long)
    let clusters = try QATask(.init(file: try file(squadOfTwo).path)).questions(seed: 5, limit: 4).map { $0.cluster }
    #expect(clusters.filter { $0 == "Some place" }.count == 2 && Set(clusters).count == 2)
    let setting = try QATask(.init(file: try file(squadOfTwo).path, limit: 4)).questions(seed: 5).map { $0.id }
    #expect(setting == short)
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

private func entries(_ prefix: String, _ count: Int, _ answer: String) -> String {
  (0..<count).map { #"{"id": "\#(prefix)\#($0)", "question": "Who?", "answers": [{"text": "\#(answer)"}]}"# }
    .joined(separator: ",")
}

/// Eight questions about one article, then two about another.
private let squadOfTwo = """
  {"data": [{"title": "Some_place", "paragraphs": [{"context": "It was built in 1970.", "qas": [
    \(entries("a", 8, "1970"))
  ]}]}, {"title": "Another", "paragraphs": [{"context": "Ben sings.", "qas": [
    \(entries("b", 2, "Ben"))
  ]}]}]}
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
  try questions(
    bytes: Array(content.utf8),
    .init(documents: documents, tokens: tokens, limit: limit, split: split, repeating: repeating), seed: seed)
}

private func questions(
  bytes: [UInt8], _ settings: QATask.Settings = .init(), seed: UInt64 = 1
) throws -> [Question] {
  let file = try file(bytes)
  defer { try? FileManager.default.removeItem(at: file) }
  var settings = settings
  settings.file = file.path
  return Array(try QATask(settings).questions(seed: seed))
}

private func file(_ content: String) throws -> URL { try file(Array(content.utf8)) }

private func file(_ bytes: [UInt8]) throws -> URL {
  let file = FileManager.default.temporaryDirectory.appending(path: "qa-\(UUID().uuidString).json")
  try Data(bytes).write(to: file)
  return file
}
