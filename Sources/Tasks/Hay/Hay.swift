import Palimpsest

/// Filler of any length: units (lines or sentences, separators included) that are made when they
/// are asked for, in any order. What stays in memory is one number for every 64 units.
struct Hay: Sendable {
  let count: Int
  /// The bytes of a unit; the same ones whenever it is asked for.
  let unit: @Sendable (Int) -> [UInt8]
  /// Where every 64th unit begins.
  private let marks: [Int]
  private let end: Int

  static let stride = 64

  /// As many units as fit.
  ///
  /// - Parameter tokens: the budget, counted unit by unit.
  init(tokens: Int, by tokenizer: any Tokenizer, unit: @escaping @Sendable (Int) -> [UInt8]) {
    var left = tokens
    var count = 0
    var end = 0
    var marks: [Int] = []
    while true {
      let bytes = unit(count)
      left -= tokenizer.count(unit: bytes)
      if left < 0 { break }
      if count % Self.stride == 0 { marks.append(end) }
      end += bytes.count
      count += 1
    }
    self.count = count
    self.unit = unit
    self.marks = marks
    self.end = end
  }

  /// So many units.
  private init(count: Int, unit: @escaping @Sendable (Int) -> [UInt8]) {
    var end = 0
    var marks: [Int] = []
    for index in 0..<count {
      if index % Self.stride == 0 { marks.append(end) }
      end += unit(index).count
    }
    self.count = count
    self.unit = unit
    self.marks = marks
    self.end = end
  }

  /// As many units as make the whole text, with what is put between them, fit exactly: the text has
  /// at most so many tokens, and with one unit more it would have more.
  func fitted(to tokens: Int, by tokenizer: any Tokenizer, text: (Hay) -> InsertedText) -> Hay {
    // Unit by unit the count is right to some per cent, so no size far below is ever wanted.
    let least = max(1, count - count / 10 - 4)
    let size = largestSize(within: tokens, from: least, hint: count) { size in
      var counter = TokenCounter(tokenizer)
      let text = text(Hay(count: size, unit: unit))
      var offset = 0
      while let piece = text.piece(from: offset) {
        counter.append(piece)
        offset += piece.count
      }
      return counter.total()
    }
    return size == count ? self : Hay(count: size ?? least, unit: unit)
  }

  /// Where a unit begins in the hay; the end for the unit behind the last.
  func offset(of unit: Int) -> Int {
    guard unit < count else { return end }
    let mark = unit / Self.stride
    return (mark * Self.stride..<unit).reduce(marks[mark]) { $0 + self.unit($1).count }
  }

  /// Where the units that have a mark begin.
  var marked: [Int] { marks }
}

/// A hay with sentences put between its units: the text of a needle or ledger item, never held.
struct InsertedText: TextSource {
  struct Insertion: Sendable {
    /// The unit it stands before.
    var unit: Int
    var bytes: [UInt8]

    init(before unit: Int, _ text: String) {
      self.unit = unit
      bytes = Array(text.utf8)
    }
  }

  private let hay: Hay
  private let insertions: [Insertion]
  /// Bytes of all insertions before each one, and of all.
  private let sums: [Int]
  /// Where every 64th unit of the hay begins in the text, insertions before it counted.
  private let marks: [Int]

  /// - Parameter insertions: in order of their units; those before one unit keep their order.
  init(_ hay: Hay, inserting insertions: [Insertion]) {
    self.hay = hay
    self.insertions = insertions
    sums = insertions.reduce(into: [0]) { $0.append($0[$0.count - 1] + $1.bytes.count) }
    var marks = hay.marked
    for (index, mark) in marks.enumerated() {
      let before = insertions.partitioningIndex { $0.unit >= index * Hay.stride }
      marks[index] = mark + sums[before]
    }
    self.marks = marks
  }

  /// The range of an insertion, without the white space at its end.
  func range(of index: Int) -> Range<Int> {
    let insertion = insertions[index]
    let start = hay.offset(of: insertion.unit) + sums[index]
    let blanks = insertion.bytes.reversed().prefix { $0 == 0x20 || $0 == 0x0A }.count
    return start..<(start + insertion.bytes.count - blanks)
  }

  /// Bytes of the text.
  var count: Int { hay.offset(of: hay.count) + sums[sums.count - 1] }

  func piece(from offset: Int) -> [UInt8]? {
    let mark = max(marks.partitioningIndex { $0 > offset } - 1, 0)
    var unit = mark * Hay.stride
    var place = marks.isEmpty ? 0 : marks[mark]
    var next = insertions.partitioningIndex { $0.unit >= unit }
    var piece: [UInt8] = []
    func take(_ bytes: [UInt8]) {
      if place + bytes.count > offset { piece += bytes[max(offset - place, 0)...] }
      place += bytes.count
    }
    while piece.count < 65_536 {
      while next < insertions.count, insertions[next].unit <= unit {
        take(insertions[next].bytes)
        next += 1
      }
      guard unit < hay.count else { break }
      take(hay.unit(unit))
      unit += 1
    }
    return piece.isEmpty ? nil : piece
  }
}

extension Tokenizer {
  /// What a unit adds to a text. Blanks at its end count as if they stood before it: tokenizers
  /// make one token of a blank and the word behind it.
  func count(unit bytes: [UInt8]) -> Int {
    let blanks = bytes.reversed().prefix { $0 == 0x20 || $0 == 0x0A }.count
    let turned = bytes.suffix(blanks) + bytes.dropLast(blanks)
    return count(String(decoding: turned, as: UTF8.self))
  }
}

extension RandomAccessCollection where Index == Int {
  /// The first index whose element satisfies a condition that, once true, stays true.
  fileprivate func partitioningIndex(where isBehind: (Element) -> Bool) -> Int {
    var low = startIndex
    var high = endIndex
    while low < high {
      let middle = low + (high - low) / 2
      if isBehind(self[middle]) { high = middle } else { low = middle + 1 }
    }
    return low
  }
}
