import Palimpsest

/// Files one after the other as one text, with a blank line between them, so that the last word of
/// one and the first of the next stay two.
///
/// A stream has no known length, so it can only stand last.
public struct JoinedText: TextSource {
  private let files: [FileText]
  private let last: StandardInputText?
  /// Where each file begins in the text, and, after them, where the stream begins.
  private let starts: [Int]

  private static let separator: [UInt8] = Array("\n\n".utf8)

  /// Empty files are left out; `last` is read behind all of them.
  public init(_ files: [FileText], then last: StandardInputText? = nil) {
    self.files = files.filter { $0.count > 0 }
    self.last = last
    var starts = [0]
    for file in self.files { starts.append(starts[starts.count - 1] + file.count + Self.separator.count) }
    self.starts = starts
  }

  /// A piece never reaches over the border of two files.
  public func piece(from offset: Int) async throws -> [UInt8]? {
    let index = starts.lastIndex { $0 <= offset } ?? 0
    guard index < files.count else {
      return try await last?.piece(from: offset - starts[index])
    }
    let isLast = index == files.count - 1 && last == nil
    let place = offset - starts[index]
    if let piece = try files[index].piece(from: place) { return piece }
    let gap = place - files[index].count
    return isLast || gap >= Self.separator.count ? nil : Array(Self.separator[gap...])
  }
}
