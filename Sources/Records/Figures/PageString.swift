import Foundation

/// A text of a page. A long one stands in the page once, however many steps and questions show it.
struct PageString: Encodable, Sendable, Hashable {
  var text: String

  init(_ text: String) { self.text = text }

  /// The number of a shared text, or the text itself.
  func encode(to encoder: any Encoder) throws {
    var value = encoder.singleValueContainer()
    if let table = encoder.userInfo[.sharedTexts] as? SharedTexts, let number = table.number(of: text) {
      try value.encode(number)
    } else {
      try value.encode(text)
    }
  }
}

/// The texts that a page has written, by number.
/// An encoder takes only what may cross threads; one thread writes a page, and no other knows its texts.
final class SharedTexts: @unchecked Sendable {
  /// A shorter text takes less room than its sharing is worth.
  static let shortest = 160

  private var numbers: [String: Int] = [:]
  /// Texts with a number that are not yet written, in the order of their numbers.
  private var fresh: [String] = []

  func number(of text: String) -> Int? {
    guard text.utf8.count >= Self.shortest else { return nil }
    if let number = numbers[text] { return number }
    numbers[text] = numbers.count
    fresh.append(text)
    return numbers.count - 1
  }

  func takeFresh() -> [String] {
    defer { fresh = [] }
    return fresh
  }
}

extension CodingUserInfoKey {
  static let sharedTexts = CodingUserInfoKey(rawValue: "sharedTexts")!
}
