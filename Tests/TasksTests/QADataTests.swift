import Foundation
import Palimpsest
import Support
import Tasks
import Testing

/// The shipped data, with the evidence worked out a second time from the files' own keys.
@Suite(.enabled(if: SharedData.isPresent, "the shared data are not beside this checkout"))
struct `The qa task on real data` {
  @Test(arguments: [0, 10, 50], ["hotpotqa/hotpotqa-subset.json", "2wikimultihop/2wiki-subset.json"])
  func `points at every supporting sentence`(documents: Int, path: String) throws {
    let file = try #require(SharedData.file(path))
    let records = try #require(try JSONSerialization.jsonObject(with: Data(contentsOf: file)) as? [[String: Any]])
    var expected: [String: Set<String>] = [:]
    for record in records {
      let context = try #require(record["context"] as? [[Any]])
      for fact in try #require(record["supporting_facts"] as? [[Any]]) {
        let title = try #require(fact[0] as? String)
        let paragraph = try #require(context.first { $0[0] as? String == title })
        let index = try #require(fact[1] as? Int)
        let sentence = try #require(paragraph[1] as? [String])[index]
        expected[try #require(record["_id"] as? String), default: []]
          .insert(sentence.trimmingCharacters(in: .whitespacesAndNewlines))
      }
    }

    let items = Array(try QATask(.init(file: file.path, documents: documents)).questions(seed: 3))
    #expect(items.count == records.count)
    for item in items {
      #expect(Set(evidence(of: item)) == expected[item.id], "\(item.id)")
      if documents > 0 { #expect(titles(of: item).count <= documents && item.traits["documents"] == "\(documents)") }
    }
  }

  @Test func `points at every supporting paragraph of MuSiQue`() throws {
    let file = try #require(SharedData.file("musique/musique-ans-subset.jsonl"))
    let items = Array(try QATask(.init(file: file.path, documents: 30)).questions(seed: 3))
    #expect(items.count == 160)
    let lines = try String(contentsOf: file, encoding: .utf8).split(separator: "\n")
    for (item, line) in zip(items, lines) {
      let record = try #require(try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any])
      let paragraphs = try #require(record["paragraphs"] as? [[String: Any]])
      let supporting = paragraphs.filter { $0["is_supporting"] as? Bool == true }
        .compactMap { ($0["paragraph_text"] as? String)?.trimmingCharacters(in: .whitespacesAndNewlines) }
      #expect(Set(evidence(of: item)) == Set(supporting), "\(item.id)")
      #expect(item.traits["hops"] == record["id"].flatMap { "\($0)".first }.map(String.init))
    }
  }

  @Test func `reads all of SQuAD, and every paragraph holds an accepted answer`() throws {
    let file = try #require(SharedData.file("squad/squad-dev-v1.1.json"))
    var count = 0
    var clusters: Set<String> = []
    for item in try QATask(.init(file: file.path)).questions(seed: 1) {
      count += 1
      clusters.insert(item.cluster)
      let proof = try #require(evidence(of: item).first)
      #expect(item.answers.contains { proof.contains($0) }, "\(item.id)")
    }
    #expect(count == 10_570)
    #expect(clusters.count == 48)
  }

  @Test func `samples SQuAD by the seed`() throws {
    let file = try #require(SharedData.file("squad/squad-dev-v1.1.json"))
    func ids(seed: UInt64, limit: Int) throws -> [String] {
      try QATask(.init(file: file.path, limit: limit)).questions(seed: seed).map(\.id)
    }
    #expect(try ids(seed: 1, limit: 40) == ids(seed: 1, limit: 40))
    #expect(try ids(seed: 1, limit: 40) != ids(seed: 2, limit: 40))
    #expect(Set(try ids(seed: 1, limit: 20)).isSubset(of: try ids(seed: 1, limit: 40)))
  }

  @Test func `says how many documents exist when more are wanted`() throws {
    let file = try #require(SharedData.file("2wikimultihop/2wiki-subset.json"))
    #expect(throws: QAError.self) { try QATask(.init(file: file.path, documents: 5_000)).questions(seed: 1) }
  }
}

// MARK: what a question's text says

func text(of question: Question) -> String {
  guard case .text(let source as StringText) = question.source else { return "" }
  return String(decoding: source.bytes, as: UTF8.self)
}

func evidence(of question: Question) -> [String] {
  let bytes = Array(text(of: question).utf8)
  return question.evidence.map { String(decoding: bytes[$0], as: UTF8.self) }
}

/// The line behind each `Document i:`.
func titles(of question: Question) -> Set<Substring> {
  let lines = text(of: question).split(separator: "\n", omittingEmptySubsequences: false)
  return Set(lines.indices.dropLast().filter { lines[$0].starts(with: "Document ") }.map { lines[$0 + 1] })
}
