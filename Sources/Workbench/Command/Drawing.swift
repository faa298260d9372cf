import Figures
import Foundation
import Palimpsest
import TraceLogs

/// The evolution graph of a trace on disk.
public struct Drawing: Sendable {
  private let dot: String

  /// - Parameters:
  ///   - path: the folder of a run, or a file of traces.
  ///   - id: the question; the first of the file without it.
  /// - Throws: `WorkbenchError` where there is no such file or question.
  public init(of path: String, question id: Question.ID?) throws {
    var isFolder: ObjCBool = false
    guard FileManager.default.fileExists(atPath: path, isDirectory: &isFolder) else {
      throw WorkbenchError.unreadable(path, reason: "there is no such file or folder")
    }
    let url = isFolder.boolValue ? URL(filePath: path).appending(path: "traces.jsonl") : URL(filePath: path)
    guard FileManager.default.fileExists(atPath: url.path) else {
      throw WorkbenchError.notARun(path, reason: "it has no traces.jsonl")
    }
    let file = TraceFile(url)
    let known = try file.standings().keys.sorted()
    guard let wanted = id ?? known.first else { throw WorkbenchError.notARun(path, reason: "it has no traces") }
    guard let (graph, trace) = try file.fold(wanted, from: { EvolutionGraph(of: $0) }, { $0.add($1) }) else {
      throw SettingError.unknownKind(
        of: "question", wanted, nearest: nearest(to: wanted, among: known), known: Array(known.prefix(20)))
    }
    dot = graph.dot(answer: trace.answer?.reply.text, end: trace.end)
  }

  /// - Parameter path: ends in `.svg`, `.png`, `.pdf` or `.dot`.
  public func write(to path: String) async throws {
    let file = URL(filePath: path)
    let known = Graphviz.Format.allCases.map(\.rawValue)
    guard let format = Graphviz.Format(rawValue: file.pathExtension.lowercased()) else {
      throw WorkbenchError.usage("\(path) ends in none of \(known.map { "." + $0 }.joined(separator: ", ")), so its form is unknown")
    }
    try WholeFile.write(format == .dot ? Data(dot.utf8) : await Graphviz.shared.render(dot, as: format), to: file)
  }
}
