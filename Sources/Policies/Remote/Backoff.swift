import Foundation
import Palimpsest

/// The wait before a repeated call: half a second, doubling to 8, shortened by up to a quarter so
/// that callers that failed together do not return together.
package struct Backoff: Sendable {
  package static let first = 0.5
  package static let last = 8.0
  /// Longer than this no endpoint is waited for.
  package static let patience = 120.0

  /// Seconds after attempt 1, 2, …; the same for the same call.
  package static func seconds(after attempt: Int, of call: CallID, seed: UInt64) -> Double {
    var generator = call.random(seed: seed, for: "wait \(attempt)")
    let share = Double.random(in: 0..<1, using: &generator)
    return min(last, first * pow(2, Double(min(attempt, 16) - 1))) * (1 - share / 4)
  }

  /// Seconds that an endpoint asks to wait, from `retry-after-ms` or `Retry-After` (seconds or a
  /// date); nil without a valid header. The longest of several counts.
  ///
  /// A date is compared with the endpoint's own `Date`, where it sends one: its clock may be wrong,
  /// but it is wrong twice.
  package static func wish(of answer: HTTPAnswer, now: Date) -> Double? {
    let milliseconds = answer["retry-after-ms"].compactMap { number($0).map { $0 / 1000 } }
    if let longest = milliseconds.max() { return longest }
    let clock = answer["date"].first.flatMap(httpDate) ?? now
    return answer["retry-after"].compactMap { value in
      number(value) ?? httpDate(value).map { max(0, $0.timeIntervalSince(clock)) }
    }.max()
  }

  /// A plain number: digits and at most one point. `Double` alone would take `nan`, `0x1p3`, `1e9`.
  private static func number(_ text: String) -> Double? {
    let text = text.trimmingCharacters(in: .whitespaces)
    guard text.utf8.contains(where: { (48...57).contains($0) }), text.utf8.count <= 32,
      text.utf8.allSatisfy({ (48...57).contains($0) || $0 == 46 })
    else { return nil }
    return Double(text)
  }

  /// The three forms of RFC 9110 §5.6.7.
  package static func httpDate(_ text: String) -> Date? {
    guard text.utf8.count <= 64 else { return nil }
    let words = text.split { " ,-:".contains($0) }.map(String.init)
    let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
    let numbers = words.map { word in word.utf8.allSatisfy { (48...57).contains($0) } ? Int(word) : nil }
    let order: (day: Int, month: Int, year: Int, hour: Int)
    switch words.count {
    case 8 where words[7] == "GMT": order = (1, 2, 3, 4)  // Sun, 06 Nov 1994 08:49:37 GMT
    case 7: order = (2, 1, 6, 3)  // Sun Nov  6 08:49:37 1994
    default: return nil
    }
    guard let day = numbers[order.day], let month = months.firstIndex(of: words[order.month]),
      var year = numbers[order.year], let hour = numbers[order.hour],
      let minute = numbers[order.hour + 1], let second = numbers[order.hour + 2],
      (1...31).contains(day), (0...9999).contains(year), (0...23).contains(hour),
      (0...59).contains(minute), (0...60).contains(second)
    else { return nil }
    if words[order.year].utf8.count == 2 { year += year < 70 ? 2000 : 1900 }  // Sunday, 06-Nov-94
    let days = days(toYear: year, month: month + 1, day: day)
    return Date(timeIntervalSince1970: Double(days * 86_400 + hour * 3600 + minute * 60 + second))
  }

  /// Days since 1970-01-01 in the Gregorian calendar, years counted from March so that the leap
  /// day is the last of its year.
  private static func days(toYear year: Int, month: Int, day: Int) -> Int {
    let year = month <= 2 ? year - 1 : year
    let month = (month + 9) % 12
    return 365 * year + year / 4 - year / 100 + year / 400 + (153 * month + 2) / 5 + day - 1 - 719_468
  }
}
