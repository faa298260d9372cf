import Foundation

/// What YAML and JSON can say: the form in which settings travel before they become a type.
public enum Setting: Sendable, Hashable {
  case null
  case bool(Bool)
  case int(Int)
  case number(Double)
  case string(String)
  case list([Setting])
  case table([String: Setting])
}

extension Setting: Codable {
  /// Any JSON or YAML value.
  public init(from decoder: any Decoder) throws {
    let value = try decoder.singleValueContainer()
    if value.decodeNil() {
      self = .null
    } else if let bool = try? value.decode(Bool.self) {
      self = .bool(bool)
    } else if let int = try? value.decode(Int.self) {
      self = .int(int)
    } else if let number = try? value.decode(Double.self) {
      self = .number(number)
    } else if let string = try? value.decode(String.self) {
      self = .string(string)
    } else if let list = try? value.decode([Setting].self) {
      self = .list(list)
    } else {
      self = .table(try value.decode([String: Setting].self))
    }
  }

  /// The value alone, without the name of its case.
  public func encode(to encoder: any Encoder) throws {
    var value = encoder.singleValueContainer()
    switch self {
    case .null: try value.encodeNil()
    case .bool(let bool): try value.encode(bool)
    case .int(let int): try value.encode(int)
    case .number(let number): try value.encode(number)
    case .string(let string): try value.encode(string)
    case .list(let list): try value.encode(list)
    case .table(let table): try value.encode(table)
    }
  }
}

extension Setting {
  /// The settings a value stands for.
  public init(describing value: some Encodable) throws {
    self = try JSONDecoder().decode(Setting.self, from: JSONEncoder().encode(value))
  }

  /// The settings a value stands for, those that are nil included, as null.
  public init(describingAll value: some Encodable) throws {
    self = try Setting(describing: value).completed(by: Mirror(reflecting: value))
  }

  /// Encoders leave out what is nil; a mirror of the value knows it.
  private func completed(by mirror: Mirror) -> Setting {
    guard case .table(var table) = self, mirror.displayStyle == .struct else { return self }
    for child in mirror.children {
      guard let key = child.label else { continue }
      let field = Mirror(reflecting: child.value)
      if let setting = table[key] {
        table[key] = setting.completed(by: field)
      } else if field.displayStyle == .optional, field.children.isEmpty {
        table[key] = .null
      }
    }
    return .table(table)
  }

  /// The value at a dotted path.
  public subscript(path: String) -> Setting? {
    get {
      path.split(separator: ".").reduce(self as Setting?) { setting, key in
        if case .table(let table)? = setting { table[String(key)] } else { nil }
      }
    }
    set { set(path.split(separator: ".").map(String.init)[...], to: newValue) }
  }

  private mutating func set(_ path: ArraySlice<String>, to value: Setting?) {
    guard let key = path.first else {
      if let value { self = value }
      return
    }
    // `--set memory.tokens=64` on `memory: [overwrite, append]` is meant for both.
    if case .list(var values) = self {
      for index in values.indices { values[index].set(path, to: value) }
      self = .list(values)
      return
    }
    var table: [String: Setting] =
      switch self {
      case .table(let table): table
      // `--set memory.tokens=64` on `memory: overwrite` adds to the short form.
      case .string(let kind): ["kind": .string(kind)]
      default: [:]
      }
    if path.count == 1 {
      table[key] = value
    } else {
      var inner = table[key] ?? .table([:])
      inner.set(path.dropFirst(), to: value)
      table[key] = inner
    }
    self = .table(table)
  }

  /// One line of JSON, keys sorted.
  public var line: String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    return (try? encoder.encode(self)).map { String(decoding: $0, as: UTF8.self) } ?? "null"
  }
}

extension Setting {
  /// A value of settings: the type's defaults, overlaid with what is given.
  ///
  /// - Parameter path: where the settings stand, for messages.
  /// - Throws: `SettingError` for a key the type does not have, or a value that does not fit.
  public static func resolve<Value: Codable>(
    _ defaults: Value, overlaid given: Setting, at path: String
  ) throws -> Value {
    let given = (Value.self as? any RenamedSettings.Type).map { given.renamed($0.formerKeys) } ?? given
    let merged = try Setting(describing: defaults)
      .overlaid(with: given, at: path, over: Mirror(reflecting: defaults))
    return try merged.decoded(as: Value.self, at: path)
  }

  /// The table with former keys replaced by the present ones. A former key beside the present one stays, and is
  /// then refused as unknown.
  private func renamed(_ keys: [String: String]) -> Setting {
    guard case .table(var table) = self else { return self }
    for (former, present) in keys where table[present] == nil {
      guard let value = table.removeValue(forKey: former) else { continue }
      table[present] = value
    }
    return .table(table)
  }

  /// - Parameter defaults: the value that `self` describes; it knows the keys that are nil.
  private func overlaid(with given: Setting, at path: String, over defaults: Mirror?) throws -> Setting {
    switch (self, given) {
    case (.table(let table), _) where table["kind"] != nil:
      // A specification: its catalogue knows its keys.
      guard case .table(let wanted) = given else {
        if case .string = given { return .table(["kind": given]) }
        return given
      }
      guard wanted["kind"] == nil || wanted["kind"] == table["kind"] else { return given }
      return .table(table.merging(wanted) { $1 })
    case (.table(var table), .table(let wanted)):
      let defaults =
        defaults?.displayStyle == .optional
        ? defaults?.children.first.map { Mirror(reflecting: $0.value) } : defaults
      let fields = defaults.map { Array($0.children) } ?? []
      // A dictionary takes any key; a struct has the fields it has, be it none.
      let isOpen = defaults?.displayStyle == .dictionary || table.isEmpty && defaults?.displayStyle != .struct
      let optional = fields.compactMap(\.label)
      for (key, value) in wanted.sorted(by: { $0.key < $1.key }) {
        let place = path.isEmpty ? key : "\(path).\(key)"
        if let old = table[key] {
          let field = fields.first { $0.label == key }
          table[key] = try old.overlaid(with: value, at: place, over: field.map { Mirror(reflecting: $0.value) })
        } else if optional.contains(key) || isOpen {
          table[key] = value
        } else {
          let known = Array(Set(table.keys).union(optional)).sorted()
          throw SettingError.unknownKey(place, nearest: nearest(to: key, among: known), known: known)
        }
      }
      return .table(table)
    default: return given
    }
  }
}

/// Settings of which some keys were renamed: files and flags with the former keys are read as before.
public protocol RenamedSettings {
  /// Present keys by former ones.
  static var formerKeys: [String: String] { get }
}
