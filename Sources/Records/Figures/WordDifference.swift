/// The difference of two texts, word by word.
enum WordDifference {
  enum Piece: Equatable {
    case kept(String)
    case added(String)
    case removed(String)

    var text: String {
      switch self {
      case .kept(let text), .added(let text), .removed(let text): text
      }
    }
  }

  /// Words that are compared at most; a longer text is compared up to there.
  static let limit = 1500

  /// Runs of words that were kept, added or removed, in reading order.
  static func pieces(from old: String, to new: String) -> [Piece] {
    let before = words(old)
    let after = words(new)
    let difference = after.difference(from: before)
    var removed = Set<Int>()
    var added = Set<Int>()
    for change in difference {
      switch change {
      case .remove(let offset, _, _): removed.insert(offset)
      case .insert(let offset, _, _): added.insert(offset)
      }
    }

    var pieces: [Piece] = []
    func add(_ piece: Piece) {
      switch (pieces.last, piece) {
      case (.kept(let text)?, .kept(let word)): pieces[pieces.count - 1] = .kept(text + " " + word)
      case (.added(let text)?, .added(let word)): pieces[pieces.count - 1] = .added(text + " " + word)
      case (.removed(let text)?, .removed(let word)): pieces[pieces.count - 1] = .removed(text + " " + word)
      default: pieces.append(piece)
      }
    }
    var (i, j) = (0, 0)
    while i < before.count || j < after.count {
      if i < before.count, removed.contains(i) {
        add(.removed(before[i]))
        i += 1
      } else if j < after.count, added.contains(j) {
        add(.added(after[j]))
        j += 1
      } else {
        if j < after.count { add(.kept(after[j])) }
        i += 1
        j += 1
      }
    }
    return pieces
  }

  /// Only the new words, with … where old words stand between.
  static func news(from old: String, to new: String) -> String {
    pieces(from: old, to: new).compactMap { if case .added(let text) = $0 { text } else { nil } }
      .joined(separator: " … ")
  }

  private static func words(_ text: String) -> [String] {
    text.split(maxSplits: limit, whereSeparator: \.isWhitespace).prefix(limit).map(String.init)
  }
}
