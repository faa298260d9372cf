import Foundation
import Palimpsest
import Tensors
import Testing

@Suite struct `A state` {
  @Test func `evicts the oldest when it is full`() {
    var state = MemoryState(budget: Budget(tokens: 10))
    let changes = state.apply([write(0, 4), write(1, 4), write(2, 4)])
    #expect(changes == [.added(slot(0, 4)), .added(slot(1, 4)), .added(slot(2, 4)), .evicted(slot(0, 4))])
    #expect(state.tokens == 8)
  }

  @Test func `evicts the least recently used when told so`() {
    var state = MemoryState(budget: Budget(tokens: 10, eviction: .leastRecent))
    _ = state.apply([write(0, 4), write(1, 4), .touch(0), write(2, 4)])
    #expect(state.slots.map(\.id) == [0, 2])
  }

  @Test func `refuses what alone is larger than its budget, and keeps the rest`() {
    var state = MemoryState(budget: Budget(tokens: 10), slots: [slot(0, 4)])
    #expect(state.apply([write(1, 11)]) == [.refused(slot(1, 11))])
    #expect(state.slots == [slot(0, 4)])
    var none = MemoryState(budget: Budget(tokens: 10, slots: 0))
    #expect(none.apply([write(0, 1)]) == [.refused(slot(0, 1))])
  }

  @Test func `counts bytes where they are bounded`() throws {
    func rows(_ id: Int, _ count: Int) -> Slot {
      let rows = Rows(keys: Tensor(zeros: [1, count, 2]), values: Tensor(zeros: [1, count, 2]))
      return Slot(id: id, content: .rows(rows), tokens: 0)
    }
    // 16 bytes a row.
    var state = MemoryState(budget: Budget(tokens: 0, bytes: 100))
    let changes = state.apply([0, 1, 2].map { .write(rows($0, 3), because: "") })
    #expect(changes.last == .evicted(rows(0, 3)))
    #expect(state.slots.map(\.id) == [1, 2] && state.bytes == 96)
    #expect(state.apply([.write(rows(3, 7), because: "")]) == [.refused(rows(3, 7))])
    #expect(!state.isText && MemoryState(budget: Budget(tokens: 9), slots: [slot(0, 1)]).isText)

    let coded = try JSONEncoder().encode(state)
    #expect(try JSONDecoder().decode(MemoryState.self, from: coded) == state)
    let shrunk = String(decoding: coded, as: UTF8.self).replacing("\"bytes\":100", with: "\"bytes\":90")
    #expect(throws: DecodingError.self) { try JSONDecoder().decode(MemoryState.self, from: Data(shrunk.utf8)) }
    let old = #"{"tokens": 5, "slots": 2, "eviction": "oldest"}"#
    #expect(try JSONDecoder().decode(Budget.self, from: Data(old.utf8)) == Budget(tokens: 5, slots: 2))
  }

  @Test func `replaces a slot of the same id where it stands`() {
    var state = MemoryState(budget: Budget(tokens: 10), slots: [slot(0, 4), slot(1, 4)])
    #expect(state.apply([write(0, 6)]) == [.replaced(old: slot(0, 4), new: slot(0, 6))])
    #expect(state.slots.map(\.id) == [0, 1])
  }

  @Test func `never gives an id twice`() {
    var state = MemoryState(budget: Budget(tokens: 2))
    for _ in 0..<5 { _ = state.apply([write(state.freshID, 1)]) }
    #expect(state.slots.map(\.id) == [3, 4])
    _ = state.apply([.erase(4, because: "")])
    #expect(state.freshID == 5)
  }

  @Test func `takes no more room for having been written often`() throws {
    var state = MemoryState(budget: Budget(tokens: 3))
    func size() throws -> Int { try JSONEncoder().encode(state).count }
    for id in 100..<200 { _ = state.apply([write(id, 1)]) }
    let early = try size()
    for id in 200..<1_000 { _ = state.apply([write(id, 1)]) }
    #expect(try size() <= early + 8, "only the clock has more digits")
  }

