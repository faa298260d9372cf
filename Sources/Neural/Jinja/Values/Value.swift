/// A value while a template is evaluated, as Python would have it.
enum Value {
  /// With the sentence that an error says about it.
  case undefined(String)
  case none
  case bool(Bool)
  case int(Int)
  case float(Double)
  case text(MarkedText)
  case list(Items)
  case tuple(Items)
  /// A generator: it can be gone through, but has neither length nor items by number.
  case iterator(Items)
  case dictionary(Mapping)
  case namespace(Namespace)
  case loop(LoopState)
  case function(Function)

  /// What can be called.
  indirect enum Function {
    case macro(MacroValue)
    case method(of: Value, String)
    case global(String)
  }

  static func text(_ text: String) -> Value { .text(MarkedText(text)) }

  /// The name of the type in messages.
  var type: String {
    switch self {
    case .undefined: "undefined"
    case .none: "None"
    case .bool: "bool"
    case .int: "int"
    case .float: "float"
    case .text: "str"
    case .list: "list"
    case .tuple: "tuple"
    case .iterator: "generator"
    case .dictionary: "dict"
    case .namespace: "namespace"
    case .loop: "loop"
    case .function: "function"
    }
  }

  /// Lists in lists in lists: 1 for a list of none, 0 for what holds nothing.
  var depth: Int {
    switch self {
    case .list(let items), .tuple(let items), .iterator(let items): items.depth
    case .dictionary(let dictionary): dictionary.depth
    case .function(.method(let receiver, _)): receiver.depth + 1
    default: 0
    }
  }

  /// As Python's `bool()`.
  var isTrue: Bool {
    switch self {
    case .undefined, .none: false
    case .bool(let value): value
    case .int(let value): value != 0
    case .float(let value): value != 0
    case .text(let text): !text.isEmpty
    case .list(let items), .tuple(let items): !items.values.isEmpty
    case .dictionary(let dictionary): !dictionary.entries.isEmpty
    case .iterator, .namespace, .loop, .function: true
    }
  }

  /// True, False and numbers are one kind.
  var number: Number? {
    switch self {
    case .bool(let value): .int(value ? 1 : 0)
    case .int(let value): .int(value)
    case .float(let value): .float(value)
    default: nil
    }
  }
}

/// A number of Python; whole ones have 64 bits here.
enum Number {
  case int(Int)
  case float(Double)

  var double: Double {
    switch self {
    case .int(let value): Double(value)
    case .float(let value): value
    }
  }
}

/// The items of a list. They never change: templates run in a sandbox in which lists are constant.
struct Items {
  let values: [Value]
  let depth: Int

  init(_ values: [Value]) {
    self.values = values
    depth = 1 + (values.lazy.map(\.depth).max() ?? 0)
  }
}

/// A dictionary in the order in which its keys were first put in. It never changes once it is made.
struct Mapping {
  private(set) var entries: [Entry] = []
  private(set) var depth = 1
  private var places: [Key: Int] = [:]

  /// A key and its value.
  struct Entry {
    let key: Value
    var value: Value
  }

  /// What two equal keys have in common.
  enum Key: Hashable {
    case none
    case int(Int)
    case float(Double)
    case text(MarkedText)
    case tuple([Key])

    /// nil for what Python cannot hash.
    init?(_ value: Value) {
      switch value {
      case .none: self = .none
      case .bool(let value): self = .int(value ? 1 : 0)
      case .int(let value): self = .int(value)
      case .float(let value):
        if let whole = Int(exactly: value) { self = .int(whole) } else { self = .float(value) }
      case .text(let text): self = .text(text)
      case .tuple(let items):
        var keys: [Key] = []
        for value in items.values {
          guard let key = Key(value) else { return nil }
          keys.append(key)
        }
        self = .tuple(keys)
      default: return nil
      }
    }
  }

  subscript(key: Key) -> Value? { places[key].map { entries[$0].value } }
  subscript(name: String) -> Value? { self[.text(MarkedText(name))] }

  /// - Returns: whether the key is one that can be looked up.
  mutating func put(_ value: Value, at key: Value) -> Bool {
    guard let place = Key(key) else { return false }
    if let known = places[place] {
      entries[known].value = value
    } else {
      places[place] = entries.count
      entries.append(Entry(key: key, value: value))
    }
    depth = max(depth, 1 + max(value.depth, key.depth))
    return true
  }
}

/// The one value that a template can change: `namespace()`.
final class Namespace {
  var values: [String: Value]
  init(_ values: [String: Value]) { self.values = values }
}

/// What `loop` is in a loop.
final class LoopState {
  let items: [Value]
  var index = 0
  /// What `loop.changed` was called with.
  var last: [Value]?

  init(_ items: [Value]) { self.items = items }
}

/// A macro and the names around it.
final class MacroValue {
  let definition: Statement.Macro
  let scope: Scope

  init(_ definition: Statement.Macro, in scope: Scope) {
    self.definition = definition
    self.scope = scope
  }
}

/// The names of one block. Names that a block does not have are those of the block around it.
final class Scope {
  var names: [String: Value] = [:]
  let outer: Scope?

  init(in outer: Scope?) { self.outer = outer }

  func find(_ name: String) -> Value? {
    var scope: Scope? = self
    while let here = scope {
      if let value = here.names[name] { return value }
      scope = here.outer
    }
    return nil
  }
}

extension Value {
  /// A variable of the caller's.
  init(_ value: JinjaValue) {
    switch value {
    case .none: self = .none
    case .bool(let value): self = .bool(value)
    case .int(let value): self = .int(value)
    case .float(let value): self = .float(value)
    case .text(let text): self = .text(MarkedText(text))
    case .foreign(let pieces): self = .text(MarkedText(foreign: pieces))
    case .list(let values): self = .list(Items(values.map { Value($0) }))
    case .dictionary(let pairs):
      var dictionary = Mapping()
      for pair in pairs { _ = dictionary.put(Value(pair.value), at: .text(pair.key)) }
      self = .dictionary(dictionary)
    }
  }
}
