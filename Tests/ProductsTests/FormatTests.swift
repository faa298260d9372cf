import Foundation
import Tensors
import Testing

@Suite struct `Stored weights` {
  /// bf16 keeps 8 bits of the significand: 1 + 2⁻⁸ lies between 1 and 1 + 2⁻⁷, and ties go to the even one.
  @Test func `are rounded to the nearest bf16, ties to even`() {
    let cases: [(Float, Float)] = [
      (1, 1), (1 + 0x1p-8, 1), (1 + 0x1p-8 + 0x1p-20, 1 + 0x1p-7), (1 + 3 * 0x1p-8, 1 + 0x1p-6), (-1 - 0x1p-8, -1),
      (0x1.fep127, 0x1.fep127), (.greatestFiniteMagnitude, .infinity), (-.infinity, -.infinity), (0x1p-140, 0),
      (-0.0, -0.0),
    ]
    let found = StoredMatrix(Tensor(cases.map(\.0), shape: [1, cases.count])).rounded().tensor().scalars
    for (index, pair) in cases.enumerated() where pair.1 != 0 { #expect(found[index] == pair.1, "\(pair.0)") }
    #expect(StoredMatrix(Tensor([.nan], shape: [1, 1])).rounded().tensor().scalars[0].isNaN)
  }

  /// Half a step is 1/254 of the largest magnitude; scale and product round once each.
  @Test(arguments: [64, 128, 256])
  func `as bytes are off by half a step at most`(_ group: Int) {
    let tensor = Example.numbers(5, 300, seed: 7)
    let found = StoredMatrix(tensor).quantised(group: group).tensor()
    for row in 0..<5 {
      for start in stride(from: 0, to: 300, by: group) {
        let part = start..<min(300, start + group)
        let largest = part.map { abs(tensor[row, $0]) }.max()!
        for column in part { #expect(abs(found[row, column] - tensor[row, column]) <= largest / 254 * 1.0001) }
      }
    }
  }

  @Test func `as bytes keep zeros, and pass on what is no number`() {
    var tensor = Tensor(zeros: [2, 128])
    tensor[1, 100] = .infinity
    tensor[1, 3] = 5
    let found = StoredMatrix(tensor).quantised(group: 64).tensor()
    #expect((0..<128).allSatisfy { found[0, $0] == 0 })
    #expect(found[1, 3] == 5 && found[1, 0] == 0)
    #expect((64..<128).allSatisfy { found[1, $0].isNaN })
  }

  @Test func `count their bytes with their scales`() {
    let matrix = StoredMatrix(Tensor(zeros: [10, 200]))
    #expect(matrix.bytes == 8000)
    #expect(matrix.rounded().bytes == 4000)
    #expect(matrix.quantised(group: 128).bytes == 10 * 2 * (128 + 4))
  }

  @Test(arguments: Example.formats)
  func `are read by rows in any order`(_ format: StoredMatrix.Format) {
    let matrix = Example(format: format, rows: 9, columns: 70, m: 1).matrix
    let all = matrix.tensor()
    #expect(matrix.tensor(at: [8, 0, 8]).scalars == [8, 0, 8].flatMap { row in (0..<70).map { all[row, $0] } })
    #expect(matrix.tensor(2..<5).scalars == (2..<5).flatMap { row in (0..<70).map { all[row, $0] } })
  }

  /// The weights end where the mapping ends: one byte further is not readable and ends the process.
  @Test(arguments: [StoredMatrix.Format.float32, .bfloat16])
  func `may lie at any address and end at the end of memory`(_ format: StoredMatrix.Format) throws {
    let width = format == .float32 ? 4 : 2
    for (rows, columns) in [(3, 33), (40, 100), (9, 17)] {
      let tensor = Example.numbers(rows, columns, seed: 8)
      let map = Mapping(pages: 1 + rows * columns * width / Mapping.page)
      let start = map.start + map.count - rows * columns * width
      for (index, scalar) in tensor.scalars.enumerated() {
        if width == 4 {
          start.storeBytes(of: scalar, toByteOffset: 4 * index, as: Float.self)
        } else {
          start.storeBytes(of: UInt16(scalar.bitPattern >> 16), toByteOffset: 2 * index, as: UInt16.self)
        }
      }
      let there = StoredMatrix(borrowing: start, rows: rows, columns: columns, format: format, owner: map)
      // The same bytes at odd addresses.
      let odd = UnsafeMutableRawPointer.allocate(byteCount: rows * columns * width + 1, alignment: 64)
      defer { odd.deallocate() }
      memcpy(odd + 1, start, rows * columns * width)
      let shifted = StoredMatrix(borrowing: odd + 1, rows: rows, columns: columns, format: format, owner: map)
      for kernels in ProductKernels.available {
        for m in [1, 7, 30] {
          let x = Example.numbers(m, columns, seed: 9)
          for activations in [StoredMatrix.Activations.exact, .rounded] {
            #expect(there.times(x, activations, with: kernels) == shifted.times(x, activations, with: kernels))
          }
        }
      }
    }
  }

  @Test func `keep alive what they borrow`() {
    weak var seen: Mapping?
    var matrix: StoredMatrix?
    do {
      let map = Mapping(pages: 1)
      seen = map
      matrix = StoredMatrix(borrowing: map.start, rows: 2, columns: 8, format: .float32, owner: map)
    }
    #expect(seen != nil)
    #expect(matrix?.tensor().scalars == [Float](repeating: 0, count: 16))
    matrix = nil
    #expect(seen == nil)
  }
}

/// Pages of memory with one behind them that may not be touched.
final class Mapping: Sendable {
  static let page = Int(sysconf(Int32(_SC_PAGESIZE)))
  nonisolated(unsafe) let start: UnsafeMutableRawPointer
  let count: Int

  init(pages: Int) {
    count = pages * Self.page
    start = mmap(nil, count + Self.page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0)
    precondition(start != MAP_FAILED && mprotect(start + count, Self.page, PROT_NONE) == 0)
  }

  deinit { munmap(start, count + Self.page) }
}
