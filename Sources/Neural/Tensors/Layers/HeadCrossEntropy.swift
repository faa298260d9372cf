import CKernels

extension Tensor {
  /// The cross-entropy of a linear head, `product(transposed: head).crossEntropy(targets)`, without the
  /// matrix of logits: [rows, d], head [vocabulary, d] → [].
  ///
  /// Logits are made for some rows at a time and turned into gradients in place. A step holds one
  /// block of them for any number of rows; where gradients are needed, those of rows and head are
  /// computed on the way and kept instead.
  ///
  /// - Parameters:
  ///   - targets: one token per row; negative ones do not count.
  ///   - weights: one per row, for a weighted mean; nil is 1 for all.
  /// - Precondition: the weights of the rows that count do not add up to 0.
  public func crossEntropy(head: Tensor, _ targets: [Int], weights: [Float]? = nil) -> Tensor {
    let (rows, width) = rowsAndColumns
    precondition(
      head.shape.count == 2 && head.shape[1] == width, "a head of shape \(head.shape) for rows of shape \(shape)")
    precondition(
      targets.count == rows && (weights.map { $0.count == rows } ?? true),
      "\(targets.count) targets and \(weights?.count ?? rows) weights for \(rows) rows")
    for target in targets { precondition(target < head.shape[0], "target \(target) of \(head.shape[0]) tokens") }
    let each = targets.indices.map { targets[$0] < 0 ? 0 : weights?[$0] ?? 1 }
    let total = each.reduce(0.0) { $0 + Double($1) }
    precondition(total != 0, "no target counts")
    let shares = each.map { Float(-Double($0) / total) }
    let work = HeadCrossEntropy(
      rows: rows, width: width, vocabulary: head.shape[0], targets: targets.map { Int32(Swift.max(-1, $0)) },
      shares: shares, needs: (isTracked, head.isTracked))
    let (loss, dx, dhead) = work.run(detached, head.detached)
    return loss.recorded(from: [self, head]) { gradient in
      let scale = gradient.scalar
      func scaled(_ slope: Tensor?) -> Tensor? { scale == 1 ? slope : slope?.scaled(by: scale) }
      return [scaled(dx), scaled(dhead)]
    }
  }
}

/// One pass over blocks of rows: logits, their log-likelihoods, their slopes, and what these give to
/// the rows and to the head.
private struct HeadCrossEntropy {
  var rows: Int
  var width: Int
  var vocabulary: Int
  var targets: [Int32]
  /// What the log-likelihood of each row is multiplied by.
  var shares: [Float]
  var needs: (rows: Bool, head: Bool)

  /// Rows whose logits are in memory at one time: 4 MiB of them, at least 64 rows.
  private var block: Int { min(max(64, (1 << 20) / max(1, vocabulary) / 64 * 64), 256) }

  /// Small heads go through their blocks on several threads, each with a sum of its own; large ones go
  /// block by block, and the products are cut. It depends on the sizes alone.
  private var parts: Int { vocabulary * width <= 1 << 19 ? min(8, (rows + block - 1) / block) : 1 }

  func run(_ x: Tensor, _ head: Tensor) -> (loss: Tensor, dx: Tensor?, dhead: Tensor?) {
    let dx = needs.rows ? Tensor(shape: x.shape) { _ in } : nil
    let sums = needs.head ? Tensor(shape: [max(1, parts), vocabulary, width]) { _ in } : nil
    let likelihoods = Tensor(shape: [rows]) { _ in }
    // Blocks are dealt to the parts in runs.
    let perPart = ((rows + block - 1) / block + max(1, parts) - 1) / max(1, parts) * block
    reading(x, head, likelihoods) { x, head, _ in
      parallel(max(1, parts), scratch: block * vocabulary + block) { part, room in
        let sum = sums.map { $0.storage.base + part * vocabulary * width }
        sum?.update(repeating: 0, count: vocabulary * width)
        var row = part * perPart
        while row < min(rows, (part + 1) * perPart) {
          let count = min(block, rows - row, (part + 1) * perPart - row)
          step(row, count, x, head, likelihoods.storage.base, dx?.storage.base, sum, room)
          row += count
        }
      }
    }
    let loss = Float(zip(likelihoods.scalars, shares).reduce(0.0) { $0 + Double($1.0) * Double($1.1) })
    let dhead = sums.map { parts <= 1 ? $0.reshaped(vocabulary, width) : $0.summed(to: [vocabulary, width]) }
    return (Tensor(loss), dx, dhead)
  }

  private func step(
    _ row: Int, _ count: Int, _ x: UnsafePointer<Float>, _ head: UnsafePointer<Float>,
    _ likelihoods: UnsafeMutablePointer<Float>, _ dx: UnsafeMutablePointer<Float>?,
    _ dhead: UnsafeMutablePointer<Float>?, _ room: UnsafeMutablePointer<Float>
  ) {
    let (logits, logSums) = (room, room + count * vocabulary)
    let from = x + row * width
    Product(m: count, n: vocabulary, k: width, transposesB: true).run(from, head, logits)
    targets.withUnsafeBufferPointer { targets in
      shares.withUnsafeBufferPointer { shares in
        guard let targets = targets.baseAddress, let shares = shares.baseAddress else { return }
        let grain = rowGrain(vocabulary)
        parallel(count, grain: grain) {
          let at = $0.lowerBound
          let place = logits + at * vocabulary
          pk_log_likelihood(
            place, targets + row + at, likelihoods + row + at, logSums + at, $0.count, vocabulary)
          guard dx != nil || dhead != nil else { return }
          pk_log_likelihood_slopes(
            place, targets + row + at, logSums + at, shares + row + at, $0.count, vocabulary)
        }
      }
    }
    if let dx { Product(m: count, n: width, k: vocabulary).run(logits, head, dx + row * width) }
    if let dhead {
      Product(m: vocabulary, n: width, k: count, transposesA: true, adds: true).run(logits, from, dhead)
    }
  }
}
