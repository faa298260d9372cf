/// What a value must be, in the words of settings and data files.
public enum Expected {
  /// The words for a type of Swift.
  public static func words(for type: Any.Type) -> String {
    switch type {
    case is Bool.Type: "true or false"
    case is String.Type: "a text"
    case is any UnsignedInteger.Type: "a whole number, 0 or more"
    case is any BinaryInteger.Type: "a whole number"
    case is any BinaryFloatingPoint.Type: "a number"
    case is Spec.Type: "a name, or a table with a kind"
    case let type as any OptionalValue.Type: "\(words(for: type.wrapped)), or null"
    case is any DictionaryValue.Type: "a table"
    case is any Collection.Type: "a list"
    case let type as any CaseIterable.Type: names(of: type).map { "one of \($0.joined(separator: ", "))" } ?? "a table"
    default: "a table"
    }
  }

  /// The names of an enumeration whose raw values are texts; nil for any other type.
  private static func names<Value: CaseIterable>(of type: Value.Type) -> [String]? {
    let names = type.allCases.compactMap { ($0 as? any RawRepresentable)?.rawValue as? String }
    return names.isEmpty ? nil : names.map { $0.isEmpty ? "\"\"" : $0 }
  }

  /// What a decoding error expected, without the decoder's own words.
  public static func words(for error: DecodingError) -> String {
    switch error {
    case .typeMismatch(let type, _), .valueNotFound(let type, _): words(for: type)
    case .keyNotFound(let key, _): "a table with the key \(key.stringValue)"
    case .dataCorrupted(let context):
      // Foundation and the compiler write into the same field as our own decoders.
      ["Cannot initialize", "Parsed JSON number", "Number", "The given data was not valid JSON"]
        .contains(where: context.debugDescription.hasPrefix) ? "a value of another kind" : context.debugDescription
    @unknown default: "a value of another kind"
    }
  }
}

private protocol OptionalValue { static var wrapped: Any.Type { get } }
extension Optional: OptionalValue { static var wrapped: Any.Type { Wrapped.self } }
private protocol DictionaryValue {}
extension Dictionary: DictionaryValue {}
