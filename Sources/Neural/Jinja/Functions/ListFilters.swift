extension Filters {
  static let lists: [String: Filter] = [
    "length": length, "count": length,
    "default": fallback, "d": fallback,
    "join": { evaluator, value, passed in
      let arguments = try passed.ordered(["d", "attribute"], of: "join")
      let separator = try arguments[0].map { try evaluator.text($0, passed.line) } ?? MarkedText()
      let parts = try evaluator.items(of: value, passed.line).map { item in
        try evaluator.text(try evaluator.attribute(arguments[1], of: item, passed), passed.line)
      }
      return .text(try evaluator.joined(parts, by: separator, passed.line))
    },
    "first": { evaluator, value, passed in
      try evaluator.items(of: value, passed.line).first ?? .undefined("there is no first item")
    },
    "last": { evaluator, value, passed in
      if case .iterator = value { throw passed.fails("a generator has no last item") }
      return try evaluator.items(of: value, passed.line).last ?? .undefined("there is no last item")
    },
    "list": { evaluator, value, passed in
      .list(try evaluator.list(evaluator.items(of: value, passed.line), passed.line))
    },
    "items": { evaluator, value, passed in
      switch value {
      case .undefined: return .iterator(Items([]))
      case .dictionary(let dictionary):
        try evaluator.spend(items: 3 * dictionary.entries.count, passed.line)
        return .iterator(Items(dictionary.entries.map { .tuple(Items([$0.key, $0.value])) }))
      default: throw passed.fails("items needs a dict, not a \(value.type)")
      }
    },
    "reverse": { evaluator, value, passed in
      if case .text(let text) = value { return .text(MarkedText(units: text.units.reversed())) }
      return .iterator(try evaluator.list(evaluator.items(of: value, passed.line).reversed(), passed.line))
    },
    "dictsort": { evaluator, value, passed in
      let arguments = try passed.ordered(["case_sensitive", "by", "reverse"], of: "dictsort")
      guard case .dictionary(let dictionary) = value else { throw passed.fails("dictsort needs a dict") }
      let by = try arguments[1].map { try evaluator.text($0, passed.line).string } ?? "key"
      guard by == "key" || by == "value" else { throw passed.fails("dictsort sorts by key or value") }
      let minds = arguments[0]?.isTrue ?? false
      let entries = try evaluator.sorted(dictionary.entries, passed.line, isReversed: arguments[2]?.isTrue ?? false) {
        (by == "key" ? $0.key : $0.value).folded(minds)
      }
      try evaluator.spend(items: 3 * entries.count, passed.line)
      return .list(try evaluator.list(entries.map { .tuple(Items([$0.key, $0.value])) }, passed.line))
    },
    "sort": { evaluator, value, passed in
      let arguments = try passed.ordered(["reverse", "case_sensitive", "attribute"], of: "sort")
      let minds = arguments[1]?.isTrue ?? false
      let items = try evaluator.items(of: value, passed.line)
      let sorted = try evaluator.sorted(items, passed.line, isReversed: arguments[0]?.isTrue ?? false) { item in
        guard case .text(let names)? = arguments[2] else {
          return try evaluator.attribute(arguments[2], of: item, passed).folded(minds)
        }
        let keys = try names.split(MarkedText(",")).map { name in
          try evaluator.attribute(.text(name), of: item, passed).folded(minds)
        }
        return .tuple(Items(keys))
      }
      return .list(try evaluator.list(sorted, passed.line))
    },
    "unique": { evaluator, value, passed in
      let arguments = try passed.ordered(["case_sensitive", "attribute"], of: "unique")
      var seen: Set<Mapping.Key> = []
      let items = try evaluator.items(of: value, passed.line).filter { item in
        let value = try evaluator.attribute(arguments[1], of: item, passed).folded(arguments[0]?.isTrue ?? false)
        guard let key = Mapping.Key(value) else {
          throw passed.fails("unique needs values that a dict can have as keys")
        }
        return seen.insert(key).inserted
      }
      return .iterator(try evaluator.list(items, passed.line))
    },
    "min": { evaluator, value, passed in try evaluator.extreme(value, isLargest: false, passed) },
    "max": { evaluator, value, passed in try evaluator.extreme(value, isLargest: true, passed) },
    "attr": { evaluator, value, passed in
      guard case .text(let name)? = try passed.ordered(["name"], needed: 1, of: "attr")[0] else {
        throw passed.fails("attr needs a name")
      }
      switch value {
      case .namespace, .loop: return try evaluator.attribute(name.string, of: value, passed.line)
      default:
        return try evaluator.method(name.string, of: value, passed.line)
          ?? .undefined("there is no attribute \(name.string)")
      }
    },
    "map": { evaluator, value, passed in try evaluator.mapped(value, passed) },
    "select": { evaluator, value, passed in try evaluator.selected(value, passed, byAttribute: false, keeps: true) },
    "reject": { evaluator, value, passed in try evaluator.selected(value, passed, byAttribute: false, keeps: false) },
    "selectattr": { evaluator, value, passed in try evaluator.selected(value, passed, byAttribute: true, keeps: true) },
    "rejectattr": { evaluator, value, passed in try evaluator.selected(value, passed, byAttribute: true, keeps: false)
    },
    "batch": { evaluator, value, passed in
      let arguments = try passed.ordered(["linecount", "fill_with"], needed: 1, of: "batch")
      let size = try evaluator.index(arguments[0] ?? .none, passed.line)
      guard size > 0 else { throw passed.fails("batch needs a size above 0") }
      let items = try evaluator.items(of: value, passed.line)
      let rows = try stride(from: 0, to: items.count, by: size).map { start in
        var row = Array(items[start..<min(items.count, start + min(size, items.count))])
        if let fill = arguments[1], row.count < size {
          try evaluator.spend(items: size, passed.line)
          row += Array(repeating: fill, count: size - row.count)
        }
        return Value.list(try evaluator.list(row, passed.line))
      }
      return .iterator(try evaluator.list(rows, passed.line))
    },
    "groupby": { evaluator, value, passed in
      let arguments = try passed.ordered(["attribute", "default", "case_sensitive"], needed: 1, of: "groupby")
      func key(_ item: Value) throws -> Value {
        try evaluator.attribute(arguments[0], of: item, passed, fallback: arguments[1])
      }
      let minds = arguments[2]?.isTrue ?? false
      let sorted = try evaluator.sorted(evaluator.items(of: value, passed.line), passed.line) {
        try key($0).folded(minds)
      }
      var groups: [(key: Value, items: [Value])] = []
      for item in sorted {
        let key = try key(item)
        if let last = groups.last, try evaluator.equal(last.key.folded(minds), key.folded(minds), passed.line) {
          groups[groups.count - 1].items.append(item)
        } else {
          groups.append((key, [item]))
        }
      }
      let pairs: [Value] = try groups.map { group in
        .tuple(try evaluator.list([group.key, .list(try evaluator.list(group.items, passed.line))], passed.line))
      }
      return .list(try evaluator.list(pairs, passed.line))
    },
  ]

  private static let length: Filter = { evaluator, value, passed in
    switch value {
    case .text(let text): return .int(text.count)
    case .list(let items), .tuple(let items): return .int(items.values.count)
    case .dictionary(let dictionary): return .int(dictionary.entries.count)
    case .undefined: return .int(0)
    case .loop(let loop): return .int(loop.items.count)
    default: throw passed.fails("a value of type \(value.type) has no length")
    }
  }

  private static let fallback: Filter = { _, value, passed in
    let arguments = try passed.ordered(["default_value", "boolean"], of: "default")
    if case .undefined = value { return arguments[0] ?? .text("") }
    return (arguments[1]?.isTrue ?? false) && !value.isTrue ? arguments[0] ?? .text("") : value
  }
}

