import Foundation
import Palimpsest
import Support
import Tensors
import Testing
import TraceLogs

/// A tensor file in memory.
private actor Shelf: TensorKeeper {
  private(set) var kept: [TensorDigest: Tensor] = [:]
  private(set) var calls = 0

  func keep(_ tensors: [TensorDigest: Tensor]) {
    calls += 1
    kept.merge(tensors) { $1 }
  }
}

private struct Kept: TensorSource {
  var tensors: [TensorDigest: Tensor]
  func tensor(of digest: TensorDigest) -> Tensor? { tensors[digest] }
}

@Suite struct `A trace log with a tensor file beside it` {
  @Test(arguments: TraceLog.Detail.allCases)
  func `names tensors by content, and gives back the same trace`(_ detail: TraceLog.Detail) async throws {
    let scratch = try Scratch()
    let (url, shelf) = (scratch.file("traces.jsonl"), Shelf())
    let log = try TraceLog(url, settings: .init(detail: detail))
    await log.keepTensors(in: shelf)
    let trace = try await log.reading(makeQuestion(chunks: 30), with: makeReader())
    let source = Kept(tensors: await shelf.kept)
    let text = try String(contentsOf: url, encoding: .utf8)
    #expect(!text.contains("\"f32\"") && text.contains("\"sha256\""))
    #expect(
      try essence(try TraceFile(url, tensors: source).traces()[0], detail) == essence(trace, detail))
    for digest in source.tensors.keys { #expect(text.contains(digest.description)) }
  }

  @Test func `keeps a content once, however many steps hold it`() async throws {
    let scratch = try Scratch()
    let (url, shelf) = (scratch.file("traces.jsonl"), Shelf())
    let log = try TraceLog(url)
    await log.keepTensors(in: shelf)
    let rows = Rows(keys: Tensor(zeros: [4, 1000, 8]), values: Tensor(repeating: 1, shape: [4, 1000, 8]))
    var state = MemoryState(budget: Budget(tokens: 9))
    var trace = Trace(of: makeQuestion())
    for index in 0..<20 {
      let edits = [Edit.write(Slot(id: index % 3, content: .rows(rows), tokens: 1), because: "")]
      trace.append(
        Step(
          chunk: Chunk(index: index, content: .text(""), range: index..<index + 1), draft: Draft(edits: edits),
          decision: Decision(write: 1), changes: state.apply(edits), after: state))
    }
    trace.end = .finished
    try await log.record(trace)
    #expect(await shelf.kept.count == 2)
    #expect(await log.bytes < 20_000, "256,000 bytes of rows stand beside it")
  }

  @Test func `says which tensor is missing, where, and what to do`() async throws {
    let scratch = try Scratch()
    let (url, shelf) = (scratch.file("traces.jsonl"), Shelf())
    let log = try TraceLog(url)
    await log.keepTensors(in: shelf)
    _ = try await log.reading(makeQuestion(chunks: 30), with: makeReader())
    for source in [nil, Kept(tensors: [:])] {
      let complaint = try #require(complaint { try TraceFile(url, tensors: source).traces() })
      #expect(complaint.contains("traces.jsonl"))
      #expect(complaint.contains("is not in the tensor file beside the log; put the file back"))
    }
    let wrong = Kept(tensors: await shelf.kept.mapValues { _ in Tensor([1], shape: [1, 1, 1, 1]) })
    #expect(complaint { try TraceFile(url, tensors: wrong).traces() }?.contains("has shape [1, 1, 1, 1]") == true)
  }

  @Test func `reads a recollection without text as one without`() async throws {
    let scratch = try Scratch()
    let log = try TraceLog(scratch.file("traces.jsonl"))
    var trace = try await makeReader().read(makeQuestion())
    trace.answer?.recollection = nil
    try await log.record(trace)
    #expect(try TraceFile(log.url).traces()[0].answer?.recollection == nil)
  }
}
