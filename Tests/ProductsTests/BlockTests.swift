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

  /// Few rows: each x is off by at most half a step, 1/254 of the largest of its 32. Many rows with tiles: x and weights are
  /// rounded to bf16, at most 2⁻⁹ of each off. 1.01 leaves room for the scales' own rounding.
  @Test(arguments: [BlockFormat.q80, .q40, .q41, .q4k], ProductKernels.available)
  func `with rounded activations is within its bound`(_ format: BlockFormat, _ kernels: ProductKernels) {
    for w in Self.matrices(format) {
      let (weights, columns) = (w.tensor().scalars.map { abs(Double($0)) }, w.columns)
      for m in [1, 3, 8, 12, 16, 17, 45, 150] {
        let x = Example.numbers(m, columns, seed: 6)
        let (sums, magnitudes) = w.plainProduct(x)
        let scalars = x.scalars
        for (index, y) in w.times(x, .rounded, with: kernels).enumerated() {
          let (i, j) = (index / w.rows, index % w.rows)
          var steps = 0.0
          for start in stride(from: 0, to: columns, by: 32) {
            let largest = scalars[(i * columns + start)..<(i * columns + start + 32)].reduce(0) { max($0, abs($1)) }
            let weight = weights[(j * columns + start)..<(j * columns + start + 32)].reduce(0, +)
            steps += Double(largest) / 254 * weight
          }
          let rounding =
            kernels == .amx && m > StoredMatrix.fewest
            ? 1.01 * 0x1p-8 * magnitudes[index] : 1.01 * steps
          let bound = rounding + Double(columns + 8) * 0x1p-23 * magnitudes[index]
          #expect(abs(Double(y) - sums[index]) <= bound, "\(m) rows times [\(w.rows), \(columns)] at \(index)")
        }
      }
    }
  }

  /// Whole numbers are exact, and floats are added in one order; without a fused multiply-add each step rounds once more.
  @Test(arguments: [BlockFormat.q80, .q40, .q41, .q4k])
  func `rounds few rows alike on every processor`(_ format: BlockFormat) {
    for w in Self.matrices(format) {
      let (weights, columns) = (w.tensor().scalars.map { abs(Double($0)) }, w.columns)
      for m in [1, 2, 5, 8, 13, 16] {
        let x = Example.numbers(m, columns, seed: 7)
        let wanted = w.times(x, .rounded, with: .portable)
        var fused: [Float]?
        for kernels in ProductKernels.available where kernels != .portable {
          let found = w.times(x, .rounded, with: kernels)
          #expect(found == fused ?? found, "\(kernels.name), \(m) rows of \(columns)")
          fused = found
          for (index, y) in found.enumerated() {
            let largest = weights[(index % w.rows * columns)..<((index % w.rows + 1) * columns)].reduce(0, max)
            let bound = Double(columns / 32 + 4) * 0x1p-23 * 4 * largest * Double(columns)
            #expect(abs(Double(y) - Double(wanted[index])) <= bound, "\(kernels.name), \(m) rows at \(index)")
          }
        }
      }
    }
  }

  @Test(arguments: [BlockFormat.q80, .q40, .q41, .q4k], ProductKernels.available)
  func `says so where a number is not finite`(_ format: BlockFormat, _ kernels: ProductKernels) {
    let w = blocks(format, rows: 40, columns: 512)
    for bad in [Float.nan, .infinity] {
      for m in [5, 20] {
        var x = Example.numbers(m, 512, seed: 6)
        let clean = w.times(x, .rounded, with: kernels)
        x[3, 150] = bad
        let y = w.times(x, .rounded, with: kernels)
        for index in y.indices {
          if index / 40 == 3 { #expect(!y[index].isFinite) } else { #expect(y[index] == clean[index]) }
        }
      }
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
