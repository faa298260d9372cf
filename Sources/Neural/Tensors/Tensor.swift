/// An array of 32-bit floats with a shape, row-major, a value like an `Array`.
///
/// Copies share their scalars until one of them is changed; a reshaped tensor and a run of rows share
/// them too. Buffers come from `BufferPool`. A tensor made from tracked tensors holds the graph of
/// its computation (see `tracked()`), and `gradients(of:for:)` walks that graph. Equality, hashes and
/// coding use the shape and the scalars alone.
///
/// - Precondition: as many scalars as the shape's product; a mismatch traps with both numbers.
public struct Tensor: Sendable {
  /// Lengths of the axes, the last one varying fastest; empty for a single number.
  public let shape: [Int]
  var storage: Storage
  /// Where the first scalar stands in the storage.
  let start: Int
  /// The node of the gradient graph; nil where the tensor is not tracked.
  let node: Node?

  init(shape: [Int], storage: Storage, start: Int = 0, node: Node? = nil) {
    self.shape = shape
    self.storage = storage
    self.start = start
    self.node = node
  }

  /// A tensor whose scalars a closure writes. The closure must write all of them: the buffer starts
  /// with arbitrary values.
  public init(shape: [Int], filling body: (UnsafeMutablePointer<Float>) throws -> Void) rethrows {
    self.init(shape: shape, storage: Storage(count: Tensor.count(of: shape)))
    try withExtendedLifetime(storage) { try body(storage.base) }
  }

  /// - Parameter scalars: in row-major order, as many as the shape's product.
  public init(_ scalars: [Float], shape: [Int]) {
    precondition(
      scalars.count == Tensor.count(of: shape),
      "\(scalars.count) scalars do not fill shape \(shape)")
    self.init(shape: shape) { base in
      scalars.withUnsafeBufferPointer { source in
        if let first = source.baseAddress { base.update(from: first, count: source.count) }
      }
    }
  }

  /// A vector, shape [count].
  public init(_ scalars: [Float]) { self.init(scalars, shape: [scalars.count]) }

  /// A scalar, shape [].
  public init(_ scalar: Float) { self.init([scalar], shape: []) }

  /// All zeros.
  public init(zeros shape: [Int]) { self.init(repeating: 0, shape: shape) }

  /// The same scalar everywhere.
  public init(repeating scalar: Float, shape: [Int]) {
    self.init(shape: shape) { $0.update(repeating: scalar, count: Tensor.count(of: shape)) }
  }

  /// Scalars that stay where they are, for example in a mapped file, and are copied when changed.
  ///
  /// - Parameters:
  ///   - foreign: readable for as long as `owner` lives, and never written meanwhile.
  ///   - owner: kept alive by this tensor and all tensors that share its scalars.
  public init(borrowing foreign: UnsafePointer<Float>, shape: [Int], owner: AnyObject & Sendable) {
    self.init(
      shape: shape, storage: Storage(foreign: foreign, count: Tensor.count(of: shape), owner: owner))
  }

  /// How many scalars there are.
  public var count: Int { Tensor.count(of: shape) }

  /// Bytes the scalars take.
  public var bytes: Int { count * MemoryLayout<Float>.stride }

  /// The scalars in row-major order, copied.
  public var scalars: [Float] { withScalars { Array($0) } }

  /// The only scalar.
  ///
  /// - Precondition: there is one.
  public var scalar: Float {
    precondition(count == 1, "a tensor of shape \(shape) is not one scalar")
    return withScalars { $0[0] }
  }

  /// Reads the scalars where they are.
  public func withScalars<Result, Failure: Error>(
    _ body: (UnsafeBufferPointer<Float>) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    defer { withExtendedLifetime(storage) {} }
    return try body(UnsafeBufferPointer(start: storage.base + start, count: count))
  }

  /// Changes the scalars where they are, or in a copy if another tensor shares them.
  ///
  /// - Precondition: the tensor is not tracked; a change would invalidate its gradients.
  public mutating func withMutableScalars<Result, Failure: Error>(
    _ body: (UnsafeMutableBufferPointer<Float>) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    precondition(node == nil, "a tracked tensor of shape \(shape) may not be changed; change `detached`")
    if !isKnownUniquelyReferenced(&storage) || storage.isForeign || storage.count != count {
      self = copied()
    } else {
      storage.packing.withLock { $0 = nil }
    }
    defer { withExtendedLifetime(storage) {} }
    return try body(UnsafeMutableBufferPointer(start: storage.base + start, count: count))
  }

  /// The same scalars in a buffer of their own, untracked.
  func copied() -> Tensor {
    Tensor(shape: shape) { base in withScalars { base.update(from: $0.baseAddress!, count: $0.count) } }
  }

  /// The scalar at an index of one number per axis.
  public subscript(index: Int...) -> Float {
    get {
      let offset = offset(of: index)
      return withScalars { $0[offset] }
    }
    set {
      let offset = offset(of: index)
      withMutableScalars { $0[offset] = newValue }
    }
  }

  private func offset(of index: [Int]) -> Int {
    precondition(
      index.count == shape.count, "an index of \(index.count) numbers for shape \(shape)")
    return zip(index, shape).reduce(0) { offset, axis in
      precondition((0..<axis.1).contains(axis.0), "index \(index) is outside shape \(shape)")
      return offset * axis.1 + axis.0
    }
  }

  /// The product of the sizes.
  ///
  /// - Precondition: no size is negative and the product is an `Int`.
  static func count(of shape: [Int]) -> Int {
    var count = 1
    for size in shape {
      let (product, overflow) = count.multipliedReportingOverflow(by: size)
      precondition(size >= 0 && !overflow, "\(shape) is not a shape")
      count = product
    }
    return count
  }
}

extension Tensor: Hashable {
  /// Same shape and, scalar by scalar, equal floats. As of `[Float]`, tensors that share their scalars are equal
  /// without being read, and NaN equals nothing in others.
  public static func == (a: Tensor, b: Tensor) -> Bool {
    a.shape == b.shape
      && (a.storage === b.storage && a.start == b.start
        || a.withScalars { a in b.withScalars { b in a.elementsEqual(b) } })
  }

  /// Over shape and scalars, so it takes time linear in the tensor.
  public func hash(into hasher: inout Hasher) {
    hasher.combine(shape)
    withScalars { for scalar in $0 { hasher.combine(scalar) } }
  }
}
