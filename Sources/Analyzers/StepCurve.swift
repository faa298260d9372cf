import Palimpsest
import Plots

/// A quantity over the steps of many readings: a mean and its spread per step, in at most 512 bins.
/// When readings grow longer than the bins reach, neighbouring bins are merged.
struct StepCurve: Sendable {
  static let limit = 512

  private struct Bin {
    var n = 0.0
    var mean = 0.0
    var squares = 0.0

    mutating func add(_ value: Double) {
      n += 1
      let delta = value - mean
      mean += delta / n
      squares += delta * (value - mean)
    }

    /// Chan's rule for joining two means and sums of squares.
    func joined(with other: Bin) -> Bin {
      guard n > 0 else { return other }
      guard other.n > 0 else { return self }
      let delta = other.mean - mean
      let total = n + other.n
      return Bin(
        n: total, mean: mean + delta * other.n / total,
        squares: squares + other.squares + delta * delta * n * other.n / total)
    }
  }

  private var bins: [Bin] = []
  /// Steps in a bin.
  private(set) var width = 1

  mutating func add(step: Int, _ value: Double) {
    while step / width >= Self.limit { merge() }
    let index = step / width
    while bins.count <= index { bins.append(Bin()) }
    bins[index].add(value)
  }

  private mutating func merge() {
    bins = stride(from: 0, to: bins.count, by: 2).map { index in
      index + 1 < bins.count ? bins[index].joined(with: bins[index + 1]) : bins[index]
    }
    width *= 2
  }

  /// Step (middle of the bin), mean, and the mean's 95 % interval by the normal rule.
  var points: [CurvePoint] {
    bins.indices.filter { bins[$0].n > 0 }.map { index in
      let bin = bins[index]
      let error = bin.n > 1 ? 1.96 * (bin.squares / (bin.n - 1) / bin.n).squareRoot() : 0
      return CurvePoint(
        step: Double(index * width) + Double(width - 1) / 2, mean: bin.mean, low: bin.mean - error,
        high: bin.mean + error, n: Int(bin.n))
    }
  }
}

/// One place on a curve over steps.
public struct CurvePoint: Sendable, Codable, Hashable {
  /// Index of the step; the middle one where steps were merged.
  public var step: Double
  /// Mean over the readings that came as far as this step.
  public var mean: Double
  /// Lower end of the 95 % interval.
  public var low: Double
  /// Upper end of the 95 % interval.
  public var high: Double
  /// Values behind the mean.
  public var n: Int

  var charted: Chart.Point { Chart.Point(step, mean, low...high) }
}