  @Test(arguments: [
    #"{"budget":{"tokens":3,"slots":9,"eviction":"oldest"},"slots":[SLOT4]}"#,
    #"{"budget":{"tokens":9,"slots":1,"eviction":"oldest"},"slots":[SLOT4,SLOT5]}"#,
    #"{"budget":{"tokens":9,"slots":9,"eviction":"oldest"},"slots":[SLOT4,SLOT4]}"#,
    #"{"budget":{"tokens":-1,"slots":9,"eviction":"oldest"},"slots":[]}"#,
    #"{"budget":{"tokens":9223372036854775807,"slots":9,"eviction":"oldest"},"slots":[HUGE,HUGE2]}"#,
    #"{"budget":{"tokens":9,"slots":9,"eviction":"oldest"},"slots":[NEGATIVE]}"#,
    #"{"budget":{"tokens":9,"slots":9,"eviction":"newest"},"slots":[]}"#,
  ])
  func `from a foreign file is refused when no state can be so`(_ json: String) {
    func slot(_ id: Int, _ tokens: Int) -> String {
      #"{"id":\#(id),"content":{"text":{"_0":"a"}},"tokens":\#(tokens),"origins":[],"links":[]}"#
    }
    let file = json.replacing("SLOT4", with: slot(4, 4)).replacing("SLOT5", with: slot(5, 4))
      .replacing("HUGE2", with: slot(2, Int.max)).replacing("HUGE", with: slot(1, Int.max))
      .replacing("NEGATIVE", with: slot(0, -4))
    #expect(throws: DecodingError.self) { try JSONDecoder().decode(MemoryState.self, from: Data(file.utf8)) }
  }

  @Test func `with slots that were never used evicts the first of them`() throws {
    let file = #"""
      {"budget":{"tokens":2,"slots":9,"eviction":"leastRecent"},"slots":[
        {"id":0,"content":{"text":{"_0":"a"}},"tokens":1,"origins":[],"links":[]},
        {"id":1,"content":{"text":{"_0":"b"}},"tokens":1,"origins":[],"links":[]}]}
      """#
    var state = try JSONDecoder().decode(MemoryState.self, from: Data(file.utf8))
    _ = state.apply([write(2, 1)])
    #expect(state.slots.map(\.id) == [1, 2])
  }

  /// Few ids and small budgets, so that slots are evicted, written again and put in another order.
  @Test func `is an older one with their difference applied, whatever the two are`() throws {
    var random = SeededGenerator(seed: 11, purpose: "differences")
    func changed(_ state: MemoryState) throws -> MemoryState {
      var state = state
      for _ in 0..<Int.random(in: 0...4, using: &random) {
        let id = Int.random(in: 0..<6, using: &random)
        switch Int.random(in: 0..<4, using: &random) {
        case 0: _ = state.apply([.erase(id, because: "")])
        case 1: _ = state.apply([.touch(id)])
        default: _ = state.apply([write(id, Int.random(in: 0...5, using: &random))])
        }
      }
      let text = ["a", "b", nil][Int.random(in: 0..<3, using: &random)]
      state.policyState = try text.map { try PolicyState($0) }
      return state
    }
    let budgets = [
      Budget(tokens: 9, eviction: .leastRecent), Budget(tokens: 9, slots: 3), Budget(tokens: 20, bytes: 12),
    ]
    var states = budgets.map { MemoryState(budget: $0) }
    for _ in 0..<3000 {
      let old = states[Int.random(in: 0..<states.count, using: &random)]
      let place = Int.random(in: 0..<states.count, using: &random)
      states[place] = try changed(states[place])
      let new = states[place]
      #expect(try MemoryState.applying(new.difference(from: old), to: old) == new)
      #expect(try MemoryState.applying(new.difference(from: nil), to: nil) == new)
      #expect(new.difference(from: new).isEmpty)
    }
  }

  @Test func `counts what it takes in memory`() throws {
    var state = MemoryState(budget: Budget(tokens: 9), slots: [slot(0, 4)])
    state.policyState = try PolicyState("ab")
    #expect(state.bytes == 4 + 2, "four letters; two of the policy's")
  }

  private func slot(_ id: Int, _ tokens: Int) -> Slot {
    Slot(id: id, content: .text(String(repeating: "x", count: tokens)), tokens: tokens)
  }

  private func write(_ id: Int, _ tokens: Int) -> Edit { .write(slot(id, tokens), because: "test") }
}
