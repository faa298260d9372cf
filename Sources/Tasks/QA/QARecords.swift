import Foundation

/// The records of a file, a JSON array or JSON Lines, decoded with errors that say where.
struct QARecords {
  let file: String
  let data: Data

  /// The format the first record's keys speak of.
  func format() throws -> QAFormat {
    let keys = try decoded(as: Keys.self, limit: 1).first?.names ?? []
    if keys.contains("paragraphs"), keys.contains("question") { return .musique }
    if keys.contains("context"), keys.contains("supporting_facts") {
      return keys.contains("evidences") ? .twoWiki : .hotpotqa
    }
    if keys.contains("data") { return .squad }
    throw QAError.unknownFormat(file)
  }

  func squad() throws -> SQuADFile {
    do { return try JSONDecoder().decode(SQuADFile.self, from: data) } catch {
      throw describe(error, record: nil)
    }
  }

  /// - Parameter limit: how many records are wanted of a file of lines; an array is read whole.
  func decoded<Record: Decodable>(as type: Record.Type, limit: Int = .max) throws -> [Record] {
    let decoder = JSONDecoder()
    if data.first(where: { !isWhite($0) }) == UInt8(ascii: "[") {
      do { return try decoder.decode([Record].self, from: data) } catch {
        throw describe(error, record: nil)
      }
    }
    // One object that spans lines, as SQuAD's file is often written, is asked for its keys only.
    if limit == 1, let whole = try? decoder.decode(Record.self, from: data) { return [whole] }
    var records: [Record] = []
    for (number, line) in data.split(separator: UInt8(ascii: "\n")).enumerated() {
      guard records.count < limit else { break }
      guard line.contains(where: { !isWhite($0) }) else { continue }
      do { records.append(try decoder.decode(Record.self, from: line)) } catch {
        throw describe(error, record: number)
      }
    }
    return records
  }

  private func describe(_ error: any Error, record: Int?) -> QAError {
    func malformed(_ path: [any CodingKey], _ reason: String) -> QAError {
      var path = path[...]
      var record = record
      if record == nil, let index = path.first?.intValue {
        record = index
        path = path.dropFirst()
      }
      let key = path.map { $0.intValue.map { "[\($0)]" } ?? ".\($0.stringValue)" }.joined()
      return .malformed(
        file, record: record.map { $0 + 1 }, key: String(key.drop { $0 == "." }), reason: reason)
    }
    switch error {
    case DecodingError.keyNotFound(let key, let context):
      return malformed(context.codingPath + [key], "it is missing")
    case DecodingError.typeMismatch(let type, let context), DecodingError.valueNotFound(let type, let context):
      return malformed(context.codingPath, "it must be \(jsonName(of: type))")
    case DecodingError.dataCorrupted(let context):
      let detail = (context.underlyingError as NSError?)?.userInfo["NSDebugDescription"]
      return malformed(context.codingPath, detail.map { "\($0)" } ?? context.debugDescription)
    default:
      return .malformed(file, record: record, key: "", reason: "\(error)")
    }
  }

  private func jsonName(of type: any Any.Type) -> String {
    switch type {
    case is String.Type: "a string"
    case is Int.Type, is Double.Type: "a number"
    case is Bool.Type: "true or false"
    case is any Collection.Type: "an array"
    default: "an object"
    }
  }
}

private func isWhite(_ byte: UInt8) -> Bool {
  byte == 32 || (9...13).contains(byte) || [0xEF, 0xBB, 0xBF].contains(byte)
}

/// The keys of an object, whatever stands behind them.
private struct Keys: Decodable {
  struct Key: CodingKey {
    var stringValue: String
    var intValue: Int? { nil }
    init(stringValue: String) { self.stringValue = stringValue }
    init?(intValue: Int) { nil }
  }

  var names: Set<String>

  init(from decoder: any Decoder) throws {
    names = Set(try decoder.container(keyedBy: Key.self).allKeys.map(\.stringValue))
  }
}
