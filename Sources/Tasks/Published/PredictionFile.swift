import Foundation
import JSON
import Palimpsest

/// Replies of another program to a benchmark's questions, with their golds, as that program wrote them.
///
/// Two forms are known by their keys. RULER's predictions, `index`, `pred`, `input`, `outputs`, a line each, of which the
/// file's name is the task (`vt.jsonl`). And the output of MemAgent's evaluation, `response` with `answers` (RULER-HQA) or
/// with a list `answer` (other tasks of RULER); its scores `judge_f1`, `judge_em`, `judge_sub_em` are read as well.
public struct PredictionFile: Sendable {
  /// Who wrote a file.
  public enum Form: String, Sendable, CaseIterable { case ruler, memagent }

  /// One reply.
  public struct Row: Sendable, Equatable {
    /// Questions of one key are the same question, asked several times.
    public var question: String
    /// The reply as it came.
    public var reply: String
    /// Accepted answers, in the file's order.
    public var golds: [String]
    /// What the program took for the answer; nil where it says nothing.
    public var prediction: String?
    /// The program's own scores by name, `f1`, `em`, `sub_em`.
    public var judged: [String: Double]
  }

  /// The path as it was given.
  public let path: String
  /// Who wrote it.
  public let form: Form
  /// In the order of the file.
  public let rows: [Row]

  /// The file's name without its ending: RULER's task.
  public var name: String { URL(filePath: path).deletingPathExtension().lastPathComponent }

  /// - Throws: `QAError` with line, record and key where the file is neither of the two.
  public init(_ path: String) throws {
    self.path = path
    let file = try DataFile(path)
    var form: Form?
    var rows: [Row] = []
    try QARecords(file: file).forEach { reader, field in
      let start = reader.begin
      let record = try Record(&reader, field, of: file)
      let own = record.response != nil ? Form.memagent : .ruler
      if let form, form != own {
        throw RecordFault(
          byte: start, field: field, expected: "a record of \(form.rawValue) as those before",
          found: "one of \(own.rawValue)")
      }
      form = own
      rows.append(
        try own == .ruler ? record.rulerRow(field, of: start) : record.memAgentRow(rows.count, field, of: start))
    }
    guard let form else { throw QAError.noRecords(path, split: "", known: []) }
    self.form = form
    self.rows = rows
  }

  private struct Record {
    var index, id, pred, response: String?
    var outputs, answers, answer: [String]?
    var judged: [String: Double] = [:]

    init(_ reader: inout JSONReader, _ record: RecordField, of file: DataFile) throws {
      var fields = Record()
      try reader.object(of: record) { reader, key, field in
        switch key {
        case "index": fields.index = try reader.optional { try file.written(&$0, field) }
        case "_id": fields.id = try reader.optional { try file.written(&$0, field) }
        case "pred": fields.pred = try reader.optional { try $0.string(of: field) }
        case "response": fields.response = try reader.string(of: field)
        case "outputs": fields.outputs = try file.allWritten(&reader, field)
        case "answers": fields.answers = try file.allWritten(&reader, field)
        case "answer": fields.answer = try file.allWritten(&reader, field)
        case "judge_f1", "judge_em", "judge_sub_em":
          let begin = reader.begin
          guard reader.kind == .number, let score = Double(try file.written(&reader, field)), score.isFinite else {
            throw RecordFault(byte: begin, field: field, expected: "a number", found: "something else")
          }
          fields.judged[String(key.dropFirst("judge_".count))] = score
        default: return false
        }
        return true
      }
      self = fields
    }

    private init() {}

    private func golds(_ golds: [String], _ field: RecordField, of byte: Int) throws -> [String] {
      guard !golds.isEmpty else {
        throw RecordFault(byte: byte, field: field, expected: "at least one accepted answer", found: "none")
      }
      return golds
    }

    func rulerRow(_ record: RecordField, of byte: Int) throws -> Row {
      let golds = try golds(needed(outputs, record.at("outputs"), of: byte), record.at("outputs"), of: byte)
      let reply = try needed(pred, record.at("pred"), of: byte)
      // RULER overwrites the index of needles by an offset, which several samples may share: rows are told by place.
      return Row(question: "", reply: reply, golds: golds, prediction: nil, judged: [:])
    }

    func memAgentRow(_ place: Int, _ record: RecordField, of byte: Int) throws -> Row {
      let given = answers ?? answer
      let golds = try golds(needed(given, record.at("answers"), of: byte), record.at("answers"), of: byte)
      let question = answers != nil ? index ?? id : id
      return Row(
        question: question ?? "", reply: response ?? "", golds: golds, prediction: pred, judged: judged)
    }
  }

  /// Whether all golds are wanted in a reply, and not any: by the file's name, as RULER decides, or for MemAgent's
  /// output by its form.
  public var wantsAll: Bool {
    if form == .ruler { return !(RulerKind(rawValue: name)?.needsAnyGold ?? name.hasPrefix("qa")) }
    return !rows.contains { $0.judged["f1"] != nil }
  }
}
