/// A day, read from the ways in which gold answers and replies write it.
///
/// The original reads replies with `dateutil`, which guesses at almost anything. Here are its common
/// cases: year first or last, month by number or by name, month before day where both could be.
struct CalendarDay: Hashable, Sendable {
  let year: Int
  let month: Int
  let day: Int

  init?(_ year: Int, _ month: Int, _ day: Int) {
    guard (1...9999).contains(year), (1...12).contains(month), day >= 1, day <= Self.days(year, month) else {
      return nil
    }
    self.year = year
    self.month = month
    self.day = day
  }

  /// `[datetime.date(2024, 1, 31)]`
  init(literal: String) throws(PythonError) {
    let numbers = PythonText(literal).asciiDigitRuns().compactMap { Int($0.string) }
    let isForm = literal.hasPrefix("[datetime.date(") && literal.hasSuffix(")]")
    guard isForm, numbers.count == 3, let day = CalendarDay(numbers[0], numbers[1], numbers[2]) else {
      throw .valueError("'\(literal.prefix(60))' is no [datetime.date(year, month, day)]")
    }
    self = day
  }

  /// A date as people write it; nil when it is none of the forms above.
  init?(written text: String) {
    var numbers: [(value: Int, digits: Int)] = []
    var named: Int?
    for word in text.lowercased().split(whereSeparator: { " ,-/.\t\n".contains($0) }) {
      if word.allSatisfy({ ("0"..."9").contains($0) }), let value = Int(word) {
        numbers.append((value, word.count))
      } else if let month = Self.months.firstIndex(where: { word == $0 || word == $0.prefix(3) })
        ?? (word == "sept" ? 8 : nil),
        named == nil
      {
        named = month + 1
      } else if let value = Int(word.dropLast(2)), ["st", "nd", "rd", "th"].contains(word.suffix(2)) {
        numbers.append((value, word.count - 2))
      } else if !Self.fillers.contains(String(word)) {
        return nil
      }
    }
    let isYearFirst = numbers.first.map { $0.digits == 4 } ?? false
    let values = numbers.map(\.value)
    switch (named, values.count, isYearFirst) {
    case (let month?, 2, let isYearFirst):
      self.init(values[isYearFirst ? 0 : 1], month, values[isYearFirst ? 1 : 0])
    case (nil, 3, true): self.init(values[0], values[1], values[2])
    case (nil, 3, false):
      let isDayFirst = values[0] > 12
      self.init(values[2], values[isDayFirst ? 1 : 0], values[isDayFirst ? 0 : 1])
    default: return nil
    }
  }

  /// As Python writes the midnight of the day.
  var timestamp: PythonText {
    func padded(_ value: Int, _ width: Int) -> String {
      String(repeating: "0", count: max(0, width - "\(value)".count)) + "\(value)"
    }
    return PythonText("\(padded(year, 4))-\(padded(month, 2))-\(padded(day, 2)) 00:00:00")
  }

  private static let months = [
    "january", "february", "march", "april", "may", "june", "july", "august", "september", "october",
    "november", "december",
  ]
  private static let fillers: Set<String> = [
    "of", "and", "on", "at", "the", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday",
    "sunday", "mon", "tue", "wed", "thu", "fri", "sat", "sun",
  ]

  private static func days(_ year: Int, _ month: Int) -> Int {
    switch month {
    case 2: year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) ? 29 : 28
    case 4, 6, 9, 11: 30
    default: 31
    }
  }
}
