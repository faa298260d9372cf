import Basics
import Figures
import Foundation
import Palimpsest
import Runs
import Settings
import TensorLogs
import Terminal
import TraceLogs

/// What a file of traces tells, as a picture of one question or as a page of several.
public struct Drawing: Sendable {
  /// How many questions a page shows.
  public static let mostQuestions = TracePage.mostQuestions

  private let file: TraceFile
  /// The run the file belongs to, where it lies in the folder of one.
  private let folder: URL
  /// The questions of the file in its order, or the one that is wanted.
  private let questions: [Question.ID]

  /// - Parameters:
  ///   - path: the folder of a run, or a file of traces.
  ///   - id: the question. Without it a picture is of the first of the file, a page of the first
  ///     `TracePage.mostQuestions`.
  /// - Throws: `RunError` where there is no such file or question.
  public init(of path: String, question id: Question.ID?) throws {
    var isFolder: ObjCBool = false
    guard FileManager.default.fileExists(atPath: path, isDirectory: &isFolder) else {
      throw RunError.unreadable(path, reason: "there is no such file or folder")
    }
    let url = isFolder.boolValue ? URL(filePath: path).appending(path: "traces.jsonl") : URL(filePath: path)
    guard FileManager.default.fileExists(atPath: url.path) else {
      throw RunError.notARun(path, reason: "it has no traces.jsonl")
    }
    file = TraceFile(url, tensors: HDF5Tensors(beside: url))
    folder = url.deletingLastPathComponent()
    let known = try file.questions()
    if let id, !known.contains(id) {
      throw SettingError.unknownKind(
        of: "question", id, nearest: nearest(to: id, among: known), known: Array(known.prefix(20)))
    }
    questions = id.map { [$0] } ?? known
    guard !questions.isEmpty else { throw RunError.notARun(path, reason: "it has no traces") }
  }

  /// - Parameter path: ends in `.svg`, `.png`, `.pdf`, `.dot` or `.html`.
  public func write(to path: String) async throws {
    let target = URL(filePath: path)
    let form = target.pathExtension.lowercased()
    if form == "html" { return try await page().write(to: target) }
    let known = Graphviz.Format.allCases.map(\.rawValue) + ["html"]
    guard let format = Graphviz.Format(rawValue: form) else {
      let forms = known.map { "." + $0 }.joined(separator: ", ")
      throw RunError.usage("\(path) ends in none of \(forms), so its form is unknown")
    }
    guard let (graph, trace) = try file.fold(questions[0], from: { EvolutionGraph(of: $0) }, { $0.add($1) }) else {
      throw RunError.notARun(file.url.path, reason: "it has no trace of \(questions[0])")
    }
    let dot = graph.dot(answer: trace.answer?.reply.text, end: trace.end)
    try WholeFile.write(format == .dot ? Data(dot.utf8) : await Graphviz.shared.render(dot, as: format), to: target)
  }

  private func page() async throws -> TracePage {
    let shown = Array(questions.prefix(TracePage.mostQuestions))
    let run = folder.standardizedFileURL
    return try await TracePage(
      "\(run.deletingLastPathComponent().lastPathComponent) · \(run.lastPathComponent)", of: file, shown,
      known: Shelved.questions(of: folder, shown), verdicts: folder.appending(path: "verdicts.jsonl"))
  }
}
