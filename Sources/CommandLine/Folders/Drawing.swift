import Basics
import Figures
import Foundation
import Palimpsest
import Runs
import Settings
import Terminal
import TraceLogs

/// What a file of traces tells, as a picture of one question.
public struct Drawing: Sendable {
  private let shelf: TraceShelfmark
  private let question: Question.ID

  /// - Parameters:
  ///   - path: the folder of a run, or a file of traces.
  ///   - id: the question; without it the first of the file.
  /// - Throws: `RunError` where there is no such file or question.
  public init(of path: String, question id: Question.ID?) throws {
    shelf = try TraceShelfmark(path)
    question = try shelf.questions(id.map { [$0] } ?? [])[0]
  }

  /// - Parameter path: ends in `.svg`, `.png`, `.pdf` or `.dot`.
  public func write(to path: String) async throws {
    let target = URL(filePath: path)
    let form = target.pathExtension.lowercased()
    guard let format = Graphviz.Format(rawValue: form) else {
      let forms = Graphviz.Format.allCases.map { "." + $0.rawValue }.joined(separator: ", ")
      throw RunError.usage(
        "\(path) ends in none of \(forms), so its form is unknown"
          + (form == "html" ? "; a page is written by palimpsest view" : ""))
    }
    let file = shelf.file
    guard let (graph, trace) = try file.fold(question, from: { EvolutionGraph(of: $0) }, { $0.add($1) }) else {
      throw RunError.notARun(file.url.path, reason: "it has no trace of \(question)")
    }
    let dot = graph.dot(answer: trace.answer?.reply.text, end: trace.end)
    try WholeFile.write(format == .dot ? Data(dot.utf8) : await Graphviz.shared.render(dot, as: format), to: target)
  }
}
