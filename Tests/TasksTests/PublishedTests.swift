import Foundation
import Palimpsest
import Support
import Tasks
import Testing

/// Files in the authors' forms, small; the texts are ours.
private enum Samples {
  static let babilong = """
    [{"target":"bathroom","input":"It rained. Mary moved to the bathroom. Nobody came.","question":"Where is Mary? "},
     {"target":"apple,milk","input":"Daniel took the apple.\\nDaniel took the milk.","question":"What is Daniel carrying?"}]
    """
  static let longbench = """
    [{"_id":"66f3","domain":"Single-Document QA","sub_domain":"Literary","difficulty":"hard","length":"short",
      "question":"Who wrote it?","choice_A":"Ada","choice_B":"Ben","choice_C":"Čapek","choice_D":"Dan","answer":"C",
      "context":"Čapek wrote it in 1920."},
     {"_id":"66f4","domain":"Code Repository Understanding","sub_domain":"Code","difficulty":"easy","length":"long",
      "question":"Which?","choice_A":"a","choice_B":"b","choice_C":"c","choice_D":"d","answer":"A",
      "context":"def a(): pass"}]
    """
  static let infinite: [(variety: InfiniteBenchKind, line: String, answers: [String])] = [
    (.passkey, #""answer":["71432"]"#, ["71432"]), (.numberString, #""answer":"5555555555""#, ["5555555555"]),
    (.keyValue, #""answer":"c14cb8ba-002b""#, ["c14cb8ba-002b"]),
    (.bookSummary, #""answer":["All is well."]"#, ["All is well."]),
    (.bookChoice, #""answer":["Ben"],"options":["Ada","Ben","Čapek","Dan"]"#, ["Ben", "B"]),
    (.codeDebug, #""answer":["f3","D"],"options":["f0","f1","f2","f3"]"#, ["f3", "D"]),
    (.bookQuestions, #""answer":["in Ulm","Ulm"]"#, ["in Ulm", "Ulm"]), (.chineseQuestions, #""answer":"北京""#, ["北京"]),
    (.dialogue, #""answer":["ACE"]"#, ["ACE"]), (.mathFind, #""answer":-3.50"#, ["-3.50"]),
    (.mathCalc, #""answer":[[1,-3,12]]"#, ["1", "-3", "12"]), (.codeRun, #""answer":[-14]"#, ["-14"]),
  ]

  static func record(_ rest: String, id: String = "0") -> String {
    "{\"id\":\(id),\"context\":\"One. Two. \\u00e9\",\"input\":\"What is asked?\",\(rest)}\n"
  }

  static let documents = """
    document_id,set,kind,story_url,wiki_title
    00ab,test,movie,http://a.example/x.html,"Crouching Tiger, Hidden Dragon"
    00cd,train,gutenberg,http://b.example/y,Percival

    """.replacing("\n\n", with: "\n")
  static let qaps = """
    document_id,set,question,answer1,answer2,question_tokenized
    00ab,test,"Who is ""Happy""?",Mark Hunter.,Mark,Who is Happy ?
    00ab,test,"What does he study,
    and where?",Nothing,Nothing,x
    00cd,train,Where is Percival?,at sea,on a ship,y
    """
  static let summaries =
    "document_id,set,summary\n00ab,test,\"Mark runs a station.\nHe is \"\"Happy\"\".\"\n00cd,train,Percival sails.\n"

  static let stories = """
    1 Mary moved to the bathroom.
    2 John went to the hallway.
    3 Where is Mary? \tbathroom\t1
    4 Mary took the milk.
    5 What has Mary? \tmilk\t4 1
    1 Sandra went to the garden.
    2 Where is Sandra?\tgarden\t1

    """
}

@Suite struct `A published benchmark` {
  let scratch: Scratch

  init() throws { scratch = try Scratch() }

  @discardableResult
  private func write(_ name: String, _ text: String) throws -> String {
    let file = scratch.file(name)
    try FileManager.default.createDirectory(at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
    try Data(text.utf8).write(to: file)
    return file.path
  }

  private func narrative(
    qaps: String = Samples.qaps, documents: String = Samples.documents, summaries: String = Samples.summaries
  ) throws -> String {
    try write("nqa/qaps.csv", qaps)
    try write("nqa/documents.csv", documents)
    try write("nqa/third_party/wikipedia/summaries.csv", summaries)
    return scratch.file("nqa").path
  }

  private func longbench(_ content: String, _ settings: (inout LongBench2Task.Settings) -> Void = { _ in }) throws
    -> [Question]
  {
    var own = LongBench2Task.Settings(data: try write("data.json", content))
    settings(&own)
    return Array(try LongBench2Task(own).questions(seed: 1))
  }

  private func infinite(_ variety: InfiniteBenchKind, _ content: String) throws -> [Question] {
    let file = try write("\(variety.rawValue).jsonl", content)
    return Array(try InfiniteBenchTask(.init(data: file, variety: variety)).questions(seed: 1))
  }

  private func babilong(_ content: String) throws -> [Question] {
    Array(try BABILongTask(.init(data: try write("qa8.json", content), variety: .qa8)).questions(seed: 1))
  }

  // MARK: what is read

  @Test func `of BABILong is read from a file or from a folder of tasks and lengths`() throws {
    let questions = try babilong(Samples.babilong)
    #expect(questions.map(\.ask) == ["Where is Mary?", "What is Daniel carrying?"])
    #expect(questions.map(\.answers) == [["bathroom"], ["apple,milk"]])
    #expect(text(of: questions[1]) == "Daniel took the apple.\nDaniel took the milk.")
    #expect(questions[0].traits == ["variety": "qa8", "length": "qa8", "source": "published"])
    for place in ["data/qa2/1k.json", "qa3/1k.json", "1k/qa4.json"] { try write("all/\(place)", Samples.babilong) }
    for variety in [BABITask.qa2, .qa3, .qa4] {
      let task = BABILongTask(.init(data: scratch.file("all").path, variety: variety, length: "1k"))
      let ids = Array(try task.questions(seed: 1)).map(\.id)
      #expect(ids == ["babilong-\(variety.rawValue)-1k-0", "babilong-\(variety.rawValue)-1k-1"])
    }
    let missing = complaint {
      try BABILongTask(.init(data: scratch.file("all").path, variety: .qa5)).questions(seed: 1)
    }
    #expect(missing?.contains("data/qa5/0k.json") == true && missing?.contains("RMT-team/babilong") == true)
  }

  @Test func `of LongBench v2 shows its choices and accepts letter and words`() throws {
    let questions = try longbench(Samples.longbench)
    #expect(questions.map(\.id) == ["66f3", "66f4"])
    #expect(questions[0].answers == ["C", "Čapek"])
    #expect(questions[0].ask.hasPrefix("Who wrote it?\n(A) Ada\n(B) Ben\n(C) Čapek\n(D) Dan\n"))
    #expect(text(of: questions[0]) == "Čapek wrote it in 1920.")
    #expect(
      questions[1].traits == [
        "difficulty": "easy", "length": "long", "domain": "Code Repository Understanding", "subdomain": "Code",
      ])
    #expect(try longbench(Samples.longbench) { $0.difficulty = "hard" }.map(\.id) == ["66f3"])
    #expect(try longbench(Samples.longbench) { $0.length = "long" }.map(\.id) == ["66f4"])
    let unknown = complaint { try longbench(Samples.longbench) { $0.domain = "Code Repository Understandin" } }
    #expect(unknown?.contains("did you mean Code Repository Understanding?") == true, "\(unknown ?? "")")
  }

  @Test func `of InfiniteBench gives each task the label that its metric wants`() throws {
    for (variety, line, answers) in Samples.infinite {
      let question = try #require(try infinite(variety, Samples.record(line)).first)
      #expect(question.answers == answers, "\(variety)")
      #expect(question.traits == ["variety": variety.rawValue] && text(of: question) == "One. Two. é")
      #expect(question.ask.hasPrefix("What is asked?"))
      #expect(question.ask.contains("B. ") == answers.contains { ["B", "D"].contains($0) }, "\(variety)")
    }
    // Questions about one text share a cluster, and a limit is drawn evenly over texts.
    let other = Samples.record(#""answer":"9""#, id: "\"x\"").replacing("One.", with: "Other.")
    let lines = (0..<6).map { Samples.record(#""answer":"1""#, id: "\($0)") }.joined() + other
    let all = try infinite(.passkey, lines)
    #expect(Set(all.map(\.cluster)).count == 2 && all.map(\.id).last == "infinitebench-passkey-x")
    let task = InfiniteBenchTask(.init(data: scratch.file("passkey.jsonl").path, variety: .passkey))
    #expect(Set(try task.questions(seed: 3, limit: 2).map { $0.cluster }).count == 2)
  }

  @Test func `of NarrativeQA asks about summaries, or about stories that are there`() throws {
    let folder = try narrative()
    let questions = Array(try NarrativeQATask(.init(data: folder)).questions(seed: 1))
    #expect(questions.map(\.id) == ["narrativeqa-00ab-0", "narrativeqa-00ab-1"])
    #expect(questions[0].ask == "Who is \"Happy\"?" && questions[0].answers == ["Mark Hunter.", "Mark"])
    #expect(questions[1].ask == "What does he study,\nand where?" && questions[1].answers == ["Nothing"])
    #expect(text(of: questions[0]) == "Mark runs a station.\nHe is \"Happy\".")
    #expect(Set(questions.map(\.cluster)) == ["00ab"])
    #expect(questions[0].traits == ["kind": "movie", "set": "test", "text": "summary"])
    let missing = complaint { try NarrativeQATask(.init(data: folder, text: .story)).questions(seed: 1) }
    #expect(missing?.contains("1 of the 1 stories") == true && missing?.contains("download_stories.sh") == true)
    try write("nqa/tmp/00ab.content", "He is here.")
    let stories = Array(try NarrativeQATask(.init(data: folder, text: .story)).questions(seed: 1))
    #expect(stories.map(\.id) == questions.map(\.id))
    let half = complaint { try NarrativeQATask(.init(data: folder, text: .story, set: "")).questions(seed: 1) }
    #expect(half?.contains("1 of the 2 stories") == true && half?.contains("task.partial") == true)
    let partial = NarrativeQATask(.init(data: folder, text: .story, set: "", partial: true))
    #expect(Array(try partial.questions(seed: 1)).map(\.id) == questions.map(\.id))
  }

  @Test func `never escapes its folder by an id`() throws {
    for id in ["../../etc/passwd", "a/b", "", "a b", "a\u{0}b"] {
      let folder = try narrative(
        qaps: Samples.qaps.replacing("00ab", with: id), documents: Samples.documents.replacing("00ab", with: id))
      let error = complaint { try NarrativeQATask(.init(data: folder, text: .story)).questions(seed: 1) }
      #expect(error?.contains("document_id") == true, "\(id): \(error ?? "nothing")")
    }
  }

  @Test func `names the files that it reads in a folder, so that a run can keep their hashes`() throws {
    let folder = try narrative()
    try write("nqa/tmp/00ab.content", "He is here.")
    try write("all/data/qa1/1k.json", Samples.babilong)
    func keys(_ kind: String, _ settings: [String: Setting]) throws -> [String] {
      try Catalog("task", tasks).make(Spec(kind, settings)).filesInFolders().flatMap(\.byKey).map(\.key)
    }
    #expect(
      try keys("babilong", ["data": .string(scratch.file("all").path), "length": .string("1k")])
        == ["data/data/qa1/1k.json"])
    #expect(
      try keys("narrativeqa", ["data": .string(folder)])
        == ["data/qaps.csv", "data/documents.csv", "data/third_party/wikipedia/summaries.csv"])
    #expect(
      try keys("narrativeqa", ["data": .string(folder), "text": .string("story")])
        == ["data/qaps.csv", "data/documents.csv", "data/tmp/00ab.content"])
    // A file that the settings name themselves is hashed already.
    #expect(try keys("longbench2", ["data": .string(try write("data.json", Samples.longbench))]).isEmpty)
    #expect(try keys("needle", [:]).isEmpty)
    try write("words/nounlist.txt", "cat\n")
    let words: [String: Setting] = ["words": .string(scratch.file("words").path + "/")]
    #expect(try keys("ruler", words) == ["words/nounlist.txt"] && keys("needle", words) == ["words/nounlist.txt"])
    let quiz: [String: Setting] = [
      "text": .string(scratch.file("words").path), "questions": .list([.table(["ask": "Who?"])]),
    ]
    #expect(try keys("quiz", quiz) == ["text/nounlist.txt"])
  }

  // MARK: what is refused

  @Test(arguments: [
    ("[{\"_id\": \"a\"}]", "line 1, column 2, record 1, key domain: it must be there, but is missing"),
    (
      Samples.longbench.replacing("\"answer\":\"C\"", with: "\"answer\":\"E\""),
      "line 2, column 110, record 1, key answer: it must be one of A, B, C, D, but is \"E\""
    ),
    (
      Samples.longbench.replacing("\"hard\"", with: "\"harder\""),
      "record 1, key difficulty: it must be one of easy, hard, but is \"harder\""
    ),
    (
      Samples.longbench.replacing("\"Čapek wrote it in 1920.\"", with: "7"),
      "key context: it must be a string, but is a number"
    ),
    (Samples.longbench.replacing("66f4", with: "66f3"), "two records with the id 66f3"),
    ("[]", "no records"), ("", "no records"), ("{", "the text is JSON"),
    ("[" + String(repeating: "[", count: 99_999), "must be an object"),
  ])
  func `of LongBench v2 that is malformed is refused with its place`(_ content: String, _ message: String) {
    let error = complaint { try longbench(content) }
    #expect(error?.contains(message) == true, "\(error ?? "nothing")")
  }

  @Test(arguments: [
    (InfiniteBenchKind.codeRun, #""answer":"four""#, "key answer: it must be a whole number, but is four"),
    (.mathFind, #""answer":["1e999"]"#, "key answer: it must be a number, but is 1e999"),
    (.mathCalc, #""answer":[1,"x"]"#, "key answer: it must be whole numbers, but is 1, x"),
    (
      .bookChoice, #""answer":["Ben"],"options":["Ada"]"#,
      "key options: it must be an array of four choices, but is 1 values"
    ),
    (
      .bookChoice, #""answer":["Eve"],"options":["a","b","c","d"]"#,
      "key answer: it must be one of the options, but is Eve"
    ),
    (.passkey, #""answer":[]"#, "key answer: it must be at least one answer, but is an empty array"),
    (.passkey, #""answer":{"a":1}"#, "key answer: it must be a string or a number, but is an object"),
    (.passkey, #""options":[]"#, "key answer: it must be there, but is missing"),
    (.passkey, #""answer":"1","answer":"2""#, "a key stands once in a table"),
  ])
  func `of InfiniteBench that is malformed is refused with its place`(
    _ variety: InfiniteBenchKind, _ rest: String, _ message: String
  ) {
    let error = complaint { try infinite(variety, Samples.record(rest)) }
    #expect(error?.contains(message) == true && error?.contains("line 1") == true, "\(error ?? "nothing")")
  }

  @Test(arguments: [
    ("", "the file is empty"), ("a,b\n1,2\n", "key document_id: the header must have this column, and has a, b"),
    ("document_id,document_id,set,question,answer1,answer2\n", "a column stands twice"),
    (
      Samples.qaps.replacing(",Mark,Who", with: ",Who"),
      "line 2, column 1: the record must have 6 fields, as the header has, but has 5"
    ),
    (
      Samples.qaps.replacing("\"Who is \"\"Happy\"\"?\"", with: "Who is \"Happy\"?"),
      "line 2, column 1: field 3 holds a quote"
    ),
    (Samples.qaps + "\n00ab,test,\"open", "line 6, column 1: field 3 begins with a quote that is never closed"),
    (
      Samples.qaps.replacing("\"\"Happy\"\"?\"", with: "\"\"Happy\"\"?\"x"),
      "line 2, column 1: behind the quotes of field 3"
    ),
    (
      Samples.qaps.replacing("00ab,test,\"What", with: "00zz,test,\"What"),
      "line 3, column 1, key document_id: documents.csv has no document \"00zz\""
    ),
    (
      Samples.qaps.replacing("00cd,train", with: "00cd,exam"),
      "line 5, column 1, key set: it must be one of train, valid, test"
    ),
    (Samples.qaps.replacing("Mark Hunter.,Mark", with: " ,"), "line 2, column 1, key answer1: it is empty"),
    (
      Samples.qaps.replacing("Nothing,Nothing,x\n", with: "Nothing,Nothing,x\r"),
      "a carriage return stands without a line feed"
    ),
  ])
  func `of NarrativeQA that is malformed is refused with its place`(_ qaps: String, _ message: String) throws {
    let folder = try narrative(qaps: qaps)
    let error = complaint { try NarrativeQATask(.init(data: folder)).questions(seed: 1) }
    #expect(error?.contains(message) == true, "\(error ?? "nothing")")
  }

  @Test func `with values in quotes, line breaks of both kinds and a byte-order mark is read alike`() throws {
    let plain = Array(try NarrativeQATask(.init(data: try narrative())).questions(seed: 1))
    let other = try narrative(
      qaps: "\u{FEFF}" + Samples.qaps.replacing("\n", with: "\r\n").replacing("study,\r\nand", with: "study,\nand")
        + "\r\n")
    let same = Array(try NarrativeQATask(.init(data: other)).questions(seed: 1))
    #expect(same.map(\.ask) == plain.map(\.ask) && same.map(\.answers) == plain.map(\.answers))
    let quoted = "document_id,set,kind\n\"00ab\",\"test\",\"movie\"\n\"00cd\",\"train\",\"gutenberg\"\n"
    #expect(Array(try NarrativeQATask(.init(data: try narrative(documents: quoted))).questions(seed: 1)).count == 2)
  }

  /// Data sets come from elsewhere: whatever a file holds, it is read or refused with its place.
  @Test(arguments: ["babilong", "longbench2", "infinitebench", "qaps.csv", "documents.csv", "stories", "predictions"])
  func `survives any damage of a file`(_ kind: String) throws {
    let predictions =
      #"{"index":0,"pred":"a 1","input":"x","outputs":["1","2"],"others":{},"truncated":-1,"length":9}"# + "\n"
      + #"{"index":7,"pred":"","outputs":["3"]}"# + "\n"
    let whole: String =
      switch kind {
      case "babilong": Samples.babilong
      case "longbench2": Samples.longbench
      case "infinitebench": Samples.record(Samples.infinite[4].line)
      case "qaps.csv": Samples.qaps
      case "documents.csv": Samples.documents
      case "stories": Samples.stories
      default: predictions
      }
    let folder = try narrative()
    func read(_ bytes: [UInt8]) throws {
      let file = scratch.file(kind.hasSuffix(".csv") ? "nqa/\(kind)" : "damaged")
      try Data(bytes).write(to: file)
      let questions: [Question] =
        switch kind {
        case "babilong": Array(try BABILongTask(.init(data: file.path)).questions(seed: 1))
        case "longbench2": Array(try LongBench2Task(.init(data: file.path)).questions(seed: 1))
        case "infinitebench":
          Array(try InfiniteBenchTask(.init(data: file.path, variety: .bookChoice)).questions(seed: 1))
        case "stories": Array(try BABILongTask(.init(facts: file.path, tokens: 0)).questions(seed: 1))
        case "predictions": try PredictionFile(file.path).rows.isEmpty ? [] : []
        default: Array(try NarrativeQATask(.init(data: folder)).questions(seed: 1))
        }
      for question in questions {
        #expect(question.evidence.allSatisfy { $0.upperBound <= text(of: question).utf8.count })
      }
    }
    var random = SeededGenerator(seed: 1, purpose: "damage")
    var refused = 0
    func attempt(_ bytes: [UInt8]) throws {
      do { try read(bytes) } catch is QAError { refused += 1 } catch is SettingError { refused += 1 }
    }
    let bytes = Array(whole.utf8)
    for end in stride(from: 0, to: bytes.count, by: 5) { try attempt(Array(bytes[..<end])) }
    for _ in 0..<300 {
      var damaged = bytes
      for _ in 0..<Int.random(in: 1...3, using: &random) {
        let place = Int.random(in: damaged.indices, using: &random)
        damaged[place] =
          Bool.random(using: &random)
          ? UInt8.random(in: 0...255, using: &random)
          : Array("[]{}\",:0-e\n\t\r".utf8)[Int.random(in: 0..<13, using: &random)]
      }
      try attempt(damaged)
    }
    #expect(refused > 40, "\(refused)")
    try attempt([0x1F, 0x8B, 8, 0])
    try attempt([])
  }

  @Test func `is in the catalogue and checks its settings`() throws {
    let catalog = Catalog("task", tasks)
    #expect(try catalog.make(Spec("babilong", ["data": .string("x")])) is BABILongTask)
    #expect(try catalog.make(Spec("longbench2")) is LongBench2Task)
    #expect(try catalog.make(Spec("infinitebench")) is InfiniteBenchTask)
    #expect(try catalog.make(Spec("narrativeqa")) is NarrativeQATask)
    for wrong in [
      Spec("babilong", ["data": .string("x"), "facts": .string("y")]), Spec("babilong", ["tokens": .int(-1)]),
      Spec("babilong", ["facts": .string("y"), "tokens": .int(300)]), Spec("babilong", ["variety": .string("qa21")]),
      Spec("longbench2", ["difficulty": .string("medium")]), Spec("infinitebench", ["variety": .string("passkeys")]),
      Spec("narrativeqa", ["set": .string("dev")]), Spec("narrativeqa", ["text": .string("book")]),
    ] { #expect(throws: SettingError.self, "\(wrong)") { try catalog.make(wrong) } }
    for kind in ["babilong", "longbench2", "infinitebench", "narrativeqa"] {
      let error = complaint { try catalog.make(Spec(kind)).questions(seed: 1) }
      #expect(error?.contains("task.data is empty") == true, "\(error ?? "nothing")")
      let nowhere = complaint { try catalog.make(Spec(kind, ["data": .string("/nowhere")])).questions(seed: 1) }
      #expect(nowhere?.contains("/nowhere") == true, "\(nowhere ?? "nothing")")
    }
  }
}

@Suite struct `The samples of BABILong` {
  private func made(
    _ scratch: Scratch, tokens: Int, promptTokens: Int = 0, background: String? = nil, seed: UInt64 = 1
  ) throws -> [Question] {
    let facts = scratch.file("qa1_single-supporting-fact_train.txt")
    let book = scratch.file("book.txt")
    try Data(Samples.stories.utf8).write(to: facts)
    let sentences = (0..<200).map { "Sentence number \($0) of the book says nothing at all about anyone in it." }
    try Data((background ?? sentences.joined(separator: " ")).utf8).write(to: book)
    return Array(
      try BABILongTask(
        .init(facts: scratch.url.path, background: book.path, tokens: tokens, promptTokens: promptTokens)
      ).questions(seed: seed))
  }

  @Test func `without background are the facts, and every support is evidence`() throws {
    let questions = try made(Scratch(), tokens: 0)
    #expect(questions.map(\.ask) == ["Where is Mary?", "What has Mary?", "Where is Sandra?"])
    #expect(text(of: questions[1]) == "Mary moved to the bathroom. John went to the hallway. Mary took the milk.")
    #expect(evidence(of: questions[1]) == ["Mary moved to the bathroom.", "Mary took the milk."])
    #expect(Set(questions.map(\.cluster)).count == 2)
  }

  @Test(arguments: [60, 200, 1000])
  func `fit their length, and keep the order of their facts`(_ tokens: Int) throws {
    let tokenizer = WordTokenizer()
    for question in try made(Scratch(), tokens: tokens, promptTokens: 10) {
      let text = text(of: question)
      let count = tokenizer.count(text)
      // A sentence has 15 words and a full stop: with one more it would not fit.
      #expect(count <= tokens - 10 && count > tokens - 10 - 17, "\(count) of \(tokens)")
      #expect(evidence(of: question).contains { $0.contains(question.ask.contains("Sandra") ? "Sandra" : "Mary") })
      let facts = ["Mary moved to the bathroom.", "John went to the hallway.", "Mary took the milk."]
      let places = facts.compactMap { text.range(of: $0)?.lowerBound }
      #expect(places == places.sorted())
    }
  }

  @Test func `place their facts everywhere, and by the seed alone`() throws {
    let first = try made(Scratch(), tokens: 400)
    #expect(try made(Scratch(), tokens: 400).map(text) == first.map(text))
    var depths: [Double] = []
    for seed in 1...60 as ClosedRange<UInt64> {
      for question in try made(Scratch(), tokens: 400, seed: seed) where question.ask.contains("Sandra") {
        depths.append(Double(question.evidence[0].lowerBound) / Double(text(of: question).utf8.count))
      }
    }
    let mean = depths.reduce(0, +) / Double(depths.count)
    #expect(depths.count == 60 && abs(mean - 0.5) < 0.15 && depths.min()! < 0.1 && depths.max()! > 0.85, "\(mean)")
  }

  @Test func `say what they lack`() throws {
    let short = complaint { try made(Scratch(), tokens: 8) }
    #expect(short?.contains("task.tokens is 8: no story") == true, "\(short ?? "nothing")")
    let empty = complaint { try made(Scratch(), tokens: 500, background: "Too short. Much.") }
    #expect(empty?.contains("no sentence of at least 10 tokens") == true, "\(empty ?? "nothing")")
    let folder = try Scratch()
    let none = complaint {
      try BABILongTask(.init(facts: folder.url.path, background: "x", tokens: 500)).questions(seed: 1)
    }
    withExtendedLifetime(folder) {}
    #expect(none?.contains("qa1_*_train.txt") == true, "\(none ?? "nothing")")
  }

  @Test(arguments: [
    ("Mary moved.\n", "line 1, column 1: it must begin with the number"),
    ("1 A.\n3 B.\n", "line 2, column 1: sentence 3 follows sentence 1"),
    ("1 A.\n2 Where? \tx\t7\n", "line 2, column 1: the answer is proved by sentence 7"),
    ("1 A.\n2 Where?\tx\n", "line 2, column 1: it must be a fact"),
    ("1 A.\n\n2 B.\n", "line 2, column 1: it must begin"), ("1 A.\n", "no records"), ("", "no records"),
    ("1 \n", "line 1, column 1: it must be a fact"),
    ("99999999999999999999 A.\n", "line 1, column 1: it must begin"),
  ])
  func `refuse a file that is not bAbI's`(_ content: String, _ message: String) throws {
    let scratch = try Scratch()
    let file = scratch.file("facts.txt")
    try Data(content.utf8).write(to: file)
    let error = complaint { try BABILongTask(.init(facts: file.path, tokens: 0)).questions(seed: 1) }
    #expect(error?.contains(message) == true, "\(error ?? "nothing")")
  }

  @Test(.enabled(if: SharedData.isPresent, "the shared data are not beside this checkout"))
  func `are made of every file of bAbI, and their evidence is there`() throws {
    let facts = try #require(SharedData.file("babi")).path
    for variety in BABITask.allCases {
      let task = BABILongTask(.init(variety: variety, facts: facts, split: .test, tokens: 0, count: 1_000_000))
      var count = 0
      for question in try task.questions(seed: 1) {
        count += 1
        #expect(!question.evidence.isEmpty || variety == .qa6 || variety == .qa9 || variety == .qa7 || variety == .qa8)
        #expect(evidence(of: question).allSatisfy { $0.hasSuffix(".") })
      }
      #expect(count == 1000, "\(variety)")
    }
  }

  @Test(.enabled(if: SharedData.isPresent, "the shared data are not beside this checkout"))
  func `stand in real books at any length`() throws {
    let (facts, books) = (try #require(SharedData.file("babi")).path, try #require(SharedData.file("books")).path)
    for tokens in [2048, 16_384] {
      let task = BABILongTask(.init(variety: .qa2, facts: facts, background: books, tokens: tokens, count: 10))
      let questions = Array(try task.questions(seed: 1))
      #expect(questions.count == 10)
      for question in questions {
        let count = WordTokenizer().count(text(of: question))
        #expect(count <= tokens - 300 && count > tokens - 600, "\(count)")
        #expect(evidence(of: question).count == 2)
      }
    }
  }
}

@Suite struct `A file of predictions` {
  private func file(_ content: String, _ name: String = "vt.jsonl") throws -> PredictionFile {
    let scratch = try Scratch()
    try Data(content.utf8).write(to: scratch.file(name))
    return try PredictionFile(scratch.file(name).path)
  }

  private let ruler = #"{"index":0,"pred":"a 1","input":"x","outputs":["1","2"],"others":{},"truncated":-1,"length":9}"#
  private let memagent =
    #"{"input":"who?","answers":["Ada","A."],"num_docs":50,"index":3,"_id":131,"response":"It is \\boxed{Ada}.","answer":"Ada","pred":"Ada","judge_f1":1.0,"judge_em":1,"judge_sub_em":1}"#

  @Test func `is RULER's or MemAgent's by its keys`() throws {
    let one = try file(ruler + "\n" + ruler)
    #expect(one.form == .ruler && one.rows.count == 2 && one.wantsAll && one.name == "vt")
    #expect(one.rows[0].reply == "a 1" && one.rows[0].golds == ["1", "2"] && one.rows[0].question.isEmpty)
    #expect(try !file(ruler, "qa_2.jsonl").wantsAll)
    let two = try file(memagent, "model.jsonl")
    #expect(two.form == .memagent && !two.wantsAll)
    let row = try #require(two.rows.first)
    #expect(row.question == "3" && row.reply == "It is \\boxed{Ada}." && row.golds == ["Ada", "A."])
    #expect(row.prediction == "Ada" && row.judged == ["f1": 1, "em": 1, "sub_em": 1])
    let needles = #"{"index":9,"_id":0,"response":"12","answer":["12","34"],"pred":null,"judge_sub_em":0.5}"#
    let three = try file(needles)
    #expect(three.wantsAll && three.rows[0].golds == ["12", "34"] && three.rows[0].question == "0")
  }

  @Test(arguments: [
    ("{\"pred\":\"x\"}", "record 1, key outputs: it must be there, but is missing"),
    ("{\"outputs\":[\"x\"]}", "record 1, key pred: it must be there, but is missing"),
    ("{\"response\":\"x\"}", "key answers: it must be there, but is missing"),
    ("{\"response\":\"x\",\"answers\":[]}", "key answers: it must be at least one accepted answer, but is none"),
    ("{\"pred\":3,\"outputs\":[\"x\"]}", "key pred: it must be a string, but is a number"),
    ("{\"response\":\"x\",\"answers\":[\"x\"],\"judge_f1\":\"1\"}", "key judge_f1: it must be a number"),
    (
      "{\"pred\":\"x\",\"outputs\":[\"x\"]}\n{\"response\":\"x\",\"answers\":[\"x\"]}",
      "line 2, column 1, record 2: it must be a record of ruler"
    ),
    ("", "no records"), ("[1]", "it must be an object, but is a number"),
  ])
  func `that is neither is refused with its place`(_ content: String, _ message: String) {
    let error = complaint { try file(content) }
    #expect(error?.contains(message) == true, "\(error ?? "nothing")")
  }
}
