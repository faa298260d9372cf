import JSON

/// The records of a file, a JSON array or JSON Lines, one after the other.
struct QARecords {
  let file: DataFile

  /// The format the first record's keys speak of.
  ///
  /// - Throws: `QAError.unknownFormat`; `.malformed` where the file stops being JSON before the first record ends.
  func format() throws -> QAFormat {
    let keys = try file.read { reader in
      if reader.kind == .list {
        // Only the first record is looked at; a list may have gigabytes behind it.
        do {
          try reader.elements { reader in throw FirstRecord(keys: try Self.keys(&reader)) }
        } catch let first as FirstRecord { return first.keys }
        return []
      }
      return reader.kind == nil && reader.isAtEnd ? [] : try Self.keys(&reader)
    }
    if keys.contains("paragraphs"), keys.contains("question") { return .musique }
    if keys.contains("context"), keys.contains("supporting_facts") {
      return keys.contains("evidences") ? .twoWiki : .hotpotqa
    }
    if keys.contains("data") { return .squad }
    throw QAError.unknownFormat(file.path)
  }

  private struct FirstRecord: Error { var keys: Set<String> }

  private static func keys(_ reader: inout JSONReader) throws -> Set<String> {
    var keys: Set<String> = []
    try reader.object(of: RecordField(record: 1)) { _, key, _ in
      keys.insert(key)
      return false
    }
    return keys
  }

  /// Reads every record of an array or of lines, and nothing besides.
  func forEach(_ record: (inout JSONReader, RecordField) throws -> Void) throws {
    try file.read { reader in
      var number = 0
      func next(_ reader: inout JSONReader) throws {
        number += 1
        try record(&reader, RecordField(record: number))
      }
      if reader.kind == .list {
        try reader.elements { try next(&$0) }
        try reader.end()
      } else {
        while !reader.isAtEnd { try next(&reader) }
      }
    }
  }

  /// Reads the file as one object.
  func whole(_ object: (inout JSONReader, RecordField) throws -> Void) throws {
    try file.read { reader in
      try object(&reader, RecordField())
      try reader.end()
    }
  }
}
