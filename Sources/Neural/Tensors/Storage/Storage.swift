import Synchronization

/// A run of scalars that tensors share until one of them writes.
///
/// Either a buffer of the pool, which goes back there with the last tensor, or foreign memory (a
/// mapped checkpoint) that is only read and that `owner` keeps alive.
final class Storage: @unchecked Sendable {
  /// The same scalars as products read them, where they are the weights of a small layer; nil until they were
  /// multiplied with, and again when they change.
  let packing = Mutex<Storage?>(nil)
  let base: UnsafeMutablePointer<Float>
  let count: Int
  private let owner: AnyObject?

  /// Uninitialised scalars.
  init(count: Int) {
    base = BufferPool.take(count)
    self.count = count
    owner = nil
  }

  init(foreign: UnsafePointer<Float>, count: Int, owner: AnyObject) {
    base = UnsafeMutablePointer(mutating: foreign)
    self.count = count
    self.owner = owner
  }

  var isForeign: Bool { owner != nil }

  deinit { if owner == nil { BufferPool.give(base, count: count) } }
}
