import Foundation
import Palimpsest
import Support
import TensorLogs
import Tensors
import Testing

func makeStep(_ index: Int, captures: [String: Tensor] = [:], changes: [Change] = []) -> Step {
  let reply = Reply("", captures: captures)
  var state = MemoryState(budget: Budget(tokens: 9))
  _ = state.apply([.write(Slot(id: 0, content: .text("ab"), tokens: 7), because: "")])
  return Step(
    chunk: Chunk(index: index, content: .text(""), range: (10 * index)..<(10 * index + 10)),
    draft: Draft(exchanges: [Exchange(prompt: Prompt(), reply: reply)], signals: Signals(update: 0.75, malformed: 1)),
    decision: Decision(write: 0.25, exit: index == 2), changes: changes, after: state, seconds: 0.5)
}

func makeQuestion(_ id: String = "q", evidence: [Range<Int>] = [15..<18]) -> Question {
  Question(id: id, ask: "", evidence: evidence, source: .text(""))
}

@Suite struct `A tensor log` {
  @Test(arguments: [0, 1], [1, 3, 100])
  func `gives back what was written`(_ gzip: Int, _ batch: Int) async throws {
    let scratch = try Scratch()
    let url = scratch.file("tensors.h5")
    let log = try HDF5Log(url, settings: .init(batch: batch, gzip: gzip))
    let scores = (0..<5).map { index in Tensor((0..<(3 * index)).map { Float($0) / 7 }) }
    let deep = Tensor((0..<24).map(Float.init), shape: [2, 3, 4, 1])
    for index in 0..<5 {
      try await log.record(makeStep(index, captures: ["scores": scores[index]]), of: makeQuestion())
    }
    try await log.record(deep, at: TensorPath("q", step: 5, "answer/hidden"))
    try await log.close()

    let file = try HDF5File(url)
    #expect(file.questions == ["q"])
    for index in 0..<5 { #expect(try file.tensor(at: TensorPath("q", step: index, "scores")) == scores[index]) }
    #expect(try file.tensor(at: TensorPath("q", step: 5, "answer/hidden")) == deep)
    #expect(try file.tensor(at: TensorPath("q", step: 1, "signal/update")) == Tensor([0.75], shape: []))
    #expect(try file.tensor(at: TensorPath("q", step: 9, "scores")) == nil)
    #expect(try file.tensor(at: TensorPath("r", step: 0, "scores")) == nil)
    let steps = try file.steps(of: "q")
    #expect(steps.map(\.step) == [0, 1, 2, 3, 4])
    #expect(steps.map(\.isEvidence) == [false, true, false, false, false])
    #expect(steps.map(\.exit) == [false, false, true, false, false])
    #expect(
      steps.allSatisfy { $0.write == 0.25 && $0.tokens == 7 && $0.slots == 1 && $0.isMalformed && $0.seconds == 0.5 })
    #expect(steps[3].range == 30..<40)
  }

