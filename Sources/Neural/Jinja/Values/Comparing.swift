/// Equality, order and membership of values, as in Python.
extension Evaluator {
  func equal(_ left: Value, _ right: Value, _ line: Int) throws -> Bool {
    try step(line)
    switch (left, right) {
    case (.undefined, .undefined), (.none, .none): return true
    case (.text(let left), .text(let right)):
      try spend(min(left.count, right.count), line)
      return left == right
    case (.list(let left), .list(let right)), (.tuple(let left), .tuple(let right)):
      guard left.values.count == right.values.count else { return false }
      for (left, right) in zip(left.values, right.values) where try !equal(left, right, line) { return false }
      return true
    case (.dictionary(let left), .dictionary(let right)):
      guard left.entries.count == right.entries.count else { return false }
      for entry in left.entries {
        guard let key = Mapping.Key(entry.key), let other = right[key], try equal(entry.value, other, line) else {
          return false
        }
      }
      return true
    case (.namespace(let left), .namespace(let right)): return left === right
    case (.loop(let left), .loop(let right)): return left === right
    case (.function(.macro(let left)), .function(.macro(let right))): return left === right
    default:
      guard let left = left.number, let right = right.number else { return false }
      if case .int(let left) = left, case .int(let right) = right { return left == right }
      return left.double == right.double
    }
  }

  /// Whether the first comes before the second.
  func less(_ left: Value, _ right: Value, _ line: Int) throws -> Bool {
    try step(line)
    switch (left, right) {
    case (.text(let left), .text(let right)):
      try spend(min(left.count, right.count), line)
      return left < right
    case (.list(let left), .list(let right)), (.tuple(let left), .tuple(let right)):
      for (left, right) in zip(left.values, right.values) where try !equal(left, right, line) {
        return try less(left, right, line)
      }
      return left.values.count < right.values.count
    default:
      guard let left = left.number, let right = right.number else {
        throw JinjaFault.failed(line: line, reason: "\(left.type) and \(right.type) have no order")
      }
      if case .int(let left) = left, case .int(let right) = right { return left < right }
      return left.double < right.double
    }
  }

  func contains(_ container: Value, _ item: Value, _ line: Int) throws -> Bool {
    switch container {
    case .text(let text):
      guard case .text(let part) = item else {
        throw JinjaFault.failed(line: line, reason: "a value of type \(item.type) was looked for in a str")
      }
      try spend(text.count, line)
      return text.find(part) != nil
    case .dictionary(let dictionary):
      guard let key = Mapping.Key(item) else {
        if case .undefined = item { return false }
        throw JinjaFault.failed(line: line, reason: "a value of type \(item.type) cannot be a key")
      }
      return dictionary[key] != nil
    case .list(let items), .tuple(let items), .iterator(let items):
      for value in items.values where try equal(value, item, line) { return true }
      return false
    case .undefined: return false
    default: throw JinjaFault.failed(line: line, reason: "a value of type \(container.type) contains nothing")
    }
  }

  /// Sorted as by Python's `sorted`: equal values stay in order.
  func sorted<Item>(_ items: [Item], _ line: Int, by key: (Item) throws -> Value) throws -> [Item] {
    let keyed = try items.map { (key: try key($0), item: $0) }
    return try keyed.enumerated().sorted { left, right in
      if try less(left.element.key, right.element.key, line) { return true }
      if try less(right.element.key, left.element.key, line) { return false }
      return left.offset < right.offset
    }
    .map(\.element.item)
  }
}
