import Foundation

/// A value that is to be written as JSON.
public indirect enum JSONValue: Sendable, Hashable {
  case null
  case bool(Bool)
  case whole(Int)
  case real(Double)
  case text(String)
  case list([JSONValue])
  case table([String: JSONValue])

  /// The value over several lines, keys in order, a line's end at its end: the same bytes every time.
  ///
  /// - Throws: where a number is not finite.
  public func written() throws -> [UInt8] {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .prettyPrinted, .withoutEscapingSlashes]
    return Array(try encoder.encode(self)) + Array("\n".utf8)
  }
}

extension JSONValue: Encodable {
  /// As plain JSON, without names of cases.
  public func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    switch self {
    case .null: try container.encodeNil()
    case .bool(let value): try container.encode(value)
    case .whole(let value): try container.encode(value)
    case .real(let value):
      if let whole = Int(exactly: value) { try container.encode(whole) } else { try container.encode(value) }
    case .text(let text): try container.encode(text)
    case .list(let list): try container.encode(list)
    case .table(let table): try container.encode(table)
    }
  }
}
