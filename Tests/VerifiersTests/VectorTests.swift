import Foundation
import Support
import Testing
import Verifiers

@Suite struct `The vectors` {
  @Test(.enabled(if: SharedData.isPresent, "the shared data is not here"))
  func `of the original metrics all pass`() throws {
    let path = try #require(SharedData.file("verifier-vectors.json")).path
    let report = try VectorSuite(contentsOf: path).run()
    for failure in report.failures { Issue.record("\(failure)") }
    #expect(report.summary == "234 passed, 0 failed")
  }

  @Test func `that differ are named with what was found`() throws {
    let report = try suite(
      #"""
      {"id": "a", "metric": "squad1.f1", "input": {"prediction": "x", "golds": ["x"]}, "expected": 0.5},
      {"id": "b", "metric": "squad1.f1", "input": {"prediction": "x", "golds": ["x"]}, "expected": true},
      {"id": "c", "metric": "squad1.f1", "input": {"prediction": "x", "golds": []}, "raises": "ValueError"},
      {"id": "d", "metric": "squad1.f1", "input": {"prediction": "x", "golds": ["x"]}, "raises": "ValueError"},
      {"id": "e", "metric": "squad1.f2", "input": {}, "expected": 1},
      {"id": "f", "metric": "squad1.f1", "input": {"prediction": 3}, "expected": 1},
      {"id": "g", "metric": "memagent.extract_boxed", "input": {"text": "none"}, "expected": null}
      """#
    ).run()
    #expect(report.passed == 3)
    #expect(report.failures.map(\.id) == ["a", "d", "e", "f"])
    #expect(report.failures[0].description == "a squad1.f1: expected 0.5, found 1")
    #expect(report.failures[2].found.contains("did you mean squad1.f1"))
  }

  @Test(arguments: [
    "", "[]", "{", #"{"format": "other", "version": 1, "cases": []}"#,
    #"{"format": "palimpsest-verifier-vectors", "version": 2, "cases": []}"#,
    #"{"format": "palimpsest-verifier-vectors", "version": 1, "cases": [{"id": 3}]}"#,
    String(repeating: "[", count: 100_000),
  ])
  func `in no such file are refused`(_ content: String) throws {
    #expect(throws: VectorError.self) { try file(content) }
  }

  @Test func `in a file that is missing are refused`() {
    #expect(throws: VectorError.self) { try VectorSuite(contentsOf: "/nowhere") }
    #expect(throws: VectorError.self) { try VectorSuite(contentsOf: NSTemporaryDirectory()) }
  }

  private func suite(_ cases: String) throws -> VectorSuite {
    try file(#"{"format": "palimpsest-verifier-vectors", "version": 1, "cases": [\#(cases)]}"#)
  }

  private func file(_ content: String) throws -> VectorSuite {
    let path = NSTemporaryDirectory() + "/palimpsest-\(UUID().uuidString).json"
    try Data(content.utf8).write(to: URL(filePath: path))
    defer { try? FileManager.default.removeItem(atPath: path) }
    return try VectorSuite(contentsOf: path)
  }
}
