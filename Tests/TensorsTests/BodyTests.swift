import KernelBodies
import Testing

/// The kernels that other processors get, against those of this one, which are compared with their plain versions
/// elsewhere.
@Suite struct `Kernels for other processors` {
  typealias Bodies = pk_bodies

  static let others: [(name: String, bodies: Bodies)] =
    [("baseline", pk_baseline_bodies().pointee)]
    + (pk_has_avx2_bodies() == 0 ? [] : [("avx2", pk_avx2_bodies().pointee)])

  private static let active = pk_active_bodies().pointee

  /// - Parameter tolerance: of the largest; sums are taken in another order, and multiplied and added in one rounding
  ///   or two.
  private func expectAlike(
    _ what: String, within tolerance: Float = 2e-6, _ run: (Bodies) -> [Float]
  ) {
    let expected = run(Self.active)
    let largest = expected.reduce(1) { max($0, abs($1)) }
    for (name, bodies) in Self.others {
      let found = run(bodies)
      let worst = zip(expected, found).map { abs($0 - $1) }.max() ?? 0
      #expect(found.count == expected.count && worst <= tolerance * largest, "\(what), \(name): \(worst)")
    }
  }

  private func written(_ count: Int, _ body: (UnsafeMutablePointer<Float>) -> Void) -> [Float] {
    [Float](unsafeUninitializedCapacity: count) { buffer, initialized in
      if let base = buffer.baseAddress {
        base.initialize(repeating: 0.25, count: count)
        body(base)
      }
      initialized = count
    }
  }

  private let a = noise([1001]).scalars.map { $0 * 3 }
  private let b = noise([1001], seed: 2).scalars.map { $0 + 2 }

  @Test func `do to scalars what they do here`() {
    for (name, kernel) in [
      ("add", \Bodies.add), ("subtract", \.subtract), ("multiply", \.multiply), ("divide", \.divide),
      ("accumulate", \.accumulate_product), ("d_sigmoid", \.d_sigmoid), ("d_tanh", \.d_tanh), ("d_silu", \.d_silu),
      ("d_gelu", \.d_gelu), ("d_relu", \.d_relu),
    ] {
      expectAlike(name) { bodies in written(1001) { bodies[keyPath: kernel]!(a, b, $0, 1001) } }
    }
    for (name, kernel) in [
      ("exp", \Bodies.exp), ("sigmoid", \.sigmoid), ("tanh", \.tanh), ("silu", \.silu), ("gelu", \.gelu),
      ("relu", \.relu), ("softplus", \.softplus),
    ] {
      expectAlike(name) { bodies in written(1001) { bodies[keyPath: kernel]!(a, $0, 1001) } }
    }
    for (name, kernel) in [("log", \Bodies.log), ("sqrt", \.sqrt), ("reciprocal", \.reciprocal)] {
      expectAlike(name) { bodies in written(1001) { bodies[keyPath: kernel]!(b, $0, 1001) } }
    }
    expectAlike("scale") { bodies in written(1001) { bodies.scale(a, 2, 1, $0, 1001) } }
    expectAlike("adam") { bodies in
      written(3003) { x in
        let step = pk_adam(
          rate: 0.1, beta1: 0.9, beta2: 0.99, epsilon: 1e-8, decay: 0.1, c1: 0.1, c2: 0.01, gradient_scale: 0.5)
        bodies.adam_step(step, a, x, x + 1001, x + 2002, 1001)
      }
    }
  }

