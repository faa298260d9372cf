import Basics
import Foundation
import Support
import Testing

@Suite struct `A hash by FNV-1a` {
  /// From the authors' own list of vectors (isthe.com/chongo/tech/comp/fnv).
  @Test(arguments: [("", 0xcbf2_9ce4_8422_2325), ("a", 0xaf63_dc4c_8601_ec8c), ("foobar", 0x8594_4171_f739_67e8)])
  func `is the published one`(_ text: String, _ hash: UInt64) {
    #expect(FNV1a.hash(of: text) == hash)
  }
}

@Suite struct `A byte` {
  @Test func `is blank where it is white space of ASCII`() {
    #expect((0...255).filter { UInt8($0).isBlank } == [9, 10, 11, 12, 13, 32])
  }

  @Test func `is a letter or digit where Unicode says so of ASCII`() {
    for byte in UInt8.min...UInt8.max {
      let character = Character(UnicodeScalar(byte))
      #expect(byte.isLetterOrDigit == (character.isASCII && (character.isLetter || character.isNumber)))
    }
  }
}

@Suite struct `A whole file` {
  private struct Stop: Error {}

  @Test func `replaces the one that stood there`() throws {
    let scratch = try Scratch()
    let file = scratch.file("text")
    for text in ["first", "second"] { try WholeFile.write(to: file.path) { try $0.write(Data(text.utf8)) } }
    #expect(try String(contentsOf: file, encoding: .utf8) == "second")
    #expect(try FileManager.default.contentsOfDirectory(atPath: scratch.url.path) == ["text"])
  }

  @Test func `leaves the old one, and nothing aside, where its writer fails`() throws {
    let scratch = try Scratch()
    let file = scratch.file("text")
    try WholeFile.write(to: file.path) { try $0.write(Data("first".utf8)) }
    #expect(throws: Stop.self) {
      try WholeFile.write(to: file.path) {
        try $0.write(Data("sec".utf8))
        throw Stop()
      }
    }
    #expect(try String(contentsOf: file, encoding: .utf8) == "first")
    #expect(try FileManager.default.contentsOfDirectory(atPath: scratch.url.path) == ["text"])
  }

  @Test func `says that its folder is missing`() throws {
    let path = try Scratch().file("none/text").path
    let fault = #expect(throws: FileFault.self) { try WholeFile.write(to: path) { _ in } }
    #expect(fault?.reason == "its folder does not exist; make it first")
  }
}

@Suite struct `This machine` {
  @Test(.enabled(if: FileManager.default.fileExists(atPath: "/proc/self/status"), "needs /proc"))
  func `says what this process took of its memory`() throws {
    #expect(try #require(Machine.peakMemory) > 1 << 20)
    #expect(try #require(Machine.availableMemory) > 0)
  }
}

@Suite struct `The words of a text` {
  @Test(arguments: [
    ("Don't stop, Anna-Maria: 3.5 km²!", ["don", "t", "stop", "anna", "maria", "3", "5", "km²"]),
    ("ÜBER 漢字\nहिन्दी", ["über", "漢字", "हिन", "दी"]), ("", []), (" …! ", []),
  ])
  func `are runs of letters and digits, lower-cased`(_ text: String, _ words: [String]) {
    #expect(text.lowercasedWords == words)
  }
}

@Suite struct `A failed file` {
  @Test func `is explained in the words of the system`() throws {
    func reason(_ body: () throws -> Any) -> String? {
      do { _ = try body(); return nil } catch { return error.systemReason }
    }
    let scratch = try Scratch()
    let (nowhere, folder) = (URL(filePath: "/nowhere/file"), scratch.url)
    #expect(reason { try Data(contentsOf: nowhere) } == "No such file or directory")
    #expect(reason { try FileHandle(forReadingFrom: nowhere) } == "No such file or directory")
    #expect(reason { try Data([1]).write(to: nowhere) } == "No such file or directory")
    #expect(reason { try Data(contentsOf: folder) } == "Is a directory")
    #expect(reason { try FileHandle(forReadingFrom: folder).read(upToCount: 1) as Any } == "Is a directory")
    let file = scratch.file("latin1")
    try Data([0x66, 0xFC, 0x72]).write(to: file)
    #expect(reason { try String(contentsOf: file, encoding: .utf8) } == "it is not UTF-8 text")
  }
}
