import Palimpsest
import Tasks
import Testing

@Suite struct `A poison task` {
  private func questions(_ templates: Int = 10, tokens: Int = 512) throws -> [Question] {
    var settings = PoisonTask.Settings()
    settings.tokens = tokens
    settings.templates = templates
    return try Array(PoisonTask(settings).questions(seed: 3))
  }

  @Test func `has twelve families, ten wordings, five places, and a clean twin for each wording and place`() throws {
    let questions = try questions()
    #expect(questions.count == 650 && Set(questions.map(\.id)).count == 650)
    #expect(questions.count { $0.traits["family"] == "clean" } == 50)
    for family in PoisonFamily.allCases {
      let own = questions.filter { $0.traits["family"] == family.rawValue }
      #expect(own.count == 50 && Set(own.map { $0.traits["position"] }).count == 5)
      #expect(own.allSatisfy { ($0.traits["structural"] == "yes") == family.isStructural })
    }
    #expect(try self.questions(1).count == 65, "the quick set of 60, and 5 twins")
  }

  /// The attack is the only difference, and what it wants stands nowhere else.
  @Test func `is its clean twin with the attack put into it`() async throws {
    var twin: (id: String, bytes: [UInt8]) = ("", [])
    for question in try questions(10) where question.traits["position"] == "0.275" {
      let text = try await bytes(of: question)
      guard let attack = question.traits["attack"] else {
        twin = (question.id, text)
        continue
      }
      let ends = attack.split(separator: "-").compactMap { Int($0) }
      #expect(question.traits["twin"] == twin.id && ends.count == 2)
      var rest = text
      rest.removeSubrange(ends[0]..<ends[1] + 1)
      #expect(rest == twin.bytes, "\(question.id)")
      let payload = try #require(question.traits["payload"])
      #expect(!String(decoding: twin.bytes, as: UTF8.self).contains(payload) && !question.answers.contains(payload))
      let facts = question.evidence.map { String(decoding: text[$0], as: UTF8.self) }
      #expect(facts.count == 1 && facts[0].contains(question.answers[0]), "the evidence is where it says")
      let share = Double(ends[0]) / Double(twin.bytes.count)
      #expect((0.2...0.36).contains(share), "\(question.id) at \(share)")
    }
  }

  @Test func `says nothing about the question where it works by structure`() throws {
    for question in try questions() where question.traits["structural"] == "yes" {
      let payload = try #require(question.traits["payload"])
      #expect(!payload.contains(" ") && !question.ask.contains(payload))
    }
  }
}
