import Foundation

/// The date and time that a template is told by `strftime_now`.
public struct JinjaDate: Hashable, Sendable {
  /// The year, 1 to 9999.
  public var year: Int
  /// The month, 1 to 12.
  public var month: Int
  /// The day of the month, from 1.
  public var day: Int
  /// The hour, 0 to 23.
  public var hour: Int
  /// The minute, 0 to 59.
  public var minute: Int
  /// The second, 0 to 59.
  public var second: Int

  /// A moment of the Gregorian calendar.
  ///
  /// - Precondition: there is such a moment.
  public init(year: Int, month: Int, day: Int, hour: Int = 0, minute: Int = 0, second: Int = 0) {
    precondition(
      1...9999 ~= year && 1...12 ~= month && 1...Self.days(of: month, in: year) ~= day && 0...23 ~= hour
        && 0...59 ~= minute && 0...59 ~= second, "there is no such date: \(year)-\(month)-\(day)")
    self.year = year
    self.month = month
    self.day = day
    self.hour = hour
    self.minute = minute
    self.second = second
  }

  /// A moment of the Gregorian calendar, in UTC.
  public init(_ date: Date) {
    var calendar = Calendar(identifier: .gregorian)
    calendar.timeZone = .gmt
    let parts = calendar.dateComponents([.year, .month, .day, .hour, .minute, .second], from: date)
    self.init(
      year: min(max(parts.year ?? 1, 1), 9999), month: parts.month ?? 1, day: parts.day ?? 1, hour: parts.hour ?? 0,
      minute: parts.minute ?? 0, second: parts.second ?? 0)
  }

  /// `2026-11-28` or `2026-11-28T14:30:00`; nil for any other text, and for a date that there is not.
  public init?(_ text: String) {
    guard let parts = text.wholeMatch(of: /(\d{4})-(\d{2})-(\d{2})(?:T(\d{2}):(\d{2}):(\d{2}))?/) else { return nil }
    let numbers =
      [parts.1, parts.2, parts.3].map { Int($0) ?? 0 } + [parts.4, parts.5, parts.6].map { Int($0 ?? "0") ?? 0 }
    guard numbers[0] > 0, 1...12 ~= numbers[1], 1...Self.days(of: numbers[1], in: numbers[0]) ~= numbers[2],
      numbers[3] < 24, numbers[4] < 60, numbers[5] < 60
    else { return nil }
    self.init(
      year: numbers[0], month: numbers[1], day: numbers[2], hour: numbers[3], minute: numbers[4], second: numbers[5])
  }

  /// 26 July 2024, the date that Llama 3.1's template writes where it is told none: a prompt is the same every day.
  public static let fallback = JinjaDate(year: 2024, month: 7, day: 26)

  private static func isLeap(_ year: Int) -> Bool { year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) }

  private static func days(of month: Int, in year: Int) -> Int {
    [31, isLeap(year) ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31][month - 1]
  }

  /// From 1.
  private var dayOfYear: Int { (1..<month).reduce(day) { $0 + Self.days(of: $1, in: year) } }

  /// 0 is Sunday.
  private var weekday: Int {
    let before = year - 1
    return (before * 365 + before / 4 - before / 100 + before / 400 + dayOfYear) % 7
  }

  private static let months = [
    "January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November",
    "December",
  ]
  private static let weekdays = ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"]

  /// As Python's `strftime` in the C locale, without a time zone.
  func formatted(_ format: MarkedText, _ line: Int) throws -> MarkedText {
    var result = MarkedText()
    var place = 0
    while place < format.count {
      let unit = format.units[place]
      place += 1
      guard MarkedText.value(unit) == 0x25 else {
        result.units.append(unit)
        continue
      }
      var isBare = false
      if place < format.count, MarkedText.value(format.units[place]) == 0x2D {
        isBare = true
        place += 1
      }
      let letter = place < format.count ? MarkedText.scalar(format.units[place]) : nil
      place += 1
      guard let letter, let text = text(for: letter, isBare: isBare) else {
        throw JinjaFault.unsupported(line: line, construct: "%\(letter.map(String.init) ?? "") in a date")
      }
      let mark = format.isForeign ? MarkedText.foreign : 0
      result.units += text.unicodeScalars.map { $0.value | mark }
    }
    return result
  }

  /// - Parameter isBare: without zeros in front, as `%-d`.
  private func text(for letter: Unicode.Scalar, isBare: Bool) -> String? {
    func number(_ value: Int, _ digits: Int) -> String {
      let text = "\(value)"
      return isBare ? text : String(repeating: "0", count: max(0, digits - text.count)) + text
    }
    switch letter {
    case "d": return number(day, 2)
    case "e": return isBare || day > 9 ? "\(day)" : " \(day)"
    case "m": return number(month, 2)
    case "y": return number(year % 100, 2)
    case "Y": return number(year, 4)
    case "H": return number(hour, 2)
    case "I": return number((hour + 11) % 12 + 1, 2)
    case "M": return number(minute, 2)
    case "S": return number(second, 2)
    case "j": return number(dayOfYear, 3)
    case "b", "h": return String(Self.months[month - 1].prefix(3))
    case "B": return Self.months[month - 1]
    case "a": return String(Self.weekdays[weekday].prefix(3))
    case "A": return Self.weekdays[weekday]
    case "w": return "\(weekday)"
    case "u": return "\(weekday == 0 ? 7 : weekday)"
    case "p": return hour < 12 ? "AM" : "PM"
    case "f": return "000000"
    case "z", "Z": return ""
    case "F": return joined("Ymd", "-")
    case "T": return joined("HMS", ":")
    case "D": return joined("mdy", "/")
    case "R": return joined("HM", ":")
    case "n": return "\n"
    case "t": return "\t"
    case "%": return "%"
    default: return nil
    }
  }

  private func joined(_ letters: String, _ separator: String) -> String {
    letters.unicodeScalars.compactMap { text(for: $0, isBare: false) }.joined(separator: separator)
  }
}
