import Foundation
import Tensors

/// Tokens a second through a whole training step: forward, gradients, clipping and AdamW.
///
/// With all threads by the clock, which other work on the machine disturbs, and with one thread by CPU
/// time, which it disturbs less.
let trainingSuite = Suite(
  name: "training", summary: "tokens a second through a training step of a small decoder",
  figures: [
    Suite.Figure(name: "training.step") { _ in measured("training.step", threads: Threads.count, CLOCK_MONOTONIC) },
    Suite.Figure(name: "training.step-one-thread") { _ in
      measured("training.step-one-thread", threads: 1, CLOCK_PROCESS_CPUTIME_ID)
    },
  ])

private func measured(_ name: String, threads: Int, _ clock: clockid_t) -> Measurement {
  Threads.count = threads
  var model = TrainedDecoder()
  var optimiser = AdamW()
  var random = Noise(state: 7)
  let tokens = (0..<32).map { _ in
    (0...TrainedDecoder.context).map { _ in Int(random.next() % UInt64(TrainedDecoder.vocabulary)) }
  }
  func seconds() -> Double {
    var time = timespec()
    clock_gettime(clock, &time)
    return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
  }
  var values: [Double] = []
  // Two steps fill the pool and are not counted.
  for step in 0..<9 {
    let begin = seconds()
    let slopes = {
      let live = model.tracked()
      return gradients(of: live.loss(tokens), for: live.parameters.map(\.tensor))
    }()
    optimiser.step(&model, slopes, rate: 1e-3, scale: clippingScale(slopes, to: 1))
    if step >= 2 { values.append(Double(32 * TrainedDecoder.context) / (seconds() - begin)) }
  }
  return Measurement(name: name, unit: "tokens/s", values: values)
}
