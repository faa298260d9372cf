import Palimpsest
import Plots

extension Training {
  /// Loss over steps: of the batches, averaged over stretches, and the marked losses; baselines as lines.
  public func curve(named name: String = "loss-curve", levels: [Chart.Level] = []) -> Figure {
    let stretch = max(1, history.count / 60)
    let batches = stride(from: 0, to: history.count, by: stretch).map { start in
      let part = history[start..<min(start + stretch, history.count)]
      let mean = part.reduce(0) { $0 + Double($1.loss) } / Double(part.count)
      return Chart.Point(Double(start) + Double(part.count) / 2, mean)
    }
    func marked(_ name: String, _ loss: (TrainingMark) -> Float) -> Chart.Series {
      Chart.Series(name, marks.map { Chart.Point(Double($0.step), Double(loss($0))) })
    }
    return Chart(
      x: .init("steps"), y: .init("nats per token"),
      series: [
        Chart.Series("training", batches), marked("choosing", \.choosing), marked("held out", \.heldOut),
      ],
      levels: levels
    ).figure(named: name, "Loss of the batches learned from and of the texts that were not, step by step.")
  }
}
