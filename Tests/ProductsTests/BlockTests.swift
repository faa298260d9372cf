import Palimpsest
import Tensors
import Testing

@Suite struct `A product with blocks` {
  /// Sizes below, at and above vectors, blocks, runs, panels and parts.
  static func matrices(_ format: BlockFormat) -> [StoredMatrix] {
    let sizes = [(1, 1), (3, 2), (33, 4), (70, 5), (97, 9)]
    let odd = format.length == 32 ? [(5, 1), (40, 3), (34, 33)] : []
    return sizes.map { blocks(format, rows: $0, columns: 256 * $1) }
      + odd.map { blocks(format, rows: $0, columns: 32 * $1) }
  }

  static let counts = [1, 2, 3, 5, 7, 8, 11, 16, 17, 29]

  @Test(arguments: BlockFormat.allCases, ProductKernels.available)
  func `gives the bits of the same weights as floats`(_ format: BlockFormat, _ kernels: ProductKernels) {
    for w in Self.matrices(format) {
      let floats = StoredMatrix(w.tensor())
      for m in Self.counts {
        let x = Example.numbers(m, w.columns, seed: 1)
        #expect(
          w.times(x, with: kernels) == floats.times(x, with: kernels), "\(m) rows times [\(w.rows), \(w.columns)]")
      }
    }
  }

  @Test(arguments: BlockFormat.allCases, ProductKernels.available)
  func `equals the plain one within its bound`(_ format: BlockFormat, _ kernels: ProductKernels) {
    for w in Self.matrices(format) {
      for m in [1, 4, 16, 20] {
        let x = Example.numbers(m, w.columns, seed: 2)
        let terms = m <= StoredMatrix.fewest ? w.columns / 16 + 8 : w.columns + 8
        let (sums, magnitudes) = w.plainProduct(x)
        for (index, y) in w.times(x, with: kernels).enumerated() {
          #expect(abs(Double(y) - sums[index]) <= Double(terms) * 0x1p-24 * magnitudes[index], "\(m) rows at \(index)")
        }
      }
    }
  }

  @Test(arguments: BlockFormat.allCases, [StoredMatrix.Activations.exact, .rounded])
  func `has the same bits for every number of threads, alone and among others`(
    _ format: BlockFormat, _ activations: StoredMatrix.Activations
  ) {
    let usual = Threads.count
    defer { Threads.count = usual }
    let w = blocks(format, rows: 700, columns: 512)
    for m in [1, 8, 16, 40] {
      let x = Example.numbers(m, 512, seed: 3)
      Threads.count = 1
      let one = w.times(x, activations)
      Threads.count = 2
      #expect(w.times(x, activations) == one, "\(m) rows")
      guard m <= StoredMatrix.fewest else { continue }
      let last = Tensor(Array(x.scalars.suffix(512)), shape: [1, 512])
      #expect(w.times(last, activations) == Array(one.suffix(700)))
    }
  }

  @Test(arguments: BlockFormat.allCases)
  func `reads blocks at any address, up to the end of memory`(_ format: BlockFormat) {
    let w = blocks(format, rows: 9, columns: 512)
    let map = Mapping(pages: 1 + w.bytes / Mapping.page)
    let start = map.start + map.count - w.bytes
    fill(start, format, blocks: 9 * 512 / format.length)
    let there = StoredMatrix(borrowing: start, rows: 9, columns: 512, format: .blocks(format), owner: map)
    #expect(there.tensor() == w.tensor())
    for kernels in ProductKernels.available {
      for m in [1, 7, 30] {
        let x = Example.numbers(m, 512, seed: 4)
        for activations in [StoredMatrix.Activations.exact, .rounded] {
          #expect(there.times(x, activations, with: kernels) == w.times(x, activations, with: kernels))
        }
      }
    }
  }
}

/// A matrix of any bytes, but for scales that are of common size.
func blocks(_ format: BlockFormat, rows: Int, columns: Int) -> StoredMatrix {
  let count = rows * columns / format.length
  let map = Mapping(pages: 1 + count * format.bytes / Mapping.page)
  fill(map.start, format, blocks: count)
  return StoredMatrix(borrowing: map.start, rows: rows, columns: columns, format: .blocks(format), owner: map)
}

private func fill(_ start: UnsafeMutableRawPointer, _ format: BlockFormat, blocks: Int) {
  var random = SeededGenerator(seed: 5, step: blocks, purpose: "\(format)")
  let halves: [Int] =
    switch format {
    case .q40, .q50, .q80: [0]
    case .q41, .q51, .q4k, .q5k: [0, 2]
    case .q6k: [208]
    }
  for block in 0..<blocks {
    let place = start + block * format.bytes
    for byte in 0..<format.bytes {
      place.storeBytes(of: .random(in: 0...255, using: &random), toByteOffset: byte, as: UInt8.self)
    }
    for offset in halves {
      // Half precision from 0.0005 to 0.06, either sign.
      let scale = UInt16.random(in: 0x1000...0x2c00, using: &random) | (Bool.random(using: &random) ? 0x8000 : 0)
      place.storeBytes(of: scale, toByteOffset: offset, as: UInt16.self)
    }
  }
}
