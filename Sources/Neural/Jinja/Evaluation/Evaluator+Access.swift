/// Attributes, items and slices.
extension Evaluator {
  /// `owner.name`: an attribute of the type, or else an item.
  func attribute(_ name: String, of owner: Value, _ line: Int) throws -> Value {
    switch owner {
    case .undefined(let reason):
      // Python's own attributes exist, and the sandbox shuts them.
      guard name.hasPrefix("__") else { throw JinjaFault.failed(line: line, reason: reason) }
      return owner
    case .namespace(let namespace):
      return namespace.values[name] ?? .undefined("the namespace has no attribute \(name)")
    case .loop(let loop): return try attribute(name, of: loop, line)
    default: break
    }
    if let method = try method(name, of: owner, line) { return method }
    if case .dictionary(let dictionary) = owner, let value = dictionary[name] { return value }
    return .undefined("\(described(owner)) has no attribute \(name)")
  }

  /// `owner[key]`: an item, or else an attribute of the type.
  func item(_ key: Value, of owner: Value, _ line: Int) throws -> Value {
    switch owner {
    case .undefined(let reason): throw JinjaFault.failed(line: line, reason: reason)
    case .dictionary(let dictionary):
      if let key = Mapping.Key(key), let value = dictionary[key] { return value }
    case .list(let items), .tuple(let items):
      if let place = place(key, count: items.values.count) { return items.values[place] }
    case .text(let text):
      if let place = place(key, count: text.count) { return .text(MarkedText(units: [text.units[place]])) }
    default: break
    }
    guard case .text(let name) = key else { return .undefined("\(described(owner)) has no such item") }
    switch owner {
    case .namespace, .loop: return try attribute(name.string, of: owner, line)
    default:
      return try method(name.string, of: owner, line)
        ?? .undefined("\(described(owner)) has no item \(name.string.debugDescription)")
    }
  }

  private func described(_ value: Value) -> String { "a value of type \(value.type)" }

  private func place(_ key: Value, count: Int) -> Int? {
    guard case .int(let index)? = key.number else { return nil }
    let place = index < 0 ? index + count : index
    return 0..<count ~= place ? place : nil
  }

  private func attribute(_ name: String, of loop: LoopState, _ line: Int) throws -> Value {
    let (index, count) = (loop.index, loop.items.count)
    switch name {
    case "index": return .int(index + 1)
    case "index0": return .int(index)
    case "revindex": return .int(count - index)
    case "revindex0": return .int(count - index - 1)
    case "first": return .bool(index == 0)
    case "last": return .bool(index == count - 1)
    case "length": return .int(count)
    // Only recursive loops are deeper.
    case "depth": return .int(1)
    case "depth0": return .int(0)
    case "previtem": return index > 0 ? loop.items[index - 1] : .undefined("there is no previous item")
    case "nextitem": return index + 1 < count ? loop.items[index + 1] : .undefined("there is no next item")
    case "cycle", "changed": return .function(.method(of: .loop(loop), name))
    default: return .undefined("loop has no attribute \(name)")
    }
  }

  /// As Python's `owner[from:to:step]`.
  func slice(_ owner: Value, _ from: Value?, _ to: Value?, _ step: Value?, _ line: Int) throws -> Value {
    func bound(_ value: Value?) throws -> Int? {
      guard let value = try value.map({ try used($0, line) }) else { return nil }
      if case .none = value { return nil }
      return try index(value, line)
    }
    let (from, to, step) = (try bound(from), try bound(to), try bound(step) ?? 1)
    guard step != 0 else { throw JinjaFault.failed(line: line, reason: "the step of a slice is zero") }
    func cut<Item>(_ items: [Item]) throws -> [Item] {
      let places = Self.places(from: from, to: to, step: step, count: items.count)
      return places.map { items[$0] }
    }
    switch owner {
    case .text(let text):
      let units = try cut(text.units)
      try spend(units.count, line)
      return .text(MarkedText(units: units))
    case .list(let items): return .list(try list(try cut(items.values), line))
    case .tuple(let items): return .tuple(try list(try cut(items.values), line))
    case .undefined(let reason): throw JinjaFault.failed(line: line, reason: reason)
    default: return .undefined("\(described(owner)) cannot be sliced")
    }
  }

  private static func places(from: Int?, to: Int?, step: Int, count: Int) -> StrideTo<Int> {
    func clamped(_ place: Int, _ low: Int, _ high: Int) -> Int {
      min(max(place < 0 ? place + count : place, low), high)
    }
    // A greater step than the whole takes one item too.
    let step = min(max(step, -count - 1), count + 1)
    if step > 0 {
      let start = from.map { clamped($0, 0, count) } ?? 0
      return stride(from: start, to: to.map { clamped($0, 0, count) } ?? count, by: step)
    }
    let start = from.map { clamped($0, -1, count - 1) } ?? count - 1
    return stride(from: start, to: to.map { clamped($0, -1, count - 1) } ?? -1, by: step)
  }
}