  @Test func `do to rows what they do here`() {
    let (rows, columns) = (7, 143)
    for (name, kernel) in [
      ("add_row", \Bodies.add_row), ("subtract_row", \.subtract_row), ("multiply_row", \.multiply_row),
      ("divide_row", \.divide_row), ("d_softmax", \.d_softmax), ("d_log_softmax", \.d_log_softmax),
    ] {
      expectAlike(name) { bodies in written(1001) { bodies[keyPath: kernel]!(a, b, $0, rows, columns) } }
    }
    for (name, kernel) in [
      ("softmax", \Bodies.softmax), ("log_softmax", \.log_softmax), ("sum_columns", \.sum_columns),
      ("transpose", \.transpose),
    ] {
      expectAlike(name) { bodies in written(1001) { bodies[keyPath: kernel]!(a, $0, rows, columns) } }
    }
    expectAlike("sums") { bodies in
      written(rows) { bodies.sum_rows(a, 0.5, $0, rows, columns) } + [bodies.sum(a, 1001), bodies.dot(a, b, 1001)]
        + [Float(bodies.squares(a, 1001))]
    }
    expectAlike("rms_norm") { bodies in
      var inverse = [Float](repeating: 0, count: rows)
      let y = written(1001) { bodies.rms_norm(a, b, 1e-6, $0, &inverse, rows, columns) }
      var gain = [Float](repeating: 0, count: columns)
      return y + written(1001) { bodies.d_rms_norm(a, b, inverse, b, $0, &gain, rows, columns) } + gain
    }
    expectAlike("layer_norm") { bodies in
      var moments = [Float](repeating: 0, count: 2 * rows)
      let y = written(1001) { bodies.layer_norm(a, b, a, 1e-5, $0, &moments, rows, columns) }
      var gain = [Float](repeating: 0, count: columns), bias = gain
      return y + written(1001) { bodies.d_layer_norm(a, b, moments, b, $0, &gain, &bias, rows, columns) } + gain + bias
    }
    expectAlike("swiglu") { bodies in
      written(1001) { bodies.swiglu(a, b, columns, $0, rows, columns) }
        + written(2002) { bodies.d_swiglu(a, b, columns, b, $0, $0 + 1001, rows, columns) }
    }
    expectAlike("rotate") { bodies in written(900) { bodies.rotate(a, 150, b, a, 1, $0, 150, 6, 3, 50, 20) } }
    expectAlike("scan") { bodies in
      let h = written(1001) { bodies.scan(a.map { $0 / 4 }, b, b, $0, rows, columns) }
      return h
        + written(2145) {
          bodies.d_scan(a.map { $0 / 4 }, b, h, b, $0, $0 + 1001, $0 + 2002, rows, columns)
        }
    }
    expectAlike("convolve") { bodies in
      var shape = pk_sequence(steps: 6, columns: 50, stride: 60, states: 4)
      let y = written(360) { bodies.convolve(&shape, a, b, a, b, $0) }
      return y + written(960) { bodies.d_convolve(&shape, a, b, a, b, $0, $0 + 360, $0 + 600, $0 + 900) }
    }
    expectAlike("selective_scan", within: 2e-5) { bodies in
      var shape = pk_sequence(steps: 6, columns: 50, stride: 60, states: 4)
      let (delta, rates) = (b.map { abs($0) / 9 }, b.map { -abs($0) })
      var room = [Float](repeating: 0, count: bodies.selective_scratch(&shape))
      var kept = [Float](repeating: 0, count: 6 * 4 * 50)
      let y = written(560) { bodies.selective_scan(&shape, a, delta, rates, a, b, a, b, $0, $0 + 360, &room, &kept) }
      return y + kept
        + written(1200) {
          bodies.d_selective_scan(
            &shape, a, delta, rates, a, b, a, b, kept, b, a, $0, $0 + 360, $0 + 720, $0 + 920, $0 + 944, $0 + 968,
            $0 + 1000, &room)
        }
    }
    expectAlike("log_likelihood") { bodies in
      let targets: [Int32] = [3, 0, 142, -1, 7, 8, 9]
      var sums = [Float](repeating: 0, count: rows)
      let y = written(rows) { bodies.log_likelihood(a, targets, $0, &sums, rows, columns) }
      return y + sums + written(1001) { bodies.d_log_likelihood(a, targets, sums, b, $0, rows, columns) }
    }
  }

  @Test(arguments: [(0, 1), (1, 0)]) func `multiply as they do here`(_ strides: (row: Int, step: Int)) {
    let (m, n, k) = (37, 45, 23)
    let x = noise([m * k]).scalars, w = noise([n * k], seed: 2).scalars
    let (row, step) = strides.row == 0 ? (k, 1) : (1, m)
    expectAlike("packed") { bodies in
      let packed = written(bodies.packed_size(k, n)) { bodies.pack(w, k, 1, k, n, 0, n, $0) }
      return written(m * n) { bodies.multiply_packed(x, row, step, packed, $0, n, m, n, k, 0) }
        + written(m * n) { bodies.multiply_packed(x, row, step, packed, $0, n, m, n, k, 1) }
    }
  }

