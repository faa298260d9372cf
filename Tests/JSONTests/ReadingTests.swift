import Foundation
import JSON
import Palimpsest
import Testing

@Suite struct `A document of JSON` {
  private func read(_ text: String) throws -> JSONNode { JSONNode(try JSONText(Array(text.utf8), file: "f")) }

  @Test func `is asked by names and positions`() throws {
    let node = try read(#" {"a":[1,{"b":true}],"c":null,"é":"\u00e9\n"} "#)
    #expect(try node.at("a").list()[1].at("b").bool())
    #expect(try node.at("a").list()[0].whole(in: 0...9) == 1)
    #expect(try node.at("c").isAbsent && node.at("d").isAbsent)
    #expect(try node.at("é").string() == "é\n")
    #expect(try node.members().map(\.name) == ["a", "c", "é"])
  }

  @Test func `names the key that has another value`() throws {
    let node = try read(#"{"a":[1,{"b":"x"}]}"#)
    #expect(throws: JSONFault.unexpected(file: "f", key: "a.1.b", expected: "true or false", found: "“x”")) {
      try node.at("a").list()[1].at("b").bool()
    }
    #expect(throws: JSONFault.unexpected(file: "f", key: "the document", expected: "a list", found: "a table of 1")) {
      try node.list()
    }
  }

  @Test(
    arguments: [
      ("0", 0), ("-0", 0), ("7", 7), ("-12", -12), ("1.0", 1), ("1e2", 100), ("9223372036854775807", Int.max),
      ("9223372036854775808", nil), ("1.5", nil), ("1e400", nil), ("\"1\"", nil),
    ] as [(String, Int?)])
  func `has whole numbers, or none`(_ text: String, _ whole: Int?) throws {
    let read = try read(text)
    if let whole {
      #expect(try read.whole(in: .min ... .max) == whole)
    } else {
      #expect(throws: JSONFault.self) { try read.whole(in: .min ... .max) }
    }
  }

