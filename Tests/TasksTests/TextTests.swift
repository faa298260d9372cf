import Foundation
import Palimpsest
import Support
import Tasks
import Testing

@Suite struct `A file as a text` {
  @Test func `is read whole from every offset`() async throws {
    let bytes = noise(200_000)
    let text = try FileText(try Scratch.file(bytes))
    #expect(try await all(of: text) == bytes)
    for offset in [1, 65_535, 65_536, 131_071, 199_999] {
      #expect(try await all(of: text, from: offset) == Array(bytes[offset...]))
    }
    #expect(try text.piece(from: 200_000) == nil)
    #expect(try text.piece(from: 9_000_000) == nil)
  }

  @Test func `hands out no more than a window of a sparse file of 4 GB`() throws {
    let path = try Scratch.file([])
    #expect(truncate(path, 4 << 30) == 0)
    let text = try FileText(path)
    #expect(text.count == 4 << 30)
    #expect(try text.piece(from: 0)?.count == FileText.pieceSize)
    #expect(try text.piece(from: 4 << 30 - 3) == [0, 0, 0])
    #expect(try text.piece(from: 4 << 30) == nil)
  }

  @Test func `ends where it ended when it was opened though the file grows`() async throws {
    let path = try Scratch.file(Array("old".utf8))
    let text = try FileText(path)
    let handle = try #require(FileHandle(forWritingAtPath: path))
    try handle.seekToEnd()
    try handle.write(contentsOf: Data(" and new".utf8))
    #expect(try await all(of: text) == Array("old".utf8))
  }

  @Test func `says so when the file has become shorter`() throws {
    let path = try Scratch.file(Array("a text of some length".utf8))
    let text = try FileText(path)
    #expect(truncate(path, 4) == 0)
    #expect(try text.piece(from: 0) == Array("a te".utf8))
    #expect(throws: TextError.self) { try text.piece(from: 4) }
  }

  @Test func `is refused with what to do when it is none`() throws {
    let pipe = Scratch.path()
    #expect(mkfifo(pipe, 0o600) == 0)
    for (path, words) in [
      ("/nowhere/at/all", "no such file"), (FileManager.default.temporaryDirectory.path, "folder"),
      (pipe, "standard input"), ("/dev/zero", "standard input"), ("", "no such file"),
    ] {
      let error = #expect(throws: TextError.self) { try FileText(path) }
      #expect(error?.description.contains(words) == true, "\(path)")
    }
  }

  @Test(arguments: ["", "a", "Oslo is a town.", "\u{FEFF}twice"])
  func `begins behind its byte-order mark`(_ content: String) async throws {
    let text = try FileText(try Scratch.file([0xEF, 0xBB, 0xBF] + Array(content.utf8)))
    #expect(text.count == content.utf8.count)
    for offset in 0...content.utf8.count {
      #expect(try await all(of: text, from: offset) == Array(content.utf8.dropFirst(offset)))
    }
    let next = try FileText(try Scratch.file([0xEF, 0xBB, 0xBF] + Array("next".utf8)))
    #expect(
      try await all(of: JoinedText([text, next])) == Array((content.isEmpty ? "next" : content + "\n\nnext").utf8))
  }

  /// A mark may stand in front of each file, and evidence is found in the text behind it.
  @Test func `has its evidence where it says though it has a byte-order mark`() async throws {
    let path = try Scratch.file([0xEF, 0xBB, 0xBF] + Array("Oslo is a town. Ann lives there.".utf8))
    let task = try Catalog("task", tasks).make(
      Spec(
        "quiz",
        [
          "text": .string(path),
          "questions": .list([
            .table([
              "ask": .string("Where does Ann live?"), "answers": .list([.string("Oslo")]), "proof": .string("Oslo"),
            ])
          ]),
        ]))
    let question = try #require(Array(try task.questions(seed: 1)).first)
    #expect(question.evidence == [0..<4])
    guard case .text(let text) = question.source else { return #expect(Bool(false)) }
    #expect(try await text.bytes(in: question.evidence[0]) == Array("Oslo".utf8))
  }

  @Test func `is known by its size and its last change`() throws {
    let path = try Scratch.file(Array("one".utf8))
    let first = try FileText(path).identity
    #expect(try FileText(path).identity == first)
    #expect(first.bytes == 3 && first.modified > 0)
    try Data("four".utf8).write(to: URL(filePath: path))
    #expect(try FileText(path).identity != first)
  }
}

@Suite struct `Standard input as a text` {
  @Test func `is read forward once, whatever the size of what arrives`() async throws {
    let bytes = noise(300_000)
    for size in [997, 65_536, 70_001] {
      let pipe = FilledPipe(bytes, by: size)
      #expect(try await all(of: pipe.text) == bytes)
    }
  }