  /// Heads that a query attends to in one call give the bits of calls for each, for halves of vectors, whole ones and
  /// odd widths.
  @Test(arguments: [16, 20, 32, 48], [3, 4, 6]) func `heads attend together as one by one`(_ width: Int, _ heads: Int) {
    let (count, row) = (150, heads * width)
    var q = noise([row]).scalars
    var (keys, values) = (noise([count * row], seed: 2).scalars, noise([count * row], seed: 3).scalars)
    func attended(_ calls: [(first: Int, together: Int)]) -> [Float] {
      var logs = [Float](repeating: 0, count: heads)
      return written(row) { out in
        for (first, together) in calls {
          var shape = pk_attention(
            group: 1, width: width, query_stride: row, slope_stride: row, out_stride: row, head_stride: heads,
            key_offset: first * width, queries: 1, extra: 5, first: count - 6, sliding_window: 0, scale: 0.3,
            together: together, follows: 0, rows: PK_ROWS_F32)
          var scratch = [Float](repeating: 0, count: pk_attend_scratch(&shape))
          q.withUnsafeMutableBufferPointer { q in
            keys.withUnsafeMutableBufferPointer { keys in
              values.withUnsafeMutableBufferPointer { values in
                func runs(_ base: UnsafeMutableBufferPointer<Float>) -> [pk_run] {
                  [
                    pk_run(first: base.baseAddress, count: 40, stride: row),
                    pk_run(first: base.baseAddress! + 40 * row, count: count - 40, stride: row),
                  ]
                }
                pk_attend(
                  &shape, q.baseAddress! + first * width, runs(keys), runs(values), out + first * width, &logs[first],
                  &scratch)
              }
            }
          }
        }
      } + logs
    }
    #expect(attended([(0, heads)]) == attended((0..<heads).map { ($0, 1) }))
  }

  /// One query and many, a sliding window, keys that stand before it, a width that fills no vector.
  @Test(arguments: [1, 2, 40], [[0, 20], [30, 20], [0, 16], [30, 16]]) func `attend as they do here`(
    _ queries: Int, _ sizes: [Int]
  ) {
    let (slidingWindow, width) = (sizes[0], sizes[1])
    let (group, extra, before) = (3, 5, 290)
    let count = extra + before + queries
    var q = noise([queries * group * width]).scalars
    var (keys, values) = (noise([count * width], seed: 2).scalars, noise([count * width], seed: 3).scalars)
    let slope = noise([queries * group * width], seed: 4).scalars
    expectAlike("attend", within: 1e-5) { bodies in
      var shape = pk_attention(
        group: group, width: width, query_stride: group * width, slope_stride: group * width,
        out_stride: group * width, head_stride: group, key_offset: 0, queries: queries, extra: extra, first: before,
        sliding_window: slidingWindow, scale: 0.3, together: 1, follows: 0, rows: PK_ROWS_F32)
      var logs = [Float](repeating: 0, count: queries * group)
      var scratch = [Float](repeating: 0, count: max(bodies.attend_scratch(&shape), bodies.d_attend_scratch(&shape)))
      var (dKeys, dValues) = ([Float](repeating: 0, count: count * width), [Float](repeating: 0, count: count * width))
      return q.withUnsafeMutableBufferPointer { q in
        keys.withUnsafeMutableBufferPointer { keys in
          values.withUnsafeMutableBufferPointer { values in
            dKeys.withUnsafeMutableBufferPointer { dKeys in
              dValues.withUnsafeMutableBufferPointer { dValues in
                // Two runs, with the border inside a block.
                func runs(_ base: UnsafeMutableBufferPointer<Float>) -> [pk_run] {
                  [
                    pk_run(first: base.baseAddress, count: 100, stride: width),
                    pk_run(first: base.baseAddress! + 100 * width, count: count - 100, stride: width),
                  ]
                }
                let out = written(q.count) {
                  bodies.attend(&shape, q.baseAddress, runs(keys), runs(values), $0, &logs, &scratch)
                }
                let dq = written(q.count) {
                  bodies.d_attend(
                    &shape, q.baseAddress, runs(keys), runs(values), out, logs, slope, $0, runs(dKeys), runs(dValues),
                    &scratch)
                }
                return out + logs + dq + Array(dKeys) + Array(dValues)
              }
            }
          }
        }
      }
    }
  }

  /// Every number of sixteen bits is read as what it stands for, and written as itself.
  @Test func `read and write all numbers of sixteen bits`() {
    let all = (0...UInt16.max).map { $0 }
    let kinds: [(pk_row_kind, (UInt16) -> Float)] = [
      (PK_ROWS_F16, { Float(Float16(bitPattern: $0)) }), (PK_ROWS_BF16, { Float(bitPattern: UInt32($0) << 16) }),
    ]
    for (name, bodies) in Self.others + [("active", Self.active)] {
      for (kind, value) in kinds {
        let floats = written(all.count) { bodies.read_row(kind, all, $0, all.count) }
        let isRead = zip(all, floats).allSatisfy { bits, float in
          let expected = value(bits)
          return expected.isNaN ? float.isNaN : float.bitPattern == expected.bitPattern
        }
        #expect(isRead, "\(name) \(kind)")
        var again = [UInt16](repeating: 0, count: all.count)
        bodies.write_row(kind, floats, &again, all.count)
        #expect(zip(all, again).allSatisfy { value($0).isNaN ? value($1).isNaN : $0 == $1 }, "\(name) \(kind)")
      }
    }
  }

