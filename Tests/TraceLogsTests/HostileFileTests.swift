import Foundation
import Palimpsest
import Support
import Testing
import TraceLogs

@Suite struct `A hostile file of traces` {
  static let header = #"{"event":"file","format":"palimpsest-trace","version":1}"#
  static let begin = #"{"event":"begin","id":"q","ask":""}"#
  static func step(_ state: String, _ rest: String = "", chunk: String = #"{"index":0,"range":[0,5]}"#) -> String {
    #"{"event":"step","id":"q","chunk":\#(chunk),"decision":{"write":1,"exit":false},"seconds":0,"state":\#(state)\#(rest)}"#
  }
  static let budget = #""budget":{"tokens":5,"eviction":"oldest"}"#

  static let lines = [
    "nonsense", "[]", "{}", "null", #"{"event":"what"}"#, #"{"event":"step"}"#, "{\"event\":\"begin\",\"id\":3}",
    #"{"event":"begin","id":"q","ask":"","evidence":[[5,1]]}"#,
    #"{"event":"begin","id":"q","ask":"","evidence":[[-5,1]]}"#,
    #"{"event":"begin","id":"q","ask":"","evidence":[[1]]}"#,
    String(repeating: "[", count: 100_000), #"{"event":"begin","id":"#, "\u{0}\u{0}",
    // Memory states that no memory can have made.
    step(#"{"budget":{"tokens":-5,"eviction":"oldest"}}"#),
    step(#"{"budget":{"tokens":5,"slots":-1,"eviction":"oldest"}}"#),
    step("{}"), step("null"), step(#"{"budget":{"tokens":5,"eviction":"what"}}"#),
    step("{\(budget),\"put\":[{\"at\":0,\"slot\":0}]}"),
    step("{\(budget),\"put\":[{\"at\":0,\"slot\":-1}]}"), step("{\(budget),\"put\":[{\"at\":0,\"slot\":\"=0\"}]}"),
    step("{\(budget),\"put\":[{\"at\":0,\"slot\":0}],\"fresh\":1}", #","slots":[{"id":0,"tokens":9,"text":"a"}]"#),
    step("{\(budget),\"put\":[{\"at\":7,\"slot\":0}],\"fresh\":1}", #","slots":[{"id":0,"tokens":1,"text":"a"}]"#),
    step("{\(budget),\"put\":[{\"at\":0,\"slot\":0}],\"fresh\":1}", #","slots":[{"id":0,"tokens":-1,"text":"a"}]"#),
    step(
      "{\(budget),\"put\":[{\"at\":0,\"slot\":0}]}", #","slots":[{"id":9223372036854775807,"tokens":1,"text":"a"}]"#),
    step("{\(budget),\"put\":[{\"at\":0,\"slot\":0}],\"fresh\":1}", #","slots":[{"id":0,"tokens":1}]"#),
    step(
      "{\(budget),\"put\":[{\"at\":0,\"slot\":0}],\"fresh\":1}",
      #","slots":[{"id":0,"tokens":1,"reply":4,"bytes":[0,1]}]"#),
    step(
      "{\(budget)}",
      #","exchanges":[{"prompt":{"fingerprint":"","bytes":0},"reply":{"text":"ab","finish":"stop","usage":{"read":0,"generated":0,"isEstimated":false}}}],"slots":[{"id":0,"tokens":1,"reply":0,"bytes":[1,9]}]"#
    ),
    step("{\(budget),\"clock\":9223372036854775807}"), step("{\(budget),\"fresh\":9223372036854775807}"),
    // Tensors that do not fill their shape.
    step("{\(budget)}", #","slots":[{"id":0,"tokens":1,"vectors":{"shape":[2,2],"f32":"AAAA"}}]"#),
    step("{\(budget)}", #","slots":[{"id":0,"tokens":1,"vectors":{"shape":[-1],"f32":""}}]"#),
    step("{\(budget)}", #","slots":[{"id":0,"tokens":1,"vectors":{"shape":[9223372036854775807,4],"f32":""}}]"#),
    // Places no chunk can have.
    step("{\(budget)}", chunk: #"{"index":-1,"range":[0,5]}"#),
    step("{\(budget)}", chunk: #"{"index":0,"range":[5,0]}"#),
    step("{\(budget)}", chunk: #"{"index":0,"range":[-5,0]}"#),
    step("{\(budget)}", chunk: #"{"index":0,"range":[0,5],"next":-1}"#),
    step("{\(budget)}", chunk: #"{"index":0,"range":[0,9223372036854775807]}"#),
    step("{\(budget)}", chunk: #"{"index":0,"range":[]}"#),
    // Counts whose sum runs over.
    step(
      "{\(budget)}",
      #","exchanges":[{"prompt":{"fingerprint":"","bytes":0},"reply":{"text":"","finish":"stop","usage":{"read":9223372036854775807,"generated":0,"isEstimated":false}}}]"#
    ),
    step(
      "{\(budget)}",
      #","exchanges":[{"prompt":{"fingerprint":"","bytes":0},"reply":{"text":"","finish":"stop","attempts":-9223372036854775808,"usage":{"read":0,"generated":0,"isEstimated":false}}}]"#
    ),
    step("{\(budget)}", #","edits":[{}]"#), step("{\(budget)}", #","changes":[{"replaced":0}]"#),
    step("{\(budget)}", #","changes":[{"added":0}]"#),
    #"{"event":"end","id":"other","end":"finished","tally":{"steps":0,"updates":0,"malformed":0,"retries":0,"usage":{"read":0,"generated":0,"isEstimated":false},"seconds":0}}"#,
    #"{"event":"end","id":"q","end":"finished","tally":{"steps":-1,"updates":0,"malformed":0,"retries":0,"usage":{"read":0,"generated":0,"isEstimated":false},"seconds":0}}"#,
  ]

  @Test(arguments: lines.indices)
  func `throws and never traps`(_ index: Int) throws {
    let scratch = try Scratch()
    let url = scratch.file("traces.jsonl")
    try Data([Self.header, Self.begin, Self.lines[index], ""].joined(separator: "\n").utf8).write(to: url)
    #expect(throws: TraceLogError.self) { try TraceFile(url).traces() }
    #expect(throws: TraceLogError.self) { try TraceLog(url) }
  }

  @Test(arguments: lines.indices)
  func `gives what is whole when it is salvaged`(_ index: Int) throws {
    let scratch = try Scratch()
    let url = scratch.file("traces.jsonl")
    let good = Self.begin.replacing("\"q\"", with: "\"good\"")
    try Data([Self.header, Self.begin, Self.lines[index], good, ""].joined(separator: "\n").utf8).write(to: url)
    var ids: [String] = []
    let losses = try TraceFile(url).forEach(salvage: true) { ids.append($0.question.id) }
    #expect(ids == ["q", "good"])
    #expect(losses.map(\.line) == [3])
  }

  @Test func `says which line is wrong, and what to do`() throws {
    let scratch = try Scratch()
    let url = scratch.file("traces.jsonl")
    try Data("\(Self.header)\n\(Self.begin)\n\(Self.step(#"{"budget":{"tokens":-5,"eviction":"oldest"}}"#))\n".utf8)
      .write(to: url)
    #expect(throws: TraceLogError.malformed(url.path, line: 3, reason: "the budget is -5 tokens")) {
      try TraceFile(url).traces()
    }
  }

  @Test func `that belongs to somebody else is left alone`() throws {
    let scratch = try Scratch()
    let url = scratch.file("letter.txt")
    for text in ["Dear Sir", "Dear Sir,\nyours", #"{"event":"file","format":"other","version":1}"# + "\n"] {
      try Data(text.utf8).write(to: url)
      #expect(throws: TraceLogError.self) { try TraceLog(url) }
      #expect(try String(contentsOf: url, encoding: .utf8) == text)
    }
  }

  @Test func `may not have lines without end`() throws {
    let scratch = try Scratch()
    let url = scratch.file("traces.jsonl")
    try Data((Self.header + "\n" + String(repeating: "x", count: 5000)).utf8).write(to: url)
    #expect(throws: TraceLogError.longLine(url.path, line: 2, limit: 1000)) {
      try TraceFile(url, limits: .init(lineBytes: 1000)).traces()
    }
  }

  @Test func `that is missing is an error that names it`() throws {
    let scratch = try Scratch()
    let url = scratch.file("nowhere/traces.jsonl")
    #expect(throws: TraceLogError.unreadable(url.path, reason: "No such file or directory")) {
      try TraceFile(url).traces()
    }
    #expect(throws: TraceLogError.unwritable(url.path, reason: "No such file or directory")) { try TraceLog(url) }
  }
}
