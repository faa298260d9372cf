import CKernels

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// The cosines and sines by which heads are turned, one row per position: made once for a forward
/// pass and used by all its layers.
///
/// Source: rotary position embedding (arXiv:2104.09864).
public struct Rotation: Sendable {
  /// [positions, half].
  public let cosines: Tensor
  /// [positions, half].
  public let sines: Tensor

  /// - Parameters:
  ///   - positions: one per row, in tokens. Rows of several sequences may follow each other.
  ///   - frequencies: radians a token, one per pair: the rule of the checkpoint (plain, Llama 3's, YaRN's).
  ///   - scale: times both, YaRN's attention factor.
  ///
  /// The angle is rounded to float32 before its cosine is taken, as published models do.
  public init(at positions: [Int], frequencies: [Float], scale: Float = 1) {
    // Sequences side by side stand at the same positions: each is computed once.
    var (rows, distinct): ([Int: Int], [Int]) = ([:], [])
    let places = positions.map { position in
      if let row = rows[position] { return row }
      rows[position] = distinct.count
      distinct.append(position)
      return distinct.count - 1
    }
    let angles = distinct.flatMap { position in frequencies.map { Double(Float(position) * $0) } }
    let shape = [distinct.count, frequencies.count]
    let table = (
      cosines: Tensor(angles.map { scale * Float(cos($0)) }, shape: shape),
      sines: Tensor(angles.map { scale * Float(sin($0)) }, shape: shape)
    )
    let isWhole = distinct.count == positions.count
    cosines = isWhole ? table.cosines : table.cosines.gathered(places)
    sines = isWhole ? table.sines : table.sines.gathered(places)
  }

  /// The plain rule: base^(-2i/width) for i in 0..<width/2.
  public static func frequencies(base: Double, width: Int) -> [Float] {
    (0..<width / 2).map { Float(1 / pow(base, Double(2 * $0) / Double(width))) }
  }
}

extension Tensor {
  /// Heads turned by their row's angles: [rows, heads, width] → the same shape.
  ///
  /// Scalar i of a head is paired with scalar i + half, the order of Qwen's and Llama's published
  /// weights; what lies beyond 2·half stays.
  ///
  /// - Precondition: one row of angles per row, at most half as many angles as the width.
  public func rotated(by rotation: Rotation) -> Tensor {
    turned(by: rotation, sign: 1).recorded(from: self) { $0.turned(by: rotation, sign: -1) }
  }

  /// The same for some of the heads, which are copied: [rows, heads, width] → [rows, range.count, width].
  ///
  /// - Precondition: as above; the heads there are.
  public func rotated(by rotation: Rotation, heads range: Range<Int>) -> Tensor {
    guard !isTracked else { return slice(range, axis: 1).rotated(by: rotation) }
    let (rows, heads, width) = (shape[0], shape[1], shape[2])
    precondition(
      shape.count == 3 && (0...heads).contains(range.upperBound) && range.lowerBound >= 0
        && rotation.cosines.shape[0] == rows && 2 * rotation.cosines.shape[1] <= width,
      "heads \(range) of shape \(shape), angles of shape \(rotation.cosines.shape)")
    return Tensor(shape: [rows, range.count, width]) { y in
      reading(self) { x in
        rotation.turn(
          x + range.lowerBound * width, heads * width, y, range.count * width, heads: range.count, width: width, sign: 1
        )
      }
    }
  }

  private func turned(by rotation: Rotation, sign: Float) -> Tensor {
    precondition(shape.count >= 3, "shape \(shape) is not rows of heads")
    let (heads, width, half) = (shape[shape.count - 2], shape[shape.count - 1], rotation.cosines.shape[1])
    let rows = rotation.cosines.shape[0]
    precondition(
      count == rows * heads * width && 2 * half <= width,
      "\(rows) rows of \(half) angles for shape \(shape)")
    return Tensor(shape: shape) { y in
      reading(self) { x in
        rotation.turn(x, heads * width, y, heads * width, heads: heads, width: width, sign: sign)
      }
    }
  }
}

extension Rotation {
  /// Turns the first heads of every row, from x to y, rows `stride` scalars apart. x may be y.
  func turn(
    _ x: UnsafePointer<Float>, _ stride: Int, _ y: UnsafeMutablePointer<Float>, _ yStride: Int, heads: Int,
    width: Int, sign: Float
  ) {
    let half = cosines.shape[1]
    reading(cosines, sines) { cosines, sines in
      parallel(self.cosines.shape[0], grain: rowGrain(heads * width)) {
        let row = $0.lowerBound
        pk_rotate(
          x + row * stride, stride, cosines + row * half, sines + row * half, sign, y + row * yStride, yStride,
          $0.count, heads, width, half)
      }
    }
  }
}
