import Tensors
import Testing

@Suite struct `The layers of state-space models` {
  /// Three sequences, one shorter than the taps, one of a single row; more columns than one block.
  static let sequences = [0..<9, 9..<11, 11..<12]

  private func convolved(_ width: Int) -> [Tensor] {
    [noise([12, width]), noise([width, 4], seed: 2), noise([width], seed: 3), noise([3, 3, width], seed: 4)]
  }

  private func scanned(_ width: Int, _ states: Int) -> [Tensor] {
    [
      noise([12, width]), (noise([12, width], seed: 2) + 1.1) * 0.4, noise([width, states], seed: 3) - 1.2,
      noise([12, states], seed: 4), noise([12, states], seed: 5), noise([width], seed: 6),
      noise([3, width, states], seed: 7),
    ]
  }

  private func joined(_ found: (y: Tensor, end: Tensor)) -> Tensor {
    Tensor.concatenated([found.y.reshaped(-1), found.end.reshaped(-1)])
  }

  private func convolution(_ x: [Tensor], _ sequences: [Range<Int>] = sequences) -> Tensor {
    joined(causalConvolution(x[0], x[1], bias: x[2], sequences: sequences, start: x[3]))
  }

  private func scan(_ x: [Tensor], _ sequences: [Range<Int>] = sequences) -> Tensor {
    joined(
      selectiveScan(
        x[0], delta: x[1], a: x[2], b: x[3], c: x[4], d: x[5], sequences: sequences, start: x[6]))
  }

  @Test(arguments: [5, 130]) func `convolve as the plain version does`(_ width: Int) {
    expectEqual(convolved(width)) {
      convolution($0)
    } _: {
      joined(Plain.causalConvolution($0[0], $0[1], bias: $0[2], sequences: Self.sequences, start: $0[3]))
    }
  }

  @Test(arguments: [(5, 3), (130, 16)]) func `scan as the plain version does`(_ width: Int, _ states: Int) {
    expectEqual(scanned(width, states)) {
      scan($0)
    } _: {
      joined(
        Plain.selectiveScan(
          $0[0], delta: $0[1], a: $0[2], b: $0[3], c: $0[4], d: $0[5], sequences: Self.sequences, start: $0[6]))
    }
  }

  @Test func `have the gradients of central differences`() {
    expectGradients(of: convolved(3)) { convolution($0) }
    expectGradients(of: scanned(3, 2)) { scan($0) }
    // One of the two results alone.
    expectGradients(of: scanned(3, 2)) {
      selectiveScan(
        $0[0], delta: $0[1], a: $0[2], b: $0[3], c: $0[4], d: $0[5], sequences: [0..<12], start: $0[6].rows(0..<1)
      ).y
    }
    expectGradients(of: [noise([5, 3]), noise([3, 1], seed: 2)]) {
      causalConvolution($0[0], $0[1], sequences: [0..<5]).y
    }
  }

  /// By hand: weights 1 and 10, so that y is the row before and ten times its own.
  @Test func `convolve with the last tap at the row itself`() {
    let found = causalConvolution(
      Tensor([1, 2, 3], shape: [3, 1]), Tensor([1, 10], shape: [1, 2]), sequences: [0..<3],
      start: Tensor([7], shape: [1, 1, 1]))
    #expect(found.y == Tensor([17, 21, 32], shape: [3, 1]))
    #expect(found.end == Tensor([3], shape: [1, 1, 1]))
  }

  /// By hand: A = 0 keeps everything, so h = 5, 5 + 2·3·1 = 11; y = 2·11 + 4·3 = 34.
  @Test func `scan a step as it is by hand`() {
    let found = selectiveScan(
      Tensor([3], shape: [1, 1]), delta: Tensor([2], shape: [1, 1]), a: Tensor([0], shape: [1, 1]),
      b: Tensor([1], shape: [1, 1]), c: Tensor([2], shape: [1, 1]), d: Tensor([4]), sequences: [0..<1],
      start: Tensor([5], shape: [1, 1, 1]))
    #expect(found.y == Tensor([34], shape: [1, 1]))
    #expect(found.end == Tensor([11], shape: [1, 1, 1]))
  }

  @Test(arguments: [1, 4, 7]) func `read in pieces what they read at once, bit for bit`(_ piece: Int) {
    let (conv, scanning) = (convolved(70), scanned(70, 5))
    let whole = (
      causalConvolution(conv[0], conv[1], bias: conv[2], sequences: [0..<12]),
      selectiveScan(
        scanning[0], delta: scanning[1], a: scanning[2], b: scanning[3], c: scanning[4], d: scanning[5],
        sequences: [0..<12])
    )
    var (rows, state): (Tensor?, Tensor?)
    for start in stride(from: 0, to: 12, by: piece) {
      let range = start..<min(12, start + piece)
      func part(_ x: Tensor) -> Tensor { x.rows(range) }
      let (c, s) = (
        causalConvolution(part(conv[0]), conv[1], bias: conv[2], sequences: [0..<range.count], start: rows),
        selectiveScan(
          part(scanning[0]), delta: part(scanning[1]), a: scanning[2], b: part(scanning[3]), c: part(scanning[4]),
          d: scanning[5], sequences: [0..<range.count], start: state)
      )
      #expect(c.y.bits == whole.0.y.rows(range).bits && s.y.bits == whole.1.y.rows(range).bits)
      (rows, state) = (c.end, s.end)
    }
    #expect(rows?.bits == whole.0.end.bits && state?.bits == whole.1.end.bits)
  }

  @Test func `keep sequences apart, and see nothing that comes later`() {
    let inputs = scanned(20, 4)
    var later = inputs
    later[0][9, 3] = 1e20
    let (a, b) = (scan(inputs), scan(later))
    #expect(a.rows(0..<180).bits == b.rows(0..<180).bits)
    #expect(a.rows(220..<240).bits == b.rows(220..<240).bits)
    #expect(a.rows(180..<200).bits != b.rows(180..<200).bits)
  }

  @Test func `change no bit with the number of threads`() {
    let (conv, scanning) = (convolved(200), scanned(200, 8))
    let (one, two) = withThreads {
      [(conv, convolution), (scanning, scan)].flatMap { inputs, function in
        let leaves = inputs.map { $0.tracked() }
        let y = function(leaves, Self.sequences)
        return ([y] + gradients(of: (y * y).sum(), for: leaves)).map(\.bits)
      }
    }
    #expect(one == two)
  }
}
