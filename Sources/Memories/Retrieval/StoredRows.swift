import Tensors

/// How the numbers of rows are stored.
public enum RowPrecision: String, CaseIterable, Sendable {
  case float32
  /// To the nearest, ties to even: at most 2⁻⁸ of each number off.
  case bfloat16
  /// A byte, and a scale for each head of each row: at most 1/254 of the largest magnitude off.
  case int8

  var code: UInt8 {
    switch self {
    case .float32: 0
    case .bfloat16: 1
    case .int8: 2
    }
  }
}

/// Attention keys and values of one text in one layer, in the precision they are stored in.
public struct StoredRows: Sendable, Hashable {
  /// How numbers are stored.
  public let precision: RowPrecision
  /// Key heads, rows, and the width of a head.
  public let heads, count, width: Int
  /// Keys and then values, head by head, row by row.
  let bytes: [UInt8]

  /// - Parameters:
  ///   - keys: [heads, count, width], before rotation.
  ///   - values: of the same shape.
  public init(keys: Tensor, values: Tensor, precision: RowPrecision) {
    precondition(keys.shape.count == 3 && keys.shape == values.shape, "keys \(keys.shape), values \(values.shape)")
    (heads, count, width) = (keys.shape[0], keys.shape[1], keys.shape[2])
    self.precision = precision
    let (size, width) = (Self.size(precision, keys.count / max(1, keys.shape[2]), keys.shape[2]), keys.shape[2])
    bytes = [UInt8](unsafeUninitializedCapacity: 2 * size) { target, filled in
      filled = 2 * size
      guard let start = UnsafeMutableRawBufferPointer(target).baseAddress else { return }
      for (place, tensor) in [keys, values].enumerated() {
        tensor.withScalars { Self.encode($0, width, precision, to: start + place * size) }
      }
    }
  }

  init(_ precision: RowPrecision, heads: Int, count: Int, width: Int, bytes: [UInt8]) {
    (self.precision, self.heads, self.count, self.width, self.bytes) = (precision, heads, count, width, bytes)
  }

  /// Bytes that `rows` vectors take.
  static func size(_ precision: RowPrecision, _ rows: Int, _ width: Int) -> Int {
    switch precision {
    case .float32: 4 * rows * width
    case .bfloat16: 2 * rows * width
    case .int8: rows * (width + 4)
    }
  }

  /// Bytes that keys and values take.
  public var byteCount: Int { 2 * Self.size(precision, heads * count, width) }

  /// The keys, [heads, count, width].
  public var keys: Tensor { decoded(0) }
  /// The values, [heads, count, width].
  public var values: Tensor { decoded(1) }

  private func decoded(_ place: Int) -> Tensor {
    Tensor(shape: [heads, count, width]) { to in
      bytes.withUnsafeBytes { raw in
        guard let start = raw.baseAddress else { return }
        decode(from: start + place * byteCount / 2, to: to)
      }
    }
  }

  private static func encode(
    _ from: UnsafeBufferPointer<Float>, _ width: Int, _ precision: RowPrecision, to: UnsafeMutableRawPointer
  ) {
    switch precision {
    case .float32:
      for (index, number) in from.enumerated() {
        to.storeBytes(of: number.bitPattern.littleEndian, toByteOffset: 4 * index, as: UInt32.self)
      }
    case .bfloat16:
      for (index, number) in from.enumerated() {
        let bits = number.bitPattern
        // NaN stays NaN: rounding up could carry its last bits into the exponent.
        let rounded = number.isNaN ? bits | 0x40_0000 : bits &+ 0x7fff &+ (bits >> 16 & 1)
        to.storeBytes(of: UInt16(rounded >> 16).littleEndian, toByteOffset: 2 * index, as: UInt16.self)
      }
    case .int8:
      let rows = width == 0 ? 0 : from.count / width
      for row in 0..<rows {
        var most: Float = 0
        var isFinite = true
        for number in from[(row * width)..<((row + 1) * width)] {
          most = max(most, abs(number))
          isFinite = isFinite && number.isFinite
        }
        let scale = isFinite ? most / 127 : .nan
        to.storeBytes(of: scale.bitPattern.littleEndian, toByteOffset: row * (width + 4), as: UInt32.self)
        for column in 0..<width {
          let number = isFinite && scale > 0 ? (from[row * width + column] / scale).rounded(.toNearestOrEven) : 0
          to.storeBytes(
            of: Int8(max(-127, min(127, number))), toByteOffset: row * (width + 4) + 4 + column, as: Int8.self)
        }
      }
    }
  }

  private func decode(from: UnsafeRawPointer, to: UnsafeMutablePointer<Float>) {
    switch precision {
    case .float32:
      for index in 0..<(heads * count * width) {
        to[index] = Float(
          bitPattern: UInt32(littleEndian: from.loadUnaligned(fromByteOffset: 4 * index, as: UInt32.self)))
      }
    case .bfloat16:
      for index in 0..<(heads * count * width) {
        let half = UInt16(littleEndian: from.loadUnaligned(fromByteOffset: 2 * index, as: UInt16.self))
        to[index] = Float(bitPattern: UInt32(half) << 16)
      }
    case .int8:
      for row in 0..<(heads * count) {
        let place = row * (width + 4)
        let scale = Float(
          bitPattern: UInt32(littleEndian: from.loadUnaligned(fromByteOffset: place, as: UInt32.self)))
        for column in 0..<width {
          to[row * width + column] = Float(from.load(fromByteOffset: place + 4 + column, as: Int8.self)) * scale
        }
      }
    }
  }
}