  @Test func `keeps the vectors of slots`() async throws {
    let scratch = try Scratch()
    let log = try HDF5Log(scratch.file("tensors.h5"))
    let vectors = Tensor([1, 2, 3, 4, 5, 6], shape: [3, 2])
    let rows = Rows(keys: Tensor([1, 2], shape: [1, 2, 1]), values: Tensor([3, 4], shape: [1, 2, 1]))
    try await log.record(
      makeStep(
        0,
        changes: [
          .added(Slot(id: 7, content: .vectors(vectors), key: Tensor([9]), tokens: 3)),
          .added(Slot(id: 8, content: .rows(rows), tokens: 2)),
        ]), of: makeQuestion(evidence: []))
    try await log.close()
    let file = try HDF5File(log.url)
    #expect(try file.tensor(at: TensorPath("q", step: 0, "slot/7")) == vectors)
    #expect(try file.tensor(at: TensorPath("q", step: 0, "slot/7/key")) == Tensor([9]))
    #expect(try file.tensor(at: TensorPath("q", step: 0, "slot/8/values")) == rows.values)
    #expect(try file.steps(of: "q")[0].isEvidence == nil)
    #expect(
      try file.paths(of: "q").map(\.name) == [
        "signal/malformed", "signal/update", "slot/7", "slot/7/key", "slot/8/keys", "slot/8/values",
      ])
  }

  @Test func `keeps a content once for all slots and steps, and finds it by its digest`() async throws {
    let scratch = try Scratch()
    let url = scratch.file("tensors.h5")
    let log = try HDF5Log(url)
    let rows = Rows(keys: Tensor(zeros: [1, 50, 2]), values: Tensor(repeating: 1, shape: [1, 50, 2]))
    let (empty, key) = (Tensor(zeros: [0, 2]), Tensor([9]))
    let source = HDF5Tensors(url)
    #expect(try source.tensor(of: TensorDigest(of: key)) == nil)
    for index in 0..<4 {
      try await log.keep([TensorDigest(of: rows.keys): rows.keys, TensorDigest(of: empty): empty])
      let slot = Slot(id: index, content: .rows(rows), key: key, tokens: 1)
      try await log.record(makeStep(index, changes: [.added(slot)]), of: makeQuestion())
    }
    // What was kept is found while the log is open.
    #expect(try source.tensor(of: TensorDigest(of: rows.keys)) == rows.keys)
    try await log.close()
    #expect(try source.tensor(of: TensorDigest(of: rows.values)) == rows.values, "the file has changed since")
    #expect(try source.tensor(of: TensorDigest(of: empty)) == empty)
    #expect(try source.tensor(of: TensorDigest(of: Tensor([8]))) == nil)
    // Keys, values, one key vector, and two signals in each of four steps.
    #expect(try HDF5File(url).counts["values"] == 100 + 100 + 1 + 8)

    // A log that is resumed moves contents, and what refers to them.
    let again = try HDF5Log(url, limits: ["q": 2])
    try await again.keep([TensorDigest(of: rows.keys): rows.keys])
    try await again.close()
    let file = try HDF5File(url)
    #expect(file.counts["values"] == 100 + 100 + 1 + 4)
    #expect(try file.tensor(of: TensorDigest(of: rows.keys)) == rows.keys)
    #expect(try file.tensor(of: TensorDigest(of: empty)) == empty)
    #expect(try file.tensor(at: TensorPath("q", step: 1, "slot/1/values")) == rows.values)
    #expect(try file.tensor(at: TensorPath("q", step: 3, "slot/3/values")) == nil)
  }

  @Test func `refuses a content of too many axes, and one that its digest does not fit`() async throws {
    let scratch = try Scratch()
    let log = try HDF5Log(scratch.file("tensors.h5"))
    let wide = Tensor([1], shape: Array(repeating: 1, count: 9))
    await #expect { try await log.keep([TensorDigest(of: wide): wide]) } throws: { "\($0)".contains("at most 8 axes") }
    let other = TensorDigest(of: Tensor([1]))
    try await log.keep([other: Tensor([2])])
    try await log.close()
    #expect(complaint { try HDF5File(log.url).tensor(of: other) }?.contains("other scalars than its digest") == true)
  }

  @Test func `can be read while it is written`() async throws {
    let scratch = try Scratch()
    let log = try HDF5Log(scratch.file("tensors.h5"), settings: .init(batch: 1))
    for index in 0..<50 {
      try await log.record(makeStep(index, captures: ["s": Tensor([Float(index)])]), of: makeQuestion())
      if index % 10 == 0 {
        let file = try HDF5File(log.url)
        #expect(try file.steps(of: "q").count == index + 1)
        #expect(try file.tensor(at: TensorPath("q", step: index, "s")) == Tensor([Float(index)]))
      }
    }
    #expect(try isUnmarked(log.url))
    try await log.close()
    #expect(try isUnmarked(log.url))
  }

  @Test func `goes on where the trace log is, without steps beyond it and without doubles`() async throws {
    let scratch = try Scratch()
    let url = scratch.file("tensors.h5")
    let log = try HDF5Log(url)
    for index in 0..<8 {
      for id in ["a", "b", "gone"] {
        try await log.record(makeStep(index, captures: ["s": Tensor([Float(index)])]), of: makeQuestion(id))
      }
    }
    try await log.close()

    let again = try HDF5Log(url, limits: ["a": 3, "b": 99])
    for index in 3..<5 {
      try await again.record(makeStep(index, captures: ["s": Tensor([100 + Float(index)])]), of: makeQuestion("a"))
    }
    try await again.close()
    let file = try HDF5File(url)
    #expect(file.questions == ["a", "b"])
    #expect(try file.steps(of: "a").map(\.step) == [0, 1, 2, 3, 4])
    #expect(try file.steps(of: "b").map(\.step) == Array(0..<8))
    let values = try (0..<5).map { try file.tensor(at: TensorPath("a", step: $0, "s"))?.scalars }
    #expect(values == [[0], [1], [2], [103], [104]])
    #expect(file.counts["steps"] == 13)
  }

  @Test func `keeps the last attempt of a question that is read again`() async throws {
    let scratch = try Scratch()
    let log = try HDF5Log(scratch.file("tensors.h5"))
    for index in 0..<6 { try await log.record(makeStep(index, captures: ["s": Tensor([1])]), of: makeQuestion()) }
    for index in 0..<2 { try await log.record(makeStep(index, captures: ["s": Tensor([2])]), of: makeQuestion()) }
    try await log.close()
    let file = try HDF5File(log.url)
    #expect(try file.steps(of: "q").map(\.step) == [0, 1])
    #expect(try file.tensor(at: TensorPath("q", step: 1, "s")) == Tensor([2]))
    #expect(try file.tensor(at: TensorPath("q", step: 4, "s")) == nil)
  }

  @Test func `is refused to a second writer, and left by a first that is gone`() async throws {
    let scratch = try Scratch()
    let url = scratch.file("tensors.h5")
    do {
      let log = try HDF5Log(url)
      #expect(throws: TensorLogError.inUse(url.path)) { try HDF5Log(url) }
      try await log.record(makeStep(0), of: makeQuestion())
      try await log.flush()
    }
    try await HDF5Log(url).close()
    #expect(try HDF5File(url).steps(of: "q").count == 1)
    #expect(try FileManager.default.contentsOfDirectory(atPath: scratch.url.path) == ["tensors.h5"])
  }

  @Test func `takes ids of any length and kind`() async throws {
    let scratch = try Scratch()
    let log = try HDF5Log(scratch.file("tensors.h5"))
    let ids = [String(repeating: "天", count: 300), String(repeating: "天", count: 301), "a\u{0}b", "a", "", "../x"]
    for (index, id) in ids.enumerated() {
      try await log.record(makeStep(0, captures: ["s": Tensor([Float(index)])]), of: makeQuestion(id))
    }
    try await log.close()
    let file = try HDF5File(log.url)
    for (index, id) in ids.enumerated() {
      #expect(try file.tensor(at: TensorPath(id, step: 0, "s")) == Tensor([Float(index)]))
    }
  }

  @Test func `refuses to write on after it was closed`() async throws {
    let scratch = try Scratch()
    let log = try HDF5Log(scratch.file("tensors.h5"))
    try await log.close()
    await #expect(throws: TensorLogError.closed(log.url.path)) { try await log.record(makeStep(0), of: makeQuestion()) }
  }

  @Test func `names the file that cannot be made`() throws {
    #expect(throws: TensorLogError.self) { try HDF5Log(URL(filePath: "/nowhere/tensors.h5")) }
    #expect { try HDF5Log(URL(filePath: "/nowhere/tensors.h5")) } throws: { "\($0)".contains("/nowhere/tensors.h5") }
  }
}

/// Whether nobody is said to write the file: byte 11 of an HDF5 superblock of version 3.
func isUnmarked(_ url: URL) throws -> Bool {
  let handle = try FileHandle(forReadingFrom: url)
  return try handle.read(upToCount: 12)?.last == 0
}
