import Basics
import Palimpsest

/// Packs whole units, one after the other, until the next would not fit.
///
/// A unit that alone is too long is packed by the next finer unit; the finest is cut at the last
/// white space of the second half of what fits, else between two scalars. Every chunk is therefore
/// bounded, for any text.
protocol PackingChunker: MeasuredChunker {
  /// The most units of a chunk; 0 is no bound.
  var count: Int { get }
  /// Units from coarse to fine.
  static var units: [Unit] { get }
}

/// Where the unit ends that begins at `start`; nil when that depends on what has not arrived, by at
/// most `unitLookahead` bytes behind its end.
typealias Unit = @Sendable (_ text: Span<UInt8>, _ start: Int, _ isEnd: Bool) -> Int?

/// A sentence's end shows within eight opening marks and one word behind it.
let unitLookahead = 64

extension PackingChunker {
  /// As many whole units as fit; a unit that does not fit is packed by the next finer one.
  public func cut(_ text: Span<UInt8>, isEnd: Bool) -> Cut? {
    let (viewEnd, isFull) = view(of: text)
    let view = text.extracting(first: viewEnd)
    let isWhole = isEnd && viewEnd == text.count

    // 1. A given number of units is the cheaper question, so it is asked first.
    if count > 0 {
      let (ends, isOpen) = Self.ends(of: Self.units[0], in: view, upTo: viewEnd, count: count, isEnd: isWhole)
      if isOpen, !isFull, !isWhole { return nil }
      if ends.count == count, let end = ends.last, fits(view.extracting(first: end)) {
        return Cut(end, endsUnit: true)
      }
    }

    // 2. What fits, and as far behind it as the end of a unit depends on.
    guard let room = room(in: text, view: viewEnd, isFull: isFull, isEnd: isEnd) else { return nil }
    let look = view.extracting(first: min(room + unitLookahead, viewEnd))
    let isSettled = look.count < viewEnd || isFull || isWhole
    for unit in Self.units {
      var (ends, isOpen) = Self.ends(
        of: unit, in: look, upTo: room, count: count == 0 ? .max : count,
        isEnd: isWhole && look.count == viewEnd)
      // 3. Counts need not add up at the end of a unit: a chunk must fit as a text of its own.
      if isOpen, !isSettled { return nil }
      while let end = ends.popLast() {
        if fits(view.extracting(first: end)) { return Cut(end, endsUnit: true) }
      }
    }
    return Cut(lastSpace(in: view, upTo: room) ?? room)
  }

  /// Where units end up to a place, at most so many; open when the next one's end is not known yet.
  private static func ends(
    of unit: Unit, in text: Span<UInt8>, upTo room: Int, count: Int, isEnd: Bool
  ) -> (ends: [Int], isOpen: Bool) {
    var ends: [Int] = []
    while ends.count < count {
      guard let end = unit(text, ends.last ?? 0, isEnd) else { return (ends, !isEnd) }
      if end > room { break }
      ends.append(end)
    }
    return (ends, false)
  }

  /// Behind the last white space of the second half, when the chunk fits there.
  private func lastSpace(in view: Span<UInt8>, upTo room: Int) -> Int? {
    var place = room
    while place > room / 2 {
      if view[place - 1].isBlank { return fits(view.extracting(first: place)) ? place : nil }
      place -= 1
    }
    return nil
  }

}
