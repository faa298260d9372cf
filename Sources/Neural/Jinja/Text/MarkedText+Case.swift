/// Upper, lower and title case as Python's `str` has them. What a scalar becomes keeps its mark.
///
/// One exception: Python writes a final sigma at the end of a word, and this does not.
extension MarkedText {
  private func mapped(_ change: (Unicode.Scalar, Int) -> String) -> MarkedText {
    var result = MarkedText()
    result.units.reserveCapacity(count)
    for (place, unit) in units.enumerated() {
      guard let scalar = Self.scalar(unit) else {
        result.units.append(unit)
        continue
      }
      for scalar in change(scalar, place).unicodeScalars { result.units.append(scalar.value | unit & Self.foreign) }
    }
    return result
  }

  var uppercased: MarkedText { mapped { scalar, _ in scalar.properties.uppercaseMapping } }
  var lowercased: MarkedText { mapped { scalar, _ in scalar.properties.lowercaseMapping } }

  /// As `str.capitalize`.
  var capitalized: MarkedText {
    mapped { scalar, place in
      place == 0 ? scalar.properties.titlecaseMapping : scalar.properties.lowercaseMapping
    }
  }

  /// As `str.swapcase`.
  var caseSwapped: MarkedText {
    mapped { scalar, _ in
      scalar.properties.isUppercase ? scalar.properties.lowercaseMapping : scalar.properties.uppercaseMapping
    }
  }

  /// As `str.title`: a letter behind no letter is a capital.
  var titled: MarkedText {
    var isInWord = false
    return mapped { scalar, _ in
      defer { isInWord = scalar.properties.isCased }
      return isInWord ? scalar.properties.lowercaseMapping : scalar.properties.titlecaseMapping
    }
  }

  /// As Jinja's filter `title`: a scalar behind blanks, `-`, `(`, `{`, `[` or `<` is a capital.
  var titledAsFilter: MarkedText {
    var isInWord = false
    return mapped { scalar, _ in
      let isBreak = Self.isBlank(scalar.value) || "-({[<".unicodeScalars.contains(scalar)
      defer { isInWord = !isBreak }
      return isInWord && !isBreak ? scalar.properties.lowercaseMapping : scalar.properties.uppercaseMapping
    }
  }

  /// Whether all scalars, at least one, are of a kind.
  func isAll(_ kind: (Unicode.Scalar.Properties) -> Bool) -> Bool {
    !isEmpty && units.allSatisfy { unit in Self.scalar(unit).map { kind($0.properties) } ?? false }
  }

  /// As `str.isupper` and `str.islower`: some scalar has a case, and none has the other.
  func isCase(upper: Bool) -> Bool {
    var isCased = false
    for unit in units {
      guard let properties = Self.scalar(unit)?.properties else { continue }
      if upper ? properties.isLowercase : properties.isUppercase { return false }
      if properties.generalCategory == .titlecaseLetter { return false }
      isCased = isCased || (upper ? properties.isUppercase : properties.isLowercase)
    }
    return isCased
  }
}

extension Unicode.Scalar.Properties {
  /// `str.isalpha`
  var isPythonLetter: Bool {
    switch generalCategory {
    case .uppercaseLetter, .lowercaseLetter, .titlecaseLetter, .modifierLetter, .otherLetter: true
    default: false
    }
  }

  /// `str.isdecimal`
  var isPythonDecimal: Bool { generalCategory == .decimalNumber }

  /// `str.isdigit`
  var isPythonDigit: Bool { numericType == .decimal || numericType == .digit }

  /// `str.isnumeric`
  var isPythonNumeric: Bool { numericType != nil }
}
