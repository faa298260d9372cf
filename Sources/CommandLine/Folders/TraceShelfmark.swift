import Figures
import Foundation
import Palimpsest
import Runs
import Settings
import TensorLogs
import Terminal
import TraceLogs

/// Where traces lie: the folder of a run, or a file of traces.
struct TraceShelfmark {
  let file: TraceFile
  /// The folder the file lies in, which may be that of a run.
  let folder: URL
  private let path: String

  /// - Throws: `RunError` where there is no such file.
  init(_ path: String) throws {
    var isFolder: ObjCBool = false
    guard FileManager.default.fileExists(atPath: path, isDirectory: &isFolder) else {
      throw RunError.unreadable(path, reason: "there is no such file or folder")
    }
    let url = isFolder.boolValue ? URL(filePath: path).appending(path: "traces.jsonl") : URL(filePath: path)
    guard FileManager.default.fileExists(atPath: url.path) else {
      throw RunError.notARun(path, reason: "it has no traces.jsonl")
    }
    self.path = path
    file = TraceFile(url, tensors: HDF5Tensors(beside: url))
    folder = url.deletingLastPathComponent()
  }

  /// The verdicts of the run; there need not be such a file.
  var verdicts: URL { folder.appending(path: "verdicts.jsonl") }

  /// - Parameter wanted: ids of questions; none means all of the file, in its order.
  /// - Throws: `SettingError.unknownKind` with the nearest id; `RunError.notARun` where the file has no traces.
  func questions(_ wanted: [Question.ID]) throws -> [Question.ID] {
    let known = try file.questions()
    for id in wanted where !known.contains(id) {
      throw SettingError.unknownKind(
        of: "question", id, nearest: nearest(to: id, among: known), known: Array(known.prefix(20)))
    }
    guard !known.isEmpty else { throw RunError.notARun(path, reason: "it has no traces") }
    return wanted.isEmpty ? known : wanted
  }

  /// The page about some questions.
  func page(about questions: [Question.ID]) async throws -> TracePage {
    let run = folder.standardizedFileURL
    var page = try await TracePage(
      "\(run.deletingLastPathComponent().lastPathComponent) · \(run.lastPathComponent)", of: file, questions,
      known: Shelved.questions(of: folder, questions), verdicts: verdicts, run: folder)
    page.omittedQuestions = try file.questions().count - questions.count
    return page
  }
}
