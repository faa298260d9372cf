import Basics
import Foundation
import Learning
import Settings
import Terminal

/// How long the steps of a training, or the questions of a run, took by the clock: a line of JSON per stretch between
/// two saves, added once the save is on disk, so that what a killed process did in vain is not counted.
public struct Pace {
  /// The steps between two saves.
  public struct Stretch: Codable, Sendable, Hashable {
    /// Steps of the stretch.
    public var steps = 0
    /// Wall time.
    public var seconds = 0.0
    /// Of all threads together.
    public var processorSeconds = 0.0
    /// Where the rounds of a course took their time, and the tokens they came to; nil for other steps.
    public var times: RoundTimes?
  }

  private let file: URL
  private(set) var step: Int
  private var clock = ContinuousClock.now
  private var processor = Self.processorSeconds

  init(_ file: URL, from step: Int) {
    self.file = file
    self.step = step
  }

  /// Begins the stretch again: nothing was done since it began.
  mutating func restart() { (clock, processor) = (ContinuousClock.now, Self.processorSeconds) }

  /// Ends a stretch and begins the next one.
  @discardableResult
  mutating func advance(to step: Int, times: RoundTimes? = nil) throws -> Stretch {
    let (now, used) = (ContinuousClock.now, Self.processorSeconds)
    let stretch = Stretch(
      steps: step - self.step, seconds: (now - clock) / .seconds(1), processorSeconds: used - processor, times: times)
    (self.step, clock, processor) = (step, now, used)
    let line = try JSONEncoder().encode(stretch) + Data("\n".utf8)
    guard let output = fopen(file.path, "a") else {
      throw RunError.unwritable(file.path, reason: String(cString: strerror(errno)))
    }
    defer { fclose(output) }
    guard line.withUnsafeBytes({ fwrite($0.baseAddress, 1, $0.count, output) }) == line.count else {
      throw RunError.unwritable(file.path, reason: String(cString: strerror(errno)))
    }
    return stretch
  }

  /// All stretches of a file together; nothing where there is none. A line cut off by a kill is left out.
  static func total(of file: URL) throws -> Stretch {
    guard FileManager.default.fileExists(atPath: file.path) else { return Stretch() }
    let text: String
    do {
      text = try String(contentsOf: file, encoding: .utf8)
    } catch {
      throw RunError.unreadable(file.path, reason: error.systemReason)
    }
    return text.split(separator: "\n").reduce(into: Stretch()) { total, line in
      guard let stretch = try? JSONDecoder().decode(Stretch.self, from: Data(line.utf8)) else { return }
      total.steps += stretch.steps
      total.seconds += stretch.seconds
      total.processorSeconds += stretch.processorSeconds
      if let times = stretch.times {
        total.times = total.times ?? RoundTimes()
        total.times? += times
      }
    }
  }

  /// Processor time that this process took so far, in seconds, of all its threads together.
  public static var processorSeconds: Double {
    var time = timespec()
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time)
    return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
  }
}
