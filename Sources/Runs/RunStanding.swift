import Foundation
import Palimpsest

/// How far a run on disk is.
public enum RunStanding: Sendable, Hashable {
  case notBegun
  /// So many of its questions are through.
  case begun(questions: Int)
  /// With its questions; nil for a training, which judges none.
  case complete(n: Int?, failed: Int)

  /// Looks into the folder of a run, and takes no lock: another process may be writing there.
  public init(of folder: URL) {
    func stands(_ name: String) -> Bool {
      FileManager.default.fileExists(atPath: folder.appending(path: name).path)
    }
    if let data = try? Data(contentsOf: folder.appending(path: "summary.json")),
      let summary = try? JSONDecoder().decode(Summary.self, from: data)
    {
      self = .complete(n: summary.n, failed: summary.failed)
    } else if stands("marks.jsonl") {
      self = .complete(n: nil, failed: 0)
    } else if let traces = try? Data(contentsOf: folder.appending(path: "traces.jsonl"), options: .alwaysMapped) {
      self = .begun(questions: Self.ends(in: traces))
    } else {
      self = stands("settings.yaml") ? .begun(questions: 0) : .notBegun
    }
  }

  /// Whether nothing is left to be done.
  public var isComplete: Bool { if case .complete = self { true } else { false } }

  /// What is there, and what is not.
  public var words: String {
    switch self {
    case .notBegun: "not begun"
    case .begun(let questions): "not complete, \(questions) question\(questions == 1 ? "" : "s") through"
    case .complete(nil, _): "complete"
    case .complete(let n?, let failed): "complete, \(n) question\(n == 1 ? "" : "s"), \(failed) failed"
    }
  }

  /// Lines that begin as the end of a question does.
  private static func ends(in traces: Data) -> Int {
    let mark = Array(#"{"event":"end""#.utf8)
    return traces.withUnsafeBytes { bytes in
      var (count, start) = (0, 0)
      while start + mark.count <= bytes.count {
        if bytes[start..<(start + mark.count)].elementsEqual(mark) { count += 1 }
        guard let line = memchr(bytes.baseAddress! + start, 10, bytes.count - start) else { break }
        start = UnsafeRawPointer(line) - bytes.baseAddress! + 1
      }
      return count
    }
  }
}
