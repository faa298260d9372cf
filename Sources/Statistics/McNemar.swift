/// Two arms on the same questions, right or wrong: the exact test of McNemar (1947).
///
/// Only the questions that one arm gets right and the other wrong say anything. If the arms were equal, each of them
/// would fall to either side like a fair coin.
public struct McNemar: Sendable, Hashable {
  /// Questions that only the first arm gets right.
  public var onlyFirst: Int
  /// Questions that only the second arm gets right.
  public var onlySecond: Int

  /// - Precondition: neither is negative.
  public init(onlyFirst: Int, onlySecond: Int) {
    precondition(onlyFirst >= 0 && onlySecond >= 0, "\(onlyFirst) and \(onlySecond) questions")
    self.onlyFirst = onlyFirst
    self.onlySecond = onlySecond
  }

  /// The exact two-sided probability of a split at least as uneven, if the arms were equal; 1 where they never differ.
  public var p: Double { FairCoin.twoSided(onlyFirst, of: onlyFirst + onlySecond) }
}
