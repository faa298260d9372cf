import Foundation
import Palimpsest
import Testing

@Suite(.enabled(if: Command.isBuilt, "the command is not built: swift build --product palimpsest"))
struct `palimpsest tokens` {
  let place: Place

  init() throws {
    place = try Place()
    let fixture = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .appending(path: "Fixtures/Tokenizers/gpt2.json")
    let folder = place.url.appending(path: "model")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    try FileManager.default.copyItem(at: fixture, to: folder.appending(path: "tokenizer.json"))
  }

  @Test func `prints ids, pieces and their count`() throws {
    let outcome = try place.run("tokens", "-", "--tokenizer", "model", "--json", input: "Call me <|endoftext|>\n")
    let object = try #require(try outcome.objects.first)
    guard case .list(let ids)? = object["ids"], case .list(let pieces)? = object["pieces"] else {
      Issue.record("\(outcome.output)\(outcome.messages)")
      return
    }
    #expect(object["count"] == .int(ids.count) && ids.count == pieces.count)
    let text = pieces.map { if case .string(let piece) = $0 { piece } else { "" } }.joined()
    #expect(text == "Call me <|endoftext|>\n")
    let weighed = try place.run("tokens", "-", "--weights", "model", "--json", input: "Call me <|endoftext|>\n")
    #expect(weighed.output == outcome.output)
  }

  @Test func `says which file it missed`() throws {
    let outcome = try place.run("tokens", "-", "--tokenizer", "nowhere", input: "")
    #expect(outcome.code == 2 && outcome.messages.contains("nowhere/tokenizer.json"))
    #expect(try place.run("tokens", "-", input: "").code == 2)
  }

  @Test func `lends its vocabulary to a reading, whose record has the file's hash`() throws {
    let outcome = try place.run(
      "read", "text.txt", "--ask", "Who wrote the letter?", "--tokenizer", "model", "--json", "--set", "chunker.size=64"
    )
    let object = try #require(try outcome.objects.first, "\(outcome.messages)")
    guard case .string(let run)? = object["run"] else {
      Issue.record("no run in \(object)")
      return
    }
    let settings = try String(contentsOfFile: run + "/settings.yaml", encoding: .utf8)
    let surroundings = try String(contentsOfFile: run + "/env.json", encoding: .utf8)
    #expect(settings.contains("checkpoint"))
    #expect(surroundings.contains("tokenizer.folder"))
  }
}
