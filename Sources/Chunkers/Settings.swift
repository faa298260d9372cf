import Palimpsest

/// How long a chunk may be, and how much of that is the begin of the next one.
protocol Sized {
  var size: Int { get }
  var overlap: Int { get }
}

extension Sized {
  /// The size of a chunk without its overlap.
  var own: Int { size - overlap }
}

struct Measure: Sized, Codable, Sendable {
  var size = 1024
  /// At most half of `size`.
  var overlap = 0

  func check(in setup: Setup) throws { try checkSizes(size, overlap: overlap, in: setup) }
}

/// Whole units up to a size.
struct Packing: Sized, Codable, Sendable {
  var size = 1024
  /// The most units of a chunk; 0 is no bound.
  var count = 0
  var overlap = 0

  func check(in setup: Setup) throws {
    try checkSizes(size, overlap: overlap, in: setup)
    guard count >= 0 else {
      throw SettingError.outOfRange(
        setup.path + ".count", found: "\(count)", why: "a chunk has at least 1 unit; 0 sets no bound")
    }
  }
}

/// Between two sizes, where the words change.
struct Tiling: Sized, Codable, Sendable {
  var size = 1024
  /// A quarter of `size` when nothing is said.
  var least: Int?
  /// Words compared on each side.
  var block = 120
  var overlap = 0

  func check(in setup: Setup) throws {
    try checkSizes(size, overlap: overlap, in: setup)
    if let least, !(0..<own ~= least) {
      throw SettingError.outOfRange(
        setup.path + ".least", found: "\(least)", why: "it must be less than size without overlap, \(own)")
    }
    guard 1...1_000_000 ~= block else {
      throw SettingError.outOfRange(
        setup.path + ".block", found: "\(block)", why: "between 1 and 1000000 words can be compared")
    }
  }
}

private func checkSizes(_ size: Int, overlap: Int, in setup: Setup) throws {
  // A chunk is held in memory whole, and sums of sizes must not overflow.
  let most = 1 << 30
  guard 1...most ~= size else {
    throw SettingError.outOfRange(setup.path + ".size", found: "\(size)", why: "a chunk has between 1 and \(most)")
  }
  guard 0...(size / 2) ~= overlap else {
    throw SettingError.outOfRange(
      setup.path + ".overlap", found: "\(overlap)", why: "it must be between 0 and half the size, \(size / 2)")
  }
}