  @Test(arguments: [1, 2, 3, 100])
  func `begins behind its byte-order mark`(_ size: Int) async throws {
    for content in ["a", "Oslo is a town."] {
      let pipe = FilledPipe([0xEF, 0xBB, 0xBF] + Array(content.utf8), by: size)
      #expect(try await all(of: pipe.text) == Array(content.utf8))
    }
    for bytes in [[0xEF], [0xEF, 0xBB], [0xEF, 0xBB, 0xBE, 0x41]] as [[UInt8]] {
      let pipe = FilledPipe(bytes, by: size)
      #expect(try await all(of: pipe.text) == bytes)
    }
  }

  @Test func `gives the place where it stands again`() async throws {
    let pipe = FilledPipe(Array("abcdef".utf8), by: 3)
    let text = pipe.text
    let first = try #require(try await text.piece(from: 0))
    #expect(try await text.piece(from: 0) == first)
    #expect(try await text.piece(from: 2)?.first == UInt8(ascii: "c"))
  }

  @Test func `says what to do when asked to go back`() async throws {
    let pipe = FilledPipe(noise(200_000), by: 65_536)
    let text = pipe.text
    _ = try await all(of: text)
    let error = await #expect(throws: TextError.self) { try await text.piece(from: 0) }
    #expect(error?.description.contains("save it to a file") == true)
  }

  @Test func `goes on from where a reading had come to, or says that it ended before`() async throws {
    let bytes = noise(150_000)
    let again = FilledPipe(bytes, by: 4096)
    #expect(try await all(of: again.text, from: 140_000) == Array(bytes[140_000...]))
    let short = FilledPipe(Array("short".utf8), by: 5)
    let error = await #expect(throws: TextError.self) { try await short.text.piece(from: 10) }
    #expect(error?.description.contains("ends at byte 5") == true)
  }

  @Test func `is refused when nothing comes`() async throws {
    let pipe = FilledPipe([], by: 1)
    await #expect(throws: TextError.empty("a pipe")) { try await pipe.text.piece(from: 0) }
  }

  @Test func `stops waiting when its task is cancelled`() async throws {
    let open = Pipe()  // nobody ever writes, nobody closes
    let text = StandardInputText(descriptor: open.fileHandleForReading.fileDescriptor)
    let waiting = Task { try await text.piece(from: 0) }
    waiting.cancel()
    await #expect(throws: CancellationError.self) { try await waiting.value }
    try open.fileHandleForWriting.close()
  }
}

@Suite struct `Texts made of texts` {
  @Test func `are joined by a blank line from every offset`() async throws {
    let files = try ["one", "", "two", "three"].map { try FileText(try Scratch.file(Array($0.utf8))) }
    let whole = Array("one\n\ntwo\n\nthree".utf8)
    for offset in 0...whole.count {
      #expect(try await all(of: JoinedText(files), from: offset) == Array(whole[offset...]))
    }
    let pipe = FilledPipe(Array("last".utf8), by: 2)
    #expect(try await all(of: JoinedText(files, then: pipe.text)) == whole + Array("\n\nlast".utf8))
  }

  @Test func `lose each bad byte and no other, whatever the size of the pieces`() async throws {
    var random = SeededGenerator(seed: 3, purpose: "bytes")
    let whole: [UInt8] = (0..<600).flatMap { _ -> [UInt8] in
      switch Int.random(in: 0..<6, using: &random) {
      case 0: [UInt8.random(in: 0x80...0xFF, using: &random)]
      case 1: Array("é".utf8)
      case 2: Array("漢".utf8)
      case 3: Array("😀".utf8)
      case 4: Array(Array("😀".utf8).prefix(3))
      default: [UInt8.random(in: 0x20..<0x7F, using: &random)]
      }
    }
    let wanted = try await all(of: ReplacingText(Pieces(whole, of: 10_000)))
    #expect(wanted.count == whole.count)
    #expect(String(validating: wanted, as: UTF8.self) != nil)
    // By hand: a byte stays when some window of up to four bytes around it is one whole scalar.
    for index in whole.indices {
      #expect(wanted[index] == (isPartOfScalar(index, in: whole) ? whole[index] : UInt8(ascii: "?")))
    }
    for size in [1, 2, 3, 5, 64] {
      #expect(try await all(of: ReplacingText(Pieces(whole, of: size))) == wanted)
    }
  }

  private func isPartOfScalar(_ index: Int, in bytes: [UInt8]) -> Bool {
    (max(0, index - 3)...index).contains { start in
      (1...4).contains { length in
        guard start + length > index, start + length <= bytes.count else { return false }
        return String(validating: bytes[start..<(start + length)], as: UTF8.self)?.unicodeScalars.count == 1
      }
    }
  }
}

