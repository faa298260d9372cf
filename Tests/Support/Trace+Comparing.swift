import Foundation
import Palimpsest

extension Trace {
  /// All that two readings must have in common to be the same reading: everything but the seconds.
  public func comparable() throws -> [String] {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys]
    func line(_ value: some Encodable) throws -> String { String(decoding: try encoder.encode(value), as: UTF8.self) }
    var lines: [String] = []
    for var step in steps {
      step.seconds = 0
      lines.append(try line(step))
    }
    var tally = tally
    tally.seconds = 0
    return lines + [try line(tally), try line(end), try answer.map { try line($0) } ?? "no answer"]
  }

  /// The trace as it stood after so many steps, written to disk and read back.
  public func stopped(after count: Int) throws -> Trace {
    var stopped = Trace(of: question)
    for step in steps.prefix(count) {
      stopped.append(try JSONDecoder().decode(Step.self, from: JSONEncoder().encode(step)))
    }
    return stopped
  }
}