extension Value {
  /// Text in lower case, unless case matters.
  fileprivate func folded(_ mindsCase: Bool) -> Value {
    if case .text(let text) = self, !mindsCase { return .text(text.lowercased) }
    return self
  }
}

extension Evaluator {
  /// `a.b.0` of an item; the item itself where there is no such path.
  func attribute(_ path: Value?, of item: Value, _ passed: Passed, fallback: Value? = nil) throws -> Value {
    var item = item
    switch path {
    case nil, .some(.none): return item
    case .text(let names)?:
      try spend(names.count + 1, passed.line)
      for name in names.split(MarkedText(".")) {
        let isNumber = name.isAll(\.isPythonDigit)
        item = try self.item(isNumber ? .int(Int(name.string) ?? 0) : .text(name), of: item, passed.line)
        if let fallback, case .undefined = item { item = fallback }
      }
      return item
    case let key?: return try self.item(key, of: item, passed.line)
    }
  }

  fileprivate func sorted<Item>(
    _ items: [Item], _ line: Int, isReversed: Bool, by key: (Item) throws -> Value
  ) throws -> [Item] {
    guard isReversed else { return try sorted(items, line, by: key) }
    // Equal values stay in order in a reversed sort too.
    return try Array(sorted(Array(items.reversed()), line, by: key).reversed())
  }

  fileprivate func extreme(_ value: Value, isLargest: Bool, _ passed: Passed) throws -> Value {
    let arguments = try passed.ordered(["case_sensitive", "attribute"], of: isLargest ? "max" : "min")
    var best: (key: Value, item: Value)?
    for item in try items(of: value, passed.line) {
      let key = try attribute(arguments[1], of: item, passed).folded(arguments[0]?.isTrue ?? false)
      if let known = best {
        let isBetter = try isLargest ? less(known.key, key, passed.line) : less(key, known.key, passed.line)
        guard isBetter else { continue }
      }
      best = (key, item)
    }
    return best?.item ?? .undefined("the list is empty")
  }

  fileprivate func mapped(_ value: Value, _ passed: Passed) throws -> Value {
    guard value.isTrue else { return .iterator(Items([])) }
    let items = try items(of: value, passed.line)
    if passed.positional.isEmpty, passed.named.contains(where: { $0.name == "attribute" }) {
      let arguments = try passed.ordered(["attribute", "default"], of: "map")
      return .iterator(
        try list(
          items.map { try attribute(arguments[0], of: $0, passed, fallback: arguments[1]) }, passed.line))
    }
    guard case .text(let name)? = passed.positional.first else { throw passed.fails("map needs a filter") }
    let rest = Passed(positional: Array(passed.positional.dropFirst()), named: passed.named, line: passed.line)
    return .iterator(try list(items.map { try apply(name.string, to: $0, rest) }, passed.line))
  }

  fileprivate func selected(_ value: Value, _ passed: Passed, byAttribute: Bool, keeps: Bool) throws -> Value {
    guard value.isTrue else { return .iterator(Items([])) }
    var arguments = passed.positional[...]
    var path: Value?
    if byAttribute {
      guard let first = arguments.popFirst() else { throw passed.fails("the name of an attribute is missing") }
      path = first
    }
    let name = try arguments.popFirst().map { try text($0, passed.line).string }
    let rest = Passed(positional: Array(arguments), named: passed.named, line: passed.line)
    let items = try items(of: value, passed.line).filter { item in
      let value = try attribute(path, of: item, passed)
      return try (name.map { try test($0, value, rest) } ?? value.isTrue) == keeps
    }
    return .iterator(try list(items, passed.line))
  }
}
