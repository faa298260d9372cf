import Foundation
import Support
import Testing
import TinyModel

/// The experiment with a real model, here with one of random weights.
@Suite struct `A small model` {
  /// Two tasks by eight arms, with a model and a file of the tests' own.
  static let toy: [String] = {
    let folder = FileManager.default.temporaryDirectory.appending(path: "palimpsest-smallmodel-\(getpid())")
    let file = folder.appending(path: "hotpotqa.json")
    let item = """
      {"_id": "a", "question": "Who wrote the letter?", "answer": "Ina Holm", "type": "bridge", "level": "easy",
       "supporting_facts": [["Letter", 0]],
       "context": [["Letter", ["The letter was written by Ina Holm."]], ["Lake", ["The lake is deep."]]]}
      """
    do {
      try TinyModel.write(to: folder, contextLength: 8192)
      try Data("[\(item)]".utf8).write(to: file)
    } catch {
      Issue.record(error)
    }
    return [
      "--limit", "1", "--set", "weights=\(folder.path)", "--set", "hotpotqa=\(file.path)", "--set",
      "task=[{kind: needle, tokens: 256, count: 1}, {kind: qa}]",
    ]
  }()

  @Test func `that is not there is asked for before anything is read`() throws {
    let scratch = try Scratch()
    let output = try Output(of: "smallmodel", ["--out", scratch.url.path, "--set", "weights=nowhere.gguf"])
    #expect(output.code == 2)
    #expect(output.errors.contains("nowhere.gguf") && output.errors.contains("make model"), "\(output.errors)")
    #expect(!FileManager.default.fileExists(atPath: scratch.file("smallmodel").path))
  }

  @Test func `whose questions are not there says how to leave them out`() throws {
    let scratch = try Scratch()
    let output = try Output(of: "smallmodel", Self.toy + ["--out", scratch.url.path, "--set", "hotpotqa=none.json"])
    #expect(output.code == 2)
    #expect(output.errors.contains("none.json") && output.errors.contains("task.kind=needle"), "\(output.errors)")
  }
}
