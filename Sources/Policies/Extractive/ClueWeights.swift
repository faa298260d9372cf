/// How much each clue counts.
extension Clues {
  /// The log of how likely a span is the answer, but for a constant.
  var rating: Double { values.reduce(0) { $0 + Self.weights[$1.place] * $1.amount } }

  static let weights = read(table)

  /// The weights by their places; every line is a block, a colon, and names with their numbers.
  private static func read(_ table: String) -> [Double] {
    let places = Dictionary(
      uniqueKeysWithValues: blocks.flatMap { block in
        block.names.enumerated().map { ("\(block.title) \($1)", block.start + $0) }
      })
    var weights = [Double](repeating: 0, count: count)
    for line in table.split(separator: "\n") {
      let parts = line.split(separator: ":")
      let fields = parts[1].split(separator: " ")
      for index in stride(from: 0, to: fields.count - 1, by: 2) {
        guard let place = places["\(parts[0]) \(fields[index])"], let weight = Double(fields[index + 1]) else {
          preconditionFailure("no clue is called '\(parts[0]) \(fields[index])', or its weight is not a number")
        }
        weights[place] = weight
      }
    }
    return weights
  }

  /// Weights as a table that `read` takes.
  static func written(_ weights: [Double]) -> String {
    blocks.map { block in
      let fields = block.names.enumerated().compactMap { offset, name -> String? in
        let weight = (weights[block.start + offset] * 100).rounded() / 100
        return weight == 0 ? nil : "\(name) \(weight)"
      }
      return "\(block.title): " + fields.joined(separator: " ")
    }.joined(separator: "\n")
  }
}
