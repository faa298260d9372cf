import Palimpsest
import PolicyExtractive
import Testing

@Suite struct `The extractive policy, answering` {
  @Test(arguments: [
    ("Who designed the lighthouse?", "The lighthouse was designed by Anna Roth in 1902.", "Anna Roth"),
    ("Where was Ben Stone born?", "Ben Stone was born in Oslo on 3 May 1911.", "Oslo"),
    ("When was Ben Stone born?", "Ben Stone was born in Oslo on 3 May 1911.", "3 May 1911"),
    ("In what year was the bridge opened?", "The bridge was opened on 3 May 1911 by the mayor.", "1911"),
    ("How many cats did Cora keep?", "In 1950 Cora kept 14 cats and a dog.", "14"),
    ("What percentage of the grain is exported?", "About 35% of the grain is exported.", "35%"),
  ])
  func `gives a span of the kind that is asked for`(_ ask: String, _ memory: String, _ answer: String) async throws {
    #expect(try await self.answer(ask, memory) == answer)
  }

  @Test func `tells which of two came first`() async throws {
    let memory = "# Blue Hour\nBlue Hour is a 1957 film.\n# Red Dawn\nRed Dawn is a 1984 film."
    #expect(try await answer("Which film came out first, Red Dawn or Blue Hour?", memory) == "Blue Hour")
    #expect(try await answer("Which film was released later, Red Dawn or Blue Hour?", memory) == "Red Dawn")
  }

  @Test func `says yes where it is said of both, and no where it is not`() async throws {
    let memory = "# Ada Lund\nAda Lund was a painter.\n# Ole Berg\nOle Berg was a painter and a cook."
    #expect(try await answer("Were Ada Lund and Ole Berg both painters?", memory) == "yes")
    #expect(try await answer("Were Ada Lund and Ole Berg both cooks?", memory) == "no")
  }

  @Test func `quotes the sentence it rests on`() async throws {
    let reply = try await reply("Who designed the lighthouse?", "The lighthouse was designed by Anna Roth. It is tall.")
    #expect(reply.contains("\"The lighthouse was designed by Anna Roth.\""))
  }

  @Test(arguments: ["", "\n", "\n\n"], [20, 1000])
  func `answers from a text that ends in the middle of things`(_ end: String, _ size: Int) async throws {
    let text = "Oslo lies in Norway. The letter was written by Ada Byron in 1801. Paris lies on the Seine." + end
    #expect(boxed(try await reader(chunk: size).read(question("Who wrote the letter?", text: text))) == "Ada Byron")
  }

  @Test func `says so when the notes hold nothing`() async throws {
    let reply = try await reply("Who sang?", "No previous memory")
    #expect(reply == "The notes hold nothing that bears on the question.\n\\boxed{}")
  }

  private func answer(_ ask: String, _ memory: String) async throws -> String { boxed(try await reply(ask, memory)) }

  private func reply(_ ask: String, _ memory: String) async throws -> String {
    try await policy.reply(
      to: asking(ask, memory: memory).expecting(.answer), sampling: Sampling(maxTokens: 200)
    ).text
  }
}
