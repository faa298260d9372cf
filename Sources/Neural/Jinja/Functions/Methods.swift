/// Which methods the types of Python have. Those that would change a list or dictionary are shut, as in the sandbox;
/// calling one is an error that says so.
enum Methods {
  static let text: Set<String> = [
    "strip", "lstrip", "rstrip", "split", "rsplit", "splitlines", "startswith", "endswith", "replace", "upper", "lower",
    "title", "capitalize", "swapcase", "casefold", "find", "rfind", "index", "rindex", "count", "join", "isdigit",
    "isalpha", "isalnum", "isspace", "isupper", "islower", "isnumeric", "isdecimal", "zfill", "ljust", "rjust",
    "center",
    "removeprefix", "removesuffix", "partition", "rpartition", "format",
  ]
  static let otherText: Set<String> = [
    "encode", "expandtabs", "format_map", "isascii", "isidentifier", "isprintable", "istitle", "maketrans", "translate",
  ]
  static let dictionary: Set<String> = ["get", "items", "keys", "values", "copy"]
  static let list: Set<String> = ["index", "count", "copy"]
  static let changing: Set<String> = [
    "clear", "pop", "popitem", "setdefault", "update", "append", "reverse", "insert", "sort", "extend", "remove",
  ]
}

extension Evaluator {
  /// A method of a value's type; nil where the type has none of this name.
  func method(_ name: String, of owner: Value, _ line: Int) throws -> Value? {
    switch owner {
    case .text:
      if Methods.text.contains(name) { return .function(.method(of: owner, name)) }
      guard !Methods.otherText.contains(name) else {
        throw JinjaFault.unsupported(line: line, construct: "the method \(name) of a str")
      }
    case .dictionary:
      if Methods.dictionary.contains(name) { return .function(.method(of: owner, name)) }
      if ["clear", "pop", "popitem", "setdefault", "update"].contains(name) { return shut(name, "dict") }
    case .list:
      if Methods.list.contains(name) { return .function(.method(of: owner, name)) }
      if Methods.changing.subtracting(["popitem", "setdefault", "update"]).contains(name) { return shut(name, "list") }
    case .tuple:
      if name == "index" || name == "count" { return .function(.method(of: owner, name)) }
    default: break
    }
    return nil
  }

  private func shut(_ name: String, _ type: String) -> Value {
    .undefined("the method \(name) would change a \(type), which the sandbox of chat templates does not allow")
  }

  func callMethod(_ name: String, of dictionary: Mapping, _ passed: Passed) throws -> Value {
    func all(_ value: (Mapping.Entry) -> Value) throws -> Value {
      _ = try passed.ordered([], of: name)
      return .list(try list(dictionary.entries.map(value), passed.line))
    }
    switch name {
    case "items":
      try spend(items: 2 * dictionary.entries.count, passed.line)
      return try all { .tuple(Items([$0.key, $0.value])) }
    case "keys": return try all(\.key)
    case "values": return try all(\.value)
    case "copy": return .dictionary(dictionary)
    default:
      let arguments = try passed.ordered(["key", "default"], needed: 1, of: name)
      guard passed.named.isEmpty, let key = arguments[0].flatMap({ Mapping.Key($0) }) else {
        if case .undefined? = arguments[0] { return arguments[1] ?? .none }
        throw passed.fails("get needs a key that a dict can have")
      }
      return dictionary[key] ?? arguments[1] ?? .none
    }
  }

  func callMethod(_ name: String, of items: Items, _ passed: Passed, _ make: (Items) -> Value) throws -> Value {
    if name == "copy" { return make(items) }
    guard let wanted = try passed.ordered(["value"], needed: 1, of: name)[0] else { return .none }
    let places = try items.values.indices.filter { try equal(items.values[$0], wanted, passed.line) }
    if name == "count" { return .int(places.count) }
    guard let first = places.first else { throw passed.fails("the list has no such item") }
    return .int(first)
  }

  func callMethod(_ name: String, of loop: LoopState, _ passed: Passed) throws -> Value {
    if name == "cycle" {
      guard !passed.positional.isEmpty else { throw passed.fails("cycle needs values") }
      return passed.positional[loop.index % passed.positional.count]
    }
    let isSame = try loop.last.map { last in
      try last.count == passed.positional.count
        && zip(last, passed.positional).allSatisfy { try equal($0, $1, passed.line) }
    }
    loop.last = passed.positional
    return .bool(!(isSame ?? false))
  }
}
