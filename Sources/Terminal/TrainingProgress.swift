import Foundation

/// How far a training is: one line.
package enum TrainingProgress {
  package static func line(
    step: Int, of steps: Int, loss: Float, tokensPerSecond: Double, seconds: Double
  ) -> String {
    let left = seconds < 90 ? String(format: "%.0f s", seconds) : String(format: "%.0f min", seconds / 60)
    return "step \(step) of \(steps), loss \(String(format: "%.3f", loss)), "
      + "\(String(format: "%.0f", tokensPerSecond)) tokens/s\(step < steps ? ", \(left) left" : "")"
  }
}
