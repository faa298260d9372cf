import Tasks
import Verifiers

/// One chunk of a reading: what was written, and what it cost.
public struct SymbolTurn: Sendable, Hashable, Codable {
  /// Whether the chunk holds a part of the evidence.
  public var holdsEvidence: Bool
  /// Whether the reply follows its form.
  public var isWellFormed: Bool
  /// Whether the page was written; never by a malformed reply.
  public var updates: Bool
  /// Whether the reply says that the page suffices.
  public var exits: Bool

  /// - Parameter reply: nil for a malformed one.
  public init(holdsEvidence: Bool, reply: SymbolReply?) {
    self.holdsEvidence = holdsEvidence
    isWellFormed = reply != nil
    updates = reply?.updates ?? false
    exits = reply?.exits ?? false
  }
}

/// What the readings of a model did and cost, added up.
public struct ReadingCounts: Sendable, Hashable, Codable {
  /// Finished readings, and those all of whose replies follow their form.
  public var readings = 0, wellFormed = 0
  /// Chunks of the texts, and those that were read.
  public var chunks = 0, turns = 0
  /// Chunks with evidence that were read, and those of them that were written.
  public var evidence = 0, writtenEvidence = 0
  /// Chunks without evidence that were read, and those of them that were written.
  public var rest = 0, writtenRest = 0
  /// Readings whose first exit stands before, at and behind the last chunk with evidence; without an exit it is the last
  /// chunk.
  public var early = 0, exact = 0, late = 0
  /// Sum of the distances from the last evidence to the exit in chunks, with and without their sign.
  public var deviation = 0, distance = 0
  /// Facts to find, and those of them that stand on the last page.
  public var gold = 0, held = 0
  /// Tokens of prompts and of replies, those of the answers included.
  public var read = 0, written = 0

  /// All 0.
  public init() {}

  /// Adds a reading of a text of so many chunks.
  public mutating func add<Model>(_ reading: SymbolReadings<Model>.Reading, of chunks: Int) {
    readings += 1
    if reading.turns.allSatisfy(\.isWellFormed) { wellFormed += 1 }
    self.chunks += chunks
    turns += reading.turns.count
    for turn in reading.turns {
      if turn.holdsEvidence {
        evidence += 1
        if turn.updates { writtenEvidence += 1 }
      } else {
        rest += 1
        if turn.updates { writtenRest += 1 }
      }
    }
    gold += reading.gold
    held += reading.held
    read += reading.read
    written += reading.written
    guard let last = reading.lastEvidence else { return }
    let exit = reading.exit(of: chunks)
    switch GatedReward.Timing(exit: exit, evidence: last) {
    case .early: early += 1
    case .exact: exact += 1
    case .late: late += 1
    }
    deviation += exit - last
    distance += abs(exit - last)
  }

  /// Of the chunks that were written, the share with evidence; 0 where none was written.
  public var updatePrecision: Double { share(writtenEvidence, of: writtenEvidence + writtenRest) }
  /// Of the chunks with evidence that were read, the share that was written.
  public var updateRecall: Double { share(writtenEvidence, of: evidence) }
  /// Of the chunks without evidence that were read, the share that was not written.
  public var restraint: Double { share(rest - writtenRest, of: rest) }
  /// Share of readings whose exit is the last chunk with evidence.
  public var exactExits: Double { share(exact, of: readings) }
  /// Mean distance from the last evidence to the exit, in chunks; negative is early.
  public var meanDeviation: Double { share(deviation, of: readings) }
  /// Share of readings all of whose replies follow their form.
  public var formatValidity: Double { share(wellFormed, of: readings) }
  /// Share of the chunks that was read.
  public var chunksRead: Double { share(turns, of: chunks) }
  /// Of the facts to find, the share that stands on the last page.
  public var holding: Double { share(held, of: gold) }
  /// Tokens of prompts and replies per reading.
  public var tokensPerReading: Double { share(read + written, of: readings) }

  private func share(_ part: Int, of all: Int) -> Double { all == 0 ? 0 : Double(part) / Double(all) }
}
