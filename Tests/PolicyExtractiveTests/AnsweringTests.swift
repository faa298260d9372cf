import Palimpsest
import PolicyExtractive
import Support
import Testing

@Suite struct `The extractive policy, answering` {
  @Test(arguments: [
    ("Who designed the lighthouse?", "The lighthouse was designed by Anna Roth in 1902.", "Anna Roth"),
    ("Where was Ben Stone born?", "Ben Stone was born in Oslo on 3 May 1911.", "Oslo"),
    ("When was Ben Stone born?", "Ben Stone was born in Oslo on 3 May 1911.", "3 May 1911"),
    ("In what year was the bridge opened?", "The bridge was opened on 3 May 1911 by the mayor.", "1911"),
    ("How many cats did Cora keep?", "In 1950 Cora kept 14 cats and a dog.", "14"),
    ("Who directed the film?", "The film was directed by Kim Sung-su and shot in March.", "Kim Sung-su"),
    ("How long was the crossing?", "The crossing was 72 minutes long.", "72 minutes"),
    ("What percentage of the grain is exported?", "About 35% of the grain is exported.", "35%"),
  ])
  func `gives a span of the kind that is asked for`(_ ask: String, _ memory: String, _ answer: String) async throws {
    #expect(try await self.answer(ask, memory) == answer)
  }

  /// The first step names somebody, the second is asked of him; sentences about others stand between.
  @Test(arguments: [
    ("In which town does the baker of Ina Holm live?", "Skagen"), ("When was the baker of Ina Holm born?", "1848"),
    ("Who is the aunt of the baker of Ina Holm?", "Vera Krag"),
    // What is asked stands beside the name itself: one step.
    ("Who is the baker of Ina Holm?", "Nils Friis"), ("In which town does Ina Holm live?", "Ribe"),
  ])
  func `asks the second question of whom the first one names`(_ ask: String, _ answer: String) async throws {
    let memory = """
      Ina Holm lives in Ribe. The baker of Ina Holm is Nils Friis. The baker of Otto Dahl is Emil Bech. Emil Bech lives
      in Vejle. Nils Friis lives in Skagen. Nils Friis was born in 1848. Emil Bech was born in 1851. The aunt of Nils
      Friis is Vera Krag. The aunt of Emil Bech is Rosa Juhl.
      """
    #expect(try await self.answer(ask, memory) == answer)
  }

  @Test func `tells which of two came first`() async throws {
    let memory = "# Blue Hour\nBlue Hour is a 1957 film.\n# Red Dawn\nRed Dawn is a 1984 film."
    #expect(try await answer("Which film came out first, Red Dawn or Blue Hour?", memory) == "Blue Hour")
    #expect(try await answer("Which film was released later, Red Dawn or Blue Hour?", memory) == "Red Dawn")
  }

  @Test func `compares deaths where deaths are asked for, and lives by their length`() async throws {
    let memory = """
      # Ada Lund
      Ada Lund (3 May 1901 – 9 June 1950) was a painter.
      # Ole Berg
      Ole Berg (1 May 1880 – 9 July 1960) was a cook.
      """
    #expect(try await answer("Who was born first, Ada Lund or Ole Berg?", memory) == "Ole Berg")
    #expect(try await answer("Who died first, Ada Lund or Ole Berg?", memory) == "Ada Lund")
    #expect(try await answer("Who lived longer, Ada Lund or Ole Berg?", memory) == "Ole Berg")
  }

  @Test func `compares what is counted`() async throws {
    let memory = "# Elm House\nElm House has 12 floors.\n# Oak House\nOak House, opened in 1950, has 40 floors."
    #expect(try await answer("Which tower has more floors, Elm House or Oak House?", memory) == "Oak House")
    #expect(try await answer("Which tower has fewer floors, Oak House or Elm House?", memory) == "Elm House")
  }

  @Test func `follows a film to its director where he is compared`() async throws {
    let memory = """
      # Blue Hour
      Blue Hour is a 1984 film directed by Ada Lund.
      # Red Dawn
      Red Dawn is a 1957 film directed by Ole Berg.
      # Ada Lund
      Ada Lund (1920 – 1999) was a director.
      # Ole Berg
      Ole Berg (1901 – 2005) was a director.
      """
    let ask = "Which film has the director who died later, Blue Hour or Red Dawn?"
    #expect(try await answer(ask, memory) == "Red Dawn")
  }

  @Test func `asks for every name of what it is asked about both`() async throws {
    let memory = "# Ada Lund\nAda Lund was a Danish painter.\n# Ole Berg\nOle Berg was a Swedish painter."
    #expect(try await answer("Are Ada Lund and Ole Berg both painters?", memory) == "yes")
    #expect(try await answer("Are Ada Lund and Ole Berg both Danish painters?", memory) == "no")
  }

  @Test func `takes no capitals for names where all is in capitals`() async throws {
    let memory = "THE LICENCE GRANTS NO LEGAL SERVICES TO ANYBODY. The licence was written by Ada Lund."
    #expect(try await answer("Who wrote the licence?", memory) == "Ada Lund")
  }

  @Test func `says yes where it is said of both, and no where it is not`() async throws {
    let memory = "# Ada Lund\nAda Lund was a painter.\n# Ole Berg\nOle Berg was a painter and a cook."
    #expect(try await answer("Were Ada Lund and Ole Berg both painters?", memory) == "yes")
    #expect(try await answer("Were Ada Lund and Ole Berg both cooks?", memory) == "no")
  }

  @Test func `quotes the sentence it rests on`() async throws {
    let reply = try await reply("Who designed the lighthouse?", "The lighthouse was designed by Anna Roth. It is tall.")
    #expect(reply == "\"The lighthouse was designed by Anna Roth.\"\n\\boxed{Anna Roth}")
    let page = "# Orrin Lighthouse\nThe lighthouse was designed by Anna Roth."
    #expect(
      try await self.reply("Who designed the lighthouse?", page)
        == "Orrin Lighthouse: \"The lighthouse was designed by Anna Roth.\"\n\\boxed{Anna Roth}")
  }

  @Test(arguments: ["", "\n", "\n\n"], [20, 1000])
  func `answers from a text that ends in the middle of things`(_ end: String, _ size: Int) async throws {
    let text = "Oslo lies in Norway. The letter was written by Ada Byron in 1801. Paris lies on the Seine." + end
    #expect(boxed(try await reader(chunk: size).read(question("Who wrote the letter?", text: text))) == "Ada Byron")
  }

  @Test func `says nothing of its own when the notes hold nothing`() async throws {
    #expect(try await reply("Who sang?", "No previous memory") == "\\boxed{}")
  }

  private func answer(_ ask: String, _ memory: String) async throws -> String { boxed(try await reply(ask, memory)) }

  private func reply(_ ask: String, _ memory: String) async throws -> String {
    try await policy.reply(
      to: asking(ask, memory: memory).expecting(.answer), sampling: Sampling(maxTokens: 200)
    ).text
  }
}
