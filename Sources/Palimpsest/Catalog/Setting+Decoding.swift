extension Setting {
  /// The value of a type that these settings describe.
  ///
  /// Every error says the path, what stands there and what is expected. A key that the type never asks for is
  /// refused, at any depth.
  ///
  /// - Parameter path: where the settings stand, for messages.
  /// - Throws: `SettingError`.
  public func decoded<Value: Decodable>(as type: Value.Type = Value.self, at path: String = "") throws -> Value {
    try SettingDecoder(setting: self, path: path).value(of: type)
  }
}

/// Reads a type out of settings, with errors in the words of settings.
///
/// The path of a list's element ends in its number, counted from 1: `task.questions.2.ask`.
private struct SettingDecoder: Decoder {
  let setting: Setting
  let path: String
  let asked = Asked()
  var codingPath: [any CodingKey] { [] }
  var userInfo: [CodingUserInfoKey: Any] { [:] }

  /// The keys of a table that a type asked for.
  final class Asked {
    var keys: Set<String> = []
    /// Whether the type takes any key.
    var isOpen = false
  }

  func value<Value: Decodable>(of type: Value.Type) throws -> Value {
    if let setting = setting as? Value { return setting }
    let value: Value
    do {
      value = try Value(from: self)
    } catch let error as DecodingError {
      throw refusal(of: error, for: type)
    }
    if case .table(let table) = setting, !asked.isOpen {
      for key in table.keys.sorted() where !asked.keys.contains(key) {
        let known = asked.keys.sorted()
        throw SettingError.unknownKey(place(key), nearest: nearest(to: key, among: known), known: known)
      }
    }
    return value
  }

  private func refusal(of error: DecodingError, for type: Any.Type) -> SettingError {
    switch error {
    case .keyNotFound(let key, _):
      // An unknown key beside a missing one is probably the missing key, misspelt.
      guard case .table(let table) = setting,
        let other = nearest(to: key.stringValue, among: table.keys.filter { !asked.keys.contains($0) }.sorted())
      else { return .malformed(path, reason: "\(key.stringValue) is missing") }
      return .unknownKey(place(other), nearest: key.stringValue, known: asked.keys.sorted())
    case .dataCorrupted where type is any CaseIterable.Type: return wrong(Expected.words(for: type))
    default: return wrong(Expected.words(for: error))
    }
  }

  func wrong(_ expected: String) -> SettingError {
    .wrongValue(path.isEmpty ? "the setting" : path, found: setting.line, expected: expected)
  }

  func place(_ key: String) -> String { path.isEmpty ? key : "\(path).\(key)" }

  func container<Key: CodingKey>(keyedBy type: Key.Type) throws -> KeyedDecodingContainer<Key> {
    guard case .table(let table) = setting else { throw wrong("a table") }
    return KeyedDecodingContainer(KeyedSettings<Key>(table: table, decoder: self))
  }

  func unkeyedContainer() throws -> any UnkeyedDecodingContainer {
    guard case .list(let list) = setting else { throw wrong("a list") }
    return ListedSettings(list: list, decoder: self)
  }

  func singleValueContainer() -> any SingleValueDecodingContainer {
    // A type that takes the value as a whole knows its keys itself.
    asked.isOpen = true
    return SingleSetting(decoder: self)
  }
}

extension SettingDecoder {
  func bool() throws -> Bool {
    guard case .bool(let bool) = setting else { throw wrong(Expected.words(for: Bool.self)) }
    return bool
  }

  func string() throws -> String {
    switch setting {
    case .string(let text): return text
    case .bool, .int, .number: throw wrong("a text; write it in quotes")
    default: throw wrong(Expected.words(for: String.self))
    }
  }

  func integer<Value: FixedWidthInteger>() throws -> Value {
    switch setting {
    case .int(let int): if let value = Value(exactly: int) { return value }
    case .number(let number): if let value = Value(exactly: number) { return value }
    default: break
    }
    let isWhole = if case .int = setting { true } else { false }
    let bounds = isWhole ? " from \(Value.min) to \(Value.max)" : ""
    throw wrong(Expected.words(for: Value.self) + (Value.min < 0 ? bounds : isWhole ? ", at most \(Value.max)" : ""))
  }

