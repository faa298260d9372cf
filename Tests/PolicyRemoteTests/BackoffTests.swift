import Foundation
import Palimpsest
import PolicyRemote
import Testing

@Suite struct `Waiting before a call is made again` {
  let call = CallID(question: "q1", step: 3)

  @Test func `doubles from half a second to eight, shortened by up to a quarter`() {
    for (attempt, longest) in [(1, 0.5), (2, 1), (3, 2), (4, 4), (5, 8), (6, 8), (60, 8)] as [(Int, Double)] {
      for seed in 0..<50 as Range<UInt64> {
        let seconds = Backoff.seconds(after: attempt, of: call, seed: seed)
        #expect(longest * 0.75 < seconds && seconds <= longest)
      }
    }
  }

  @Test func `is the same for the same call, and not for another`() {
    let other = CallID(question: "q2", step: 3)
    let seconds = Backoff.seconds(after: 2, of: call, seed: 7)
    #expect(seconds == Backoff.seconds(after: 2, of: call, seed: 7))
    #expect(seconds != Backoff.seconds(after: 2, of: other, seed: 7))
    #expect(seconds != Backoff.seconds(after: 2, of: call, seed: 8))
  }

  /// RFC 9110 §5.6.7 gives one moment in its three forms: 784111777 seconds after 1970.
  @Test(arguments: [
    "Sun, 06 Nov 1994 08:49:37 GMT", "Sunday, 06-Nov-94 08:49:37 GMT", "Sun Nov  6 08:49:37 1994",
  ])
  func `understands a date in each form of HTTP`(_ text: String) {
    #expect(Backoff.httpDate(text)?.timeIntervalSince1970 == 784_111_777)
  }

  @Test func `knows leap days and the turn of a year`() {
    #expect(Backoff.httpDate("Tue, 29 Feb 2028 23:59:59 GMT")?.timeIntervalSince1970 == 1_835_481_599)
    #expect(Backoff.httpDate("Wed, 01 Mar 2028 00:00:00 GMT")?.timeIntervalSince1970 == 1_835_481_600)
    #expect(Backoff.httpDate("Thu, 01 Jan 1970 00:00:00 GMT")?.timeIntervalSince1970 == 0)
  }

  @Test(arguments: [
    "", "GMT", "Sun, 06 Nov 1994", "Sun, 06 Nov 1994 08:49:37 CET", "Sun, 32 Nov 1994 08:49:37 GMT",
    "Sun, 06 Nov 99999999999999999999 08:49:37 GMT", "Sun, 06 Nov 1994 24:00:00 GMT", "::::::::",
  ])
  func `takes nothing else for a date`(_ text: String) {
    #expect(Backoff.httpDate(text) == nil)
  }

  @Test func `stands any header`() {
    var generator = SeededGenerator(seed: 1, purpose: "headers")
    let alphabet = Array("0123456789 .,:-eE+xGMTSunNov")
    for _ in 0..<3000 {
      let text = String(
        (0..<Int.random(in: 0...40, using: &generator)).map { _ in alphabet.randomElement(using: &generator) ?? " " })
      let answer = HTTPAnswer(status: 429, headers: [("Retry-After", text), ("retry-after-ms", text)])
      let wish = Backoff.wish(of: answer, now: VirtualTime.noon)
      #expect(wish.map { $0 >= 0 && $0.isFinite } ?? true, "\(text)")
    }
  }
}