  @Test(arguments: [
    ("", JSONFault.Rule.grammar, 0), (" ", .grammar, 1), ("{", .grammar, 1), ("[1", .grammar, 2), ("[1,]", .grammar, 3),
    ("[1 2]", .grammar, 3), ("{\"a\"}", .grammar, 4), ("{a:1}", .grammar, 1), ("{\"a\":1,}", .grammar, 7),
    ("01", .grammar, 0), ("-", .grammar, 1), ("1.", .grammar, 2), ("1e", .grammar, 2), ("+1", .grammar, 0),
    ("nul", .grammar, 0), ("NaN", .grammar, 0), ("\"a", .grammar, 2), ("\"\u{1}\"", .grammar, 1),
    ("\"\\x\"", .grammar, 2), ("\"\\u12\"", .grammar, 1), ("\"\\u１２３４\"", .grammar, 1), ("\"\\", .grammar, 2),
    ("1 1", .grammar, 2), ("\u{feff}1", .grammar, 0), ("\"\\ud800\"", .text, 1), ("\"\\udc00\\ud800\"", .text, 1),
    (#"{"a":1,"a":2}"#, .uniqueKeys, 7), (#"{"a":1,"\u0061":2}"#, .uniqueKeys, 7),
    (String(repeating: "[", count: 100_000), .depth, 65),
    (String(repeating: "{\"\":", count: 100_000), .depth, 257),
  ]) func `is refused at the byte where it breaks a rule`(_ text: String, _ rule: JSONFault.Rule, _ byte: Int) throws {
    let fault = #expect(throws: JSONFault.self) { try JSONText(Array(text.utf8), file: "f") }
    guard case .broken(rule, file: "f", byte, _, _)? = fault else { throw try #require(fault) }
  }

  @Test func `keeps keys apart that differ in bytes alone`() throws {
    // Swift's strings take the composed and the decomposed letter for one.
    let members = try read("{\"\u{e9}\":1,\"e\u{301}\":2}").rawMembers()
    #expect(members.count == 2)
    #expect(try read("{\"\u{e9}\":1,\"e\u{301}\":2}").at("e\u{301}").whole(in: 0...9) == 2)
  }

  @Test func `has a bounded number of values`() throws {
    _ = try JSONText(Array("[1,2,[3],{\"a\":4}]".utf8), file: "f", limit: 7)
    let fault = #expect(throws: JSONFault.self) {
      try JSONText(Array("[1,2,[3],{\"a\":4}]".utf8), file: "f", limit: 6)
    }
    guard case .broken(.count, _, _, _, _)? = fault else { throw try #require(fault) }
  }

  /// The oracle is the standard library's own check.
  @Test func `is refused exactly where the standard library finds no UTF-8, and at the byte`() throws {
    var random = SeededGenerator(seed: 3, purpose: "UTF-8")
    let seed = Array("aé€😀\u{7ff}\u{800}\u{ffff}\u{10ffff}z".utf8)
    var refused = 0
    for _ in 0..<20_000 {
      var bytes = seed
      for _ in 0..<Int.random(in: 0...2, using: &random) {
        bytes[Int.random(in: 0..<bytes.count, using: &random)] = UInt8.random(in: 0x5d...0xff, using: &random)
      }
      let text = Array("\"".utf8) + bytes + Array("\"".utf8)
      do {
        let read = try JSONText(text, file: "f")
        #expect(
          String(validating: bytes, as: UTF8.self).map { Array($0.utf8) } == (try Array(JSONNode(read).string().utf8)))
      } catch JSONFault.broken(.text, _, let byte, _, _) {
        refused += 1
        #expect(String(validating: bytes, as: UTF8.self) == nil, "\(bytes)")
        // What stands before the byte is whole.
        #expect(String(validating: bytes[..<(byte - 1)], as: UTF8.self) != nil, "\(bytes) at \(byte)")
      }
    }
    #expect(refused > 1000)
  }

  /// The oracle is Foundation's parser, which is less strict in what the rules name and in byte order marks.
  @Test func `whose bytes were changed is accepted where another reader accepts it too`() throws {
    let sound = Array(
      #"{"a":[1,-2.5e+3,0.0,true,false,null,"x\u00e9\\\"\/\n"],"b":{"c":{},"d":[]},"e f":"\ud83d\ude00"} "#.utf8)
    let letters = Array("{}[]:,\"\\ 0123456789.eE+-tfnu\n\t\u{0}abx".utf8)
    var random = SeededGenerator(seed: 8, purpose: "mutants")
    var (accepted, refused) = (0, 0)
    for _ in 0..<10_000 {
      var bytes = sound
      for _ in 0..<Int.random(in: 1...2, using: &random) {
        let place = Int.random(in: 0..<bytes.count, using: &random)
        let letter = letters[Int.random(in: 0..<letters.count, using: &random)]
        switch Int.random(in: 0..<3, using: &random) {
        case 0: bytes[place] = letter
        case 1: bytes.insert(letter, at: place)
        default: bytes.remove(at: place)
        }
      }
      let isTheirs: Bool
      do {
        _ = try JSONSerialization.jsonObject(with: Data(bytes), options: .fragmentsAllowed)
        isTheirs = true
      } catch {
        isTheirs = false
      }
      let text = String(decoding: bytes, as: UTF8.self)
      do {
        _ = try JSONText(bytes, file: "f")
        accepted += 1
        // A number no double can hold is JSON all the same.
        #expect(isTheirs || text.contains(/[eE]\+?\d{3}/), "we alone accept \(text)")
      } catch JSONFault.broken(let rule, _, _, _, _) {
        refused += 1
        // Foundation passes over a comma at the end.
        #expect(!isTheirs || rule != .grammar || text.contains(/,\s*[}\]]/), "we alone refuse \(text)")
      }
    }
    #expect(accepted > 500 && refused > 500)
  }

  @Test func `counts bytes from the beginning of the file`() {
    let bytes = Array("xxxx{]".utf8)
    bytes.withUnsafeBytes { bytes in
      var reader = JSONReader(UnsafeRawBufferPointer(rebasing: bytes[4...]), file: "f", origin: 4)
      let fault = #expect(throws: JSONFault.self) { try reader.members { _, _ in } }
      guard case .broken(.grammar, _, 5, _, _)? = fault else {
        Issue.record("\(String(describing: fault))")
        return
      }
    }
  }

  @Test func `that is written is read again as it was`() throws {
    let value = JSONValue.table([
      "a": .list([.whole(1), .real(0.5), .real(2), .null]), "b/\"\n": .text("é\\\u{1}"), "c": .bool(false),
    ])
    let node = JSONNode(try JSONText(value.written(), file: "f"))
    #expect(try node.at("a").list().map { try? $0.real(in: 0...9) } == [1, 0.5, 2, nil])
    #expect(try node.at("b/\"\n").string() == "é\\\u{1}" && node.at("c").bool() == false)
    #expect(try value.written() == value.written())
  }
}