  func number<Value: BinaryFloatingPoint>() throws -> Value {
    switch setting {
    case .int(let int): return Value(int)
    case .number(let number): if Value(number).isFinite { return Value(number) }
    default: break
    }
    throw wrong(Expected.words(for: Value.self))
  }
}

private struct KeyedSettings<Key: CodingKey>: KeyedDecodingContainerProtocol {
  let table: [String: Setting]
  let decoder: SettingDecoder
  var codingPath: [any CodingKey] { [] }

  var allKeys: [Key] {
    decoder.asked.isOpen = true
    return table.keys.sorted().compactMap { Key(stringValue: $0) }
  }

  func contains(_ key: Key) -> Bool {
    decoder.asked.keys.insert(key.stringValue)
    return table[key.stringValue] != nil
  }

  private func inner(_ key: Key) throws -> SettingDecoder {
    decoder.asked.keys.insert(key.stringValue)
    guard let setting = table[key.stringValue] else {
      throw DecodingError.keyNotFound(key, .init(codingPath: [], debugDescription: ""))
    }
    return SettingDecoder(setting: setting, path: decoder.place(key.stringValue))
  }

  func decodeNil(forKey key: Key) throws -> Bool { try inner(key).setting == .null }
  func decode(_ type: Bool.Type, forKey key: Key) throws -> Bool { try inner(key).bool() }
  func decode(_ type: String.Type, forKey key: Key) throws -> String { try inner(key).string() }
  func decode(_ type: Double.Type, forKey key: Key) throws -> Double { try inner(key).number() }
  func decode(_ type: Float.Type, forKey key: Key) throws -> Float { try inner(key).number() }
  func decode(_ type: Int.Type, forKey key: Key) throws -> Int { try inner(key).integer() }
  func decode(_ type: Int8.Type, forKey key: Key) throws -> Int8 { try inner(key).integer() }
  func decode(_ type: Int16.Type, forKey key: Key) throws -> Int16 { try inner(key).integer() }
  func decode(_ type: Int32.Type, forKey key: Key) throws -> Int32 { try inner(key).integer() }
  func decode(_ type: Int64.Type, forKey key: Key) throws -> Int64 { try inner(key).integer() }
  func decode(_ type: UInt.Type, forKey key: Key) throws -> UInt { try inner(key).integer() }
  func decode(_ type: UInt8.Type, forKey key: Key) throws -> UInt8 { try inner(key).integer() }
  func decode(_ type: UInt16.Type, forKey key: Key) throws -> UInt16 { try inner(key).integer() }
  func decode(_ type: UInt32.Type, forKey key: Key) throws -> UInt32 { try inner(key).integer() }
  func decode(_ type: UInt64.Type, forKey key: Key) throws -> UInt64 { try inner(key).integer() }
  func decode<Value: Decodable>(_ type: Value.Type, forKey key: Key) throws -> Value {
    try inner(key).value(of: type)
  }

  func nestedContainer<NestedKey: CodingKey>(
    keyedBy type: NestedKey.Type, forKey key: Key
  ) throws -> KeyedDecodingContainer<NestedKey> { try inner(key).container(keyedBy: type) }
  func nestedUnkeyedContainer(forKey key: Key) throws -> any UnkeyedDecodingContainer {
    try inner(key).unkeyedContainer()
  }
  func superDecoder() -> any Decoder { decoder }
  func superDecoder(forKey key: Key) throws -> any Decoder { try inner(key) }
}

private struct ListedSettings: UnkeyedDecodingContainer {
  let list: [Setting]
  let decoder: SettingDecoder
  var currentIndex = 0
  var codingPath: [any CodingKey] { [] }
  var count: Int? { list.count }
  var isAtEnd: Bool { currentIndex >= list.count }

  init(list: [Setting], decoder: SettingDecoder) {
    self.list = list
    self.decoder = decoder
  }

