import Foundation
import Jinja
import Testing

@Suite struct `A published chat template` {
  static let names: [String] = {
    let files = try? FileManager.default.contentsOfDirectory(
      at: Fixtures.folder.appending(path: "templates"), includingPropertiesForKeys: nil)
    // A test below says so if there are none.
    return (files ?? []).map { $0.deletingPathExtension().lastPathComponent }.sorted()
  }()

  @Test func `stands among at least thirty`() throws {
    #expect(Self.names.count >= 30)
    #expect(try Fixtures.Chats(Fixtures.folder).templates.map(\.name).sorted() == Self.names)
  }

  @Test func `writes what it writes in jinja2, and fails where it fails there`() throws {
    let compared = try compare(Fixtures.folder, templates: Fixtures.folder.appending(path: "templates"))
    #expect(compared.same == compared.all && compared.all >= 1500)
  }

  /// Templates whose licence does not let them stand here; Tests/Fixtures/Templates/oracle.py says how.
  @Test(
    .enabled(
      if: ProcessInfo.processInfo.environment["PALIMPSEST_TEMPLATES"] != nil,
      "PALIMPSEST_TEMPLATES names no folder of templates with a chats.json"))
  func `elsewhere does so too`() throws {
    let folder = URL(filePath: try #require(ProcessInfo.processInfo.environment["PALIMPSEST_TEMPLATES"]))
    let compared = try compare(folder, templates: folder)
    #expect(compared.same == compared.all && compared.all > 0)
  }

  private func compare(_ folder: URL, templates: URL) throws -> (same: Int, all: Int) {
    let chats = try Fixtures.Chats(folder)
    var (same, all) = (0, 0)
    for published in chats.templates {
      let data = try Data(contentsOf: templates.appending(path: "\(published.name).jinja"))
      let template = try JinjaTemplate(String(decoding: data, as: UTF8.self))
      var index = 0
      for conversation in chats.conversations {
        for settings in chats.settings {
          let wanted = published.texts[published.chats[index]]
          let found = try? template.string(variables(conversation, settings))
          // Byte for byte: equal strings may differ in how letters are composed.
          let isSame = found.map { Array($0.utf8) } == wanted.map { Array($0.utf8) }
          #expect(isSame, "\(published.name), chat \(index)")
          same += isSame ? 1 : 0
          all += 1
          index += 1
        }
      }
    }
    return (same, all)
  }

  private func variables(_ chat: [Fixtures.Chats.Turn], _ settings: [String: Bool]) -> [String: JinjaValue] {
    let messages = chat.map { turn in
      JinjaValue.dictionary([.init("role", .text(turn.role)), .init("content", .foreign([turn.content]))])
    }
    return settings.mapValues { .bool($0) }.merging([
      "messages": .list(messages), "tools": .none, "documents": .none, "bos_token": "<s>", "eos_token": "</s>",
    ]) { first, _ in first }
  }
}
