import Analyzers
import Palimpsest
import Testing

@Suite struct `The lives of facts` {
  static let trace = reading(
    [
      ("Nothing — ¡nada! — here. ", "none"),
      ("Mara keeps ", "none"),
      ("the lighthouse. ", "Mara keeps the lighthouse."),
      ("Noise. ", "Mara keeps the lighthouse."),
      ("More. ", "noise"),
      ("Still more. ", "Again: Mara keeps the lighthouse."),
    ], evidence: ["Mara keeps the lighthouse"])

  static func lives(_ trace: Trace, proofs: [[UInt8]] = []) -> [FactLives.Life] {
    var following = FactLives(of: trace.question, proofs: proofs)
    trace.steps.forEach { following.add($0) }
    return following.lives
  }

  @Test func `tell where a fact was read, written and lost, and whether it came back`() throws {
    let life = try #require(Self.lives(Self.trace).first)
    #expect([life.read, life.written, life.lost] == [2, 2, 4])
    #expect(life.isHeld && life.text == "Mara keeps the lighthouse")
  }

  /// As a log gives steps back: chunks by their range.
  @Test func `are the same without the texts of the chunks, where the proofs are known`() async {
    var bare = Self.trace
    for index in bare.steps.indices { bare.steps[index].chunk.content = .text("") }
    let proofs = await Self.trace.question.proofs()
    #expect(Self.lives(bare, proofs: proofs) == Self.lives(Self.trace))
  }

  @Test func `say where nothing can be known`() throws {
    var bare = Self.trace
    for index in bare.steps.indices { bare.steps[index].chunk.content = .text("") }
    let life = try #require(Self.lives(bare).first)
    #expect(life.isWithoutText && life.read == 2 && life.written == nil && !life.isHeld)
  }
}
