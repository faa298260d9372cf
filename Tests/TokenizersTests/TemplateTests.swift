import Foundation
import Testing
import Tokenizers

/// What published templates write, run by jinja2: made by Tests/Fixtures/Tokenizers/chats.py.
private struct Published: Decodable, Sendable, CustomTestStringConvertible {
  struct Turn: Decodable, Sendable {
    var role: ChatMessage.Role
    var content: String
  }

  struct Chat: Decodable, Sendable {
    var turns: [Turn]
    var messages: [ChatMessage] { turns.map { ChatMessage($0.role, $0.content) } }
    /// Nil where the template refuses the conversation.
    var text: String?
  }

  var format: String
  var model: String
  var chats: [Chat]
  var testDescription: String { "\(format) of \(model)" }

  static let all: [Published] = {
    let file = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .appending(path: "Fixtures/Tokenizers/chats.json")
    // A test below says so if there are none.
    return (try? JSONDecoder().decode([Published].self, from: Data(contentsOf: file))) ?? []
  }()
}

@Suite struct `A built-in chat format` {
  @Test func `stands beside what its published template writes, each of them`() {
    #expect(Set(Published.all.map(\.format)) == Set(ChatFormat.all.map(\.name)))
    #expect(Published.all.allSatisfy { $0.chats.count >= 12 })
  }

  @Test(arguments: Published.all.indices)
  func `writes what its authors' template writes, or refuses what it refuses`(_ index: Int) throws {
    let published = Published.all[index]
    let format = try #require(ChatFormat.all.first { $0.name == published.format })
    let tokenizer = BytePairTrainer(size: 300 + format.markers.count, specialTokens: format.markers)
      .train(on: ["user\nassistant\nsystem\n"], name: "markers")
    for (place, chat) in published.chats.enumerated() {
      guard let text = chat.text else {
        #expect(throws: TokenizerError.self, "\(published.testDescription), \(place)") {
          try format.render(chat.messages, with: tokenizer)
        }
        continue
      }
      let found = tokenizer.decode(try format.render(chat.messages, with: tokenizer).ids)
      // Byte for byte: equal strings may differ in how letters are composed.
      #expect(Array(found.utf8) == Array(text.utf8), "\(published.testDescription), \(place)")
    }
  }
}