  private mutating func next() throws -> SettingDecoder {
    guard !isAtEnd else {
      throw SettingError.wrongValue(
        decoder.path, found: "a list of \(list.count)", expected: "a list of \(list.count + 1) or more")
    }
    currentIndex += 1
    return SettingDecoder(setting: list[currentIndex - 1], path: decoder.place("\(currentIndex)"))
  }

  mutating func decodeNil() -> Bool {
    guard !isAtEnd, list[currentIndex] == .null else { return false }
    currentIndex += 1
    return true
  }

  mutating func decode(_ type: Bool.Type) throws -> Bool { try next().bool() }
  mutating func decode(_ type: String.Type) throws -> String { try next().string() }
  mutating func decode(_ type: Double.Type) throws -> Double { try next().number() }
  mutating func decode(_ type: Float.Type) throws -> Float { try next().number() }
  mutating func decode(_ type: Int.Type) throws -> Int { try next().integer() }
  mutating func decode(_ type: Int8.Type) throws -> Int8 { try next().integer() }
  mutating func decode(_ type: Int16.Type) throws -> Int16 { try next().integer() }
  mutating func decode(_ type: Int32.Type) throws -> Int32 { try next().integer() }
  mutating func decode(_ type: Int64.Type) throws -> Int64 { try next().integer() }
  mutating func decode(_ type: UInt.Type) throws -> UInt { try next().integer() }
  mutating func decode(_ type: UInt8.Type) throws -> UInt8 { try next().integer() }
  mutating func decode(_ type: UInt16.Type) throws -> UInt16 { try next().integer() }
  mutating func decode(_ type: UInt32.Type) throws -> UInt32 { try next().integer() }
  mutating func decode(_ type: UInt64.Type) throws -> UInt64 { try next().integer() }
  mutating func decode<Value: Decodable>(_ type: Value.Type) throws -> Value { try next().value(of: type) }

  mutating func nestedContainer<NestedKey: CodingKey>(
    keyedBy type: NestedKey.Type
  ) throws -> KeyedDecodingContainer<NestedKey> { try next().container(keyedBy: type) }
  mutating func nestedUnkeyedContainer() throws -> any UnkeyedDecodingContainer { try next().unkeyedContainer() }
  mutating func superDecoder() throws -> any Decoder { try next() }
}

private struct SingleSetting: SingleValueDecodingContainer {
  let decoder: SettingDecoder
  var codingPath: [any CodingKey] { [] }

  func decodeNil() -> Bool { decoder.setting == .null }
  func decode(_ type: Bool.Type) throws -> Bool { try decoder.bool() }
  func decode(_ type: String.Type) throws -> String { try decoder.string() }
  func decode(_ type: Double.Type) throws -> Double { try decoder.number() }
  func decode(_ type: Float.Type) throws -> Float { try decoder.number() }
  func decode(_ type: Int.Type) throws -> Int { try decoder.integer() }
  func decode(_ type: Int8.Type) throws -> Int8 { try decoder.integer() }
  func decode(_ type: Int16.Type) throws -> Int16 { try decoder.integer() }
  func decode(_ type: Int32.Type) throws -> Int32 { try decoder.integer() }
  func decode(_ type: Int64.Type) throws -> Int64 { try decoder.integer() }
  func decode(_ type: UInt.Type) throws -> UInt { try decoder.integer() }
  func decode(_ type: UInt8.Type) throws -> UInt8 { try decoder.integer() }
  func decode(_ type: UInt16.Type) throws -> UInt16 { try decoder.integer() }
  func decode(_ type: UInt32.Type) throws -> UInt32 { try decoder.integer() }
  func decode(_ type: UInt64.Type) throws -> UInt64 { try decoder.integer() }
  func decode<Value: Decodable>(_ type: Value.Type) throws -> Value {
    // Asked for as a whole by the type that is being read: the same setting again.
    try SettingDecoder(setting: decoder.setting, path: decoder.path).value(of: type)
  }
}
