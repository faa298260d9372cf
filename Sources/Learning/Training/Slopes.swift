import Tensors

/// What a microbatch gives: its loss, the gradient of each parameter, and figures that add up.
struct Slopes: Sendable {
  var loss: Float
  var gradients: [Tensor]
  var figures: [Double]

  static func + (a: Slopes, b: Slopes) -> Slopes {
    Slopes(
      loss: a.loss + b.loss, gradients: zip(a.gradients, b.gradients).map { $0 + $1 },
      figures: zip(a.figures, b.figures).map { $0 + $1 })
  }
}

extension TreeSum where Value == Slopes {
  /// The nodes as bytes.
  func put(to bytes: inout Bytes) {
    bytes.put(nodes.count)
    for node in nodes {
      bytes.put(node.level)
      bytes.put(node.index)
      bytes.put(node.value.loss)
      bytes.put(node.value.figures.count)
      for figure in node.value.figures { bytes.put(figure) }
      for gradient in node.value.gradients { gradient.withScalars { bytes.put($0) } }
    }
  }

  /// Adds nodes that were put.
  ///
  /// - Parameters:
  ///   - shapes: of the gradients.
  ///   - next: the first part that is missing; then the one behind the last.
  /// - Returns: false where the bytes are not nodes of these shapes from that part on.
  mutating func add(_ bytes: [UInt8], shapes: [[Int]], next: inout Int) -> Bool {
    var reading = BytesReading(bytes)
    guard let count = reading.number(Int.self), count >= 0 else { return false }
    for _ in 0..<count {
      guard let level = reading.number(Int.self), let index = reading.number(Int.self),
        let loss = reading.number(Float.self), let width = reading.number(Int.self),
        (0..<31).contains(level), width >= 0, (0..<(Int(Int32.max) >> level)).contains(index), index << level == next
      else { return false }
      var figures: [Double] = []
      for _ in 0..<width {
        guard let figure = reading.number(Double.self) else { return false }
        figures.append(figure)
      }
      var gradients: [Tensor] = []
      for shape in shapes {
        var isThere = true
        let size = shape.reduce(1, *)
        let tensor = Tensor(shape: shape) {
          isThere = reading.fill(UnsafeMutableBufferPointer(start: $0, count: size))
          if !isThere { $0.update(repeating: 0, count: size) }
        }
        guard isThere else { return false }
        gradients.append(tensor)
      }
      add(Node(level: level, index: index, value: Slopes(loss: loss, gradients: gradients, figures: figures)))
      next = (index + 1) << level
    }
    return reading.isAtEnd
  }
}
