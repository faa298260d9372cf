/// The fields of a configuration file, each asked for by name, with an error that says what was there.
struct Fields {
  let file: String
  /// Stands before the names of fields of an inner table.
  var path = ""
  let table: [String: JSON]

  init(file: String, path: String = "", table: [String: JSON]) {
    self.file = file
    self.path = path
    self.table = table
  }

  init(file: String) throws {
    guard case .table(let table) = try JSON(file: file) else {
      throw CheckpointError.unsupported(file: file, key: "the file", expected: "a JSON object", found: "something else")
    }
    self.init(file: file, table: table)
  }

  func fault(_ key: String, expected: String) -> CheckpointError {
    let found = table[key].map(\.shown) ?? "missing"
    return .unsupported(file: file, key: path + key, expected: expected, found: found)
  }

  /// Nil where the field is missing or null.
  private func value(_ key: String) -> JSON? {
    if case .null? = table[key] { return nil }
    return table[key]
  }

  func has(_ key: String) -> Bool { value(key) != nil }

  func inner(_ key: String) throws -> Fields? {
    guard let value = value(key) else { return nil }
    guard case .table(let table) = value else { throw fault(key, expected: "a table") }
    return Fields(file: file, path: "\(path)\(key).", table: table)
  }

  func text(_ key: String) throws -> String? {
    guard let value = value(key) else { return nil }
    guard case .text(let text) = value else { throw fault(key, expected: "a string") }
    return text
  }

  func bool(_ key: String) throws -> Bool? {
    guard let value = value(key) else { return nil }
    guard case .bool(let bool) = value else { throw fault(key, expected: "true or false") }
    return bool
  }

  func whole(_ key: String, in range: ClosedRange<Int>) throws -> Int? {
    guard let value = value(key) else { return nil }
    guard case .number(let number) = value, let whole = Int(exactly: number), range.contains(whole) else {
      throw fault(key, expected: "a whole number in \(range.lowerBound)...\(range.upperBound)")
    }
    return whole
  }

  func needed(_ key: String, in range: ClosedRange<Int>) throws -> Int {
    guard let whole = try whole(key, in: range) else {
      throw fault(key, expected: "a whole number in \(range.lowerBound)...\(range.upperBound)")
    }
    return whole
  }

  func real(_ key: String, in range: ClosedRange<Double>) throws -> Double? {
    guard let value = value(key) else { return nil }
    guard case .number(let number) = value, range.contains(number) else {
      throw fault(key, expected: "a number in \(range.lowerBound)...\(range.upperBound)")
    }
    return number
  }

  func reals(_ key: String) throws -> [Double]? {
    guard let value = value(key) else { return nil }
    guard case .list(let list) = value else { throw fault(key, expected: "a list of numbers") }
    return try list.map {
      guard case .number(let number) = $0 else { throw fault(key, expected: "a list of numbers") }
      return number
    }
  }

  func texts(_ key: String) throws -> [String]? {
    guard let value = value(key) else { return nil }
    guard case .list(let list) = value else { throw fault(key, expected: "a list of strings") }
    return try list.map {
      guard case .text(let text) = $0 else { throw fault(key, expected: "a list of strings") }
      return text
    }
  }

  /// One token id or a list of them.
  func tokens(_ key: String) throws -> [Int] {
    guard let value = value(key) else { return [] }
    let list = if case .list(let list) = value { list } else { [value] }
    return try list.map {
      guard case .number(let number) = $0, let id = Int(exactly: number), (0..<ModelConfiguration.most).contains(id)
      else { throw fault(key, expected: "a token id or a list of them") }
      return id
    }
  }
}