@Suite struct `The ask task` {
  @Test func `asks one question of all its files`() async throws {
    let task = try make([
      "files": .list([.string(try file("Anna.")), .string(try file("Ben."))]), "ask": .string("Who?"),
    ])
    let question = try #require(Array(try task.questions(seed: 1)).first)
    guard case .text(let text) = question.source else { return #expect(Bool(false)) }
    #expect(try await all(of: text) == Array("Anna.\n\nBen.".utf8))
    #expect(question.ask == "Who?" && question.answers.isEmpty)
  }

  @Test func `has an id that follows from question and lengths, not from folders`() throws {
    func id(_ content: String, _ ask: String) throws -> String {
      let task = AskTask(.init(files: [try file(content)], ask: ask))
      return try #require(Array(try task.questions(seed: 1)).first).id
    }
    #expect(try id("Anna.", "Who?") == id("Anna.", "Who?"))
    #expect(try id("Anna.", "Who?") != id("Anna.", "Where?"))
    #expect(try id("Anna.", "Who?") != id("Anna", "Who?"))
  }

  @Test func `refuses what it cannot read before anything is asked`() throws {
    #expect(throws: TextError.self) { try make(["files": [.string(try file(""))], "ask": "who?"]).questions(seed: 1) }
    #expect(throws: TextError.self) { try make(["files": ["/nowhere"], "ask": "who?"]).questions(seed: 1) }
    for ask in ["", " \n"] {
      let error = #expect(throws: SettingError.self) { try make(["files": ["a.txt"], "ask": .string(ask)]) }
      #expect(error?.description.contains("there is no question to answer") == true)
    }
    #expect(throws: SettingError.self) { try make([:]) }
    #expect(throws: SettingError.self) { try make(["files": .list([.string("-"), .string("a.txt")])]) }
    #expect(throws: SettingError.self) { try make(["file": .string("a.txt")]) }
  }

  private func make(_ settings: [String: Setting]) throws -> any ReadingTask {
    try Catalog("task", tasks).make(Spec("ask", settings))
  }

  private func file(_ content: String) throws -> String { try Scratch.file(Array(content.utf8)) }
}

/// A text in pieces of one size.
private struct Pieces: TextSource {
  let bytes: [UInt8]
  let size: Int

  init(_ bytes: [UInt8], of size: Int) {
    self.bytes = bytes
    self.size = size
  }

  func piece(from offset: Int) -> [UInt8]? {
    offset < bytes.count ? Array(bytes[offset..<min(offset + size, bytes.count)]) : nil
  }
}

private final class FilledPipe: Sendable {
  let text: StandardInputText
  private let pipe: Pipe

  init(_ bytes: [UInt8], by size: Int) {
    let pipe = Pipe()
    self.pipe = pipe
    text = StandardInputText(descriptor: pipe.fileHandleForReading.fileDescriptor, name: "a pipe")
    Thread.detachNewThread {
      for start in stride(from: 0, to: bytes.count, by: size) {
        pipe.fileHandleForWriting.write(Data(bytes[start..<min(start + size, bytes.count)]))
      }
      pipe.fileHandleForWriting.closeFile()
    }
  }
}

private enum Scratch {
  static func path() -> String {
    FileManager.default.temporaryDirectory.appending(path: "palimpsest-\(UUID().uuidString)").path
  }

  static func file(_ bytes: [UInt8]) throws -> String {
    let path = path()
    try Data(bytes).write(to: URL(filePath: path))
    return path
  }
}

private func all(of text: any TextSource, from offset: Int = 0) async throws -> [UInt8] {
  var bytes: [UInt8] = []
  while let piece = try await text.piece(from: offset + bytes.count) { bytes += piece }
  return bytes
}

private func noise(_ count: Int) -> [UInt8] {
  var random = SeededGenerator(seed: 1, purpose: "noise")
  return (0..<count).map { _ in UInt8.random(in: 32..<127, using: &random) }
}

@Suite struct `The documents of a path` {
  @Test func `are the files of a folder, by name, each once`() throws {
    let scratch = try Support.Scratch()
    for (name, text) in [("b", "two"), ("a", "one"), ("c", "")] {
      try Data(text.utf8).write(to: scratch.file(name))
    }
    try FileManager.default.createSymbolicLink(at: scratch.file("aa"), withDestinationURL: scratch.file("a"))
    try FileManager.default.createDirectory(at: scratch.file("d"), withIntermediateDirectories: true)
    let documents = try Documents(scratch.url.path)
    #expect(documents.files.map { URL(filePath: $0).lastPathComponent } == ["a", "b", "c"])
    #expect(try documents.texts() == ["one", "two"])
  }

  @Test func `are one file, whole`() throws {
    let scratch = try Support.Scratch()
    let text = String(repeating: "päge ", count: 30_000)
    try Data(text.utf8).write(to: scratch.file("book"))
    #expect(try Documents(scratch.file("book").path).texts() == [text])
  }

  @Test func `say where nothing is to be read`() throws {
    let scratch = try Support.Scratch()
    #expect(throws: TextError.self) { try Documents(scratch.url.path) }
    #expect(throws: TextError.self) { try Documents(scratch.file("none").path).texts() }
    try Data().write(to: scratch.file("empty"))
    #expect(throws: TextError.self) { try Documents(scratch.url.path).texts() }
  }
}
