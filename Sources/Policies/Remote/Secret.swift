import Foundation

/// A key, or another value of a header. It is used only in the header of a request, and never shown: not in
/// descriptions, dumps, or the echoes of an endpoint.
struct Secret: Sendable, CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
  private let value: String

  /// The value of `Authorization` for a key.
  var authorization: String { "Bearer \(value)" }
  /// What a header of its own says.
  var header: String { value }

  var description: String { "(key)" }
  var debugDescription: String { "(key)" }
  var customMirror: Mirror { Mirror(self, children: [:]) }

  /// - Parameter isKey: whether it is one word, as keys are.
  /// - Throws: `RemoteError.key` where no header can carry the text.
  init(_ text: String, from place: String, isKey: Bool = true) throws(RemoteError) {
    let trimmed = text.trimmingCharacters(in: .whitespacesAndNewlines)
    guard !trimmed.isEmpty else {
      throw .key(place, why: "it is empty", remedy: "put the key there, and nothing else")
    }
    let least: UInt8 = isKey ? 0x21 : 0x20
    guard trimmed.utf8.count <= 8192, trimmed.utf8.allSatisfy({ (least...0x7e).contains($0) }) else {
      throw .key(
        place, why: "it holds white space, control characters or letters that no header can carry",
        remedy: "put the key there, on one line, and nothing else")
    }
    value = trimmed
  }

  /// A text without the key, and without any 12 characters of it in a row: so it is found also where
  /// a body escapes, encodes or cuts some of it. Its form in base 64 is treated likewise.
  ///
  /// Keys below 8 characters (`none`, `EMPTY`) are place holders: taking them out would change
  /// ordinary text.
  func scrubbing(_ text: String) -> String {
    guard value.utf8.count >= 8 else { return text }
    let bytes = Array(text.utf8)
    let isKey = marks(in: bytes)
    guard isKey.contains(true) else { return text }
    var kept: [UInt8] = []
    for index in bytes.indices {
      if !isKey[index] {
        kept.append(bytes[index])
      } else if index == 0 || !isKey[index - 1] {
        kept += Array("[key]".utf8)
      }
    }
    return String(decoding: kept, as: UTF8.self)
  }

  /// Which bytes belong to a piece of the key.
  private func marks(in bytes: [UInt8]) -> [Bool] {
    var isKey = [Bool](repeating: false, count: bytes.count)
    for form in [Array(value.utf8), Array(Data(value.utf8).base64EncodedString().utf8)] {
      let width = min(12, form.count)
      let pieces = Set((0...(form.count - width)).map { form[$0..<($0 + width)] })
      var canBegin = [Bool](repeating: false, count: 256)
      for piece in pieces { canBegin[Int(piece[piece.startIndex])] = true }
      var start = 0
      while start + width <= bytes.count {
        if canBegin[Int(bytes[start])], pieces.contains(bytes[start..<(start + width)]) {
          for index in start..<(start + width) { isKey[index] = true }
        }
        start += 1
      }
    }
    return isKey
  }
}