  /// Halfway cases, what is too large or too small, and many others: to the nearest, ties to even, as Swift rounds.
  @Test func `round rows to the nearest`() {
    var state: UInt64 = 5
    var numbers: [Float] = [0, -0, 65_504, 65_519.99, 65_520, 1e30, -1e30, .infinity, -.infinity, .nan]
    numbers += [0x1p-24, 0x1p-25, 0x1.8p-25, 0x1p-26, 0x1.ffcp-15, 0x1.ffep-15, 1e-40, 3.3961775e38]
    for exponent in -30...20 {
      for step in 0..<40 { numbers.append(Float(sign: .plus, exponent: exponent, significand: 1 + Float(step) / 4096)) }
    }
    for _ in 0..<100_000 {
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      numbers.append(Float(bitPattern: UInt32(state >> 32)))
    }
    func bfloat16(_ x: Float) -> Float {
      guard x.isFinite else { return x }
      let (below, step) = (x.bitPattern & 0xffff_0000, x.bitPattern & 0xffff)
      let isUp = step > 0x8000 || (step == 0x8000 && below & 0x10000 != 0)
      return Float(bitPattern: isUp ? below + 0x10000 : below)
    }
    for (name, bodies) in Self.others + [("active", Self.active)] {
      for (kind, rounded) in [(PK_ROWS_F16, { Float(Float16($0)) }), (PK_ROWS_BF16, bfloat16)] {
        var rows = [UInt16](repeating: 0, count: numbers.count)
        bodies.write_row(kind, numbers, &rows, numbers.count)
        let found = written(numbers.count) { bodies.read_row(kind, rows, $0, numbers.count) }
        let wrong = zip(numbers, found).first { number, found in
          let expected = rounded(number)
          return expected.isNaN ? !found.isNaN : found.bitPattern != expected.bitPattern
        }
        #expect(wrong == nil, "\(name) \(kind)")
      }
    }
  }

  /// Rows of sixteen bits are attended to as the floats they stand for: 1e-6, sums may be cut elsewhere. Two heads of
  /// one key head and one each, one query and many, odd widths, heads in one call.
  @Test(arguments: [16, 20, 48, 64], [(1, 3, 1), (1, 1, 4), (1, 1, 1), (40, 3, 1)])
  func `attend to rows of sixteen bits`(_ width: Int, _ heads: (queries: Int, group: Int, together: Int)) {
    let (count, row) = (200, heads.together * width)
    let query = heads.group * row
    let q = noise([heads.queries * query]).scalars
    for kind in [PK_ROWS_F16, PK_ROWS_BF16] {
      let rows = [UInt64(2), 3].map { seed -> [UInt16] in
        var rows = [UInt16](repeating: 0, count: count * row)
        pk_write_row(kind, noise([count * row], seed: seed).scalars, &rows, rows.count)
        return rows
      }
      let floats = rows.map { rows in written(rows.count) { pk_read_row(kind, rows, $0, rows.count) } }
      func attended(_ bodies: Bodies, _ kind: pk_row_kind, _ rows: [UnsafeMutableRawPointer], _ size: Int) -> [Float] {
        var shape = pk_attention(
          group: heads.group, width: width, query_stride: query, slope_stride: query, out_stride: query,
          head_stride: heads.group * heads.together, key_offset: 0, queries: heads.queries, extra: 7,
          first: count - 7 - heads.queries, sliding_window: 60, scale: 0.3, together: heads.together, follows: 0,
          rows: kind)
        var logs = [Float](repeating: 0, count: heads.queries * heads.group * heads.together)
        var scratch = [Float](repeating: 0, count: bodies.attend_scratch(&shape))
        let runs = rows.map {
          [
            pk_run(first: $0, count: 70, stride: row),
            pk_run(first: $0 + 70 * row * size, count: count - 70, stride: row),
          ]
        }
        return written(q.count) { bodies.attend(&shape, q, runs[0], runs[1], $0, &logs, &scratch) } + logs
      }
      for (name, bodies) in Self.others + [("active", Self.active)] {
        var (keys, values, wideKeys, wideValues) = (rows[0], rows[1], floats[0], floats[1])
        let found = keys.withUnsafeMutableBytes { keys in
          values.withUnsafeMutableBytes { attended(bodies, kind, [keys.baseAddress!, $0.baseAddress!], 2) }
        }
        let expected = wideKeys.withUnsafeMutableBytes { keys in
          wideValues.withUnsafeMutableBytes { attended(bodies, PK_ROWS_F32, [keys.baseAddress!, $0.baseAddress!], 4) }
        }
        let worst = zip(found, expected).map { abs($0 - $1) }.max() ?? 0
        #expect(worst <= 1e-6 * (expected.map(abs).max() ?? 1), "\(name) \(kind): \(worst)")
      }
    }
  }
}
