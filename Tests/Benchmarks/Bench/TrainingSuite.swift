import CBLAS
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
    products("training.products") { x, w, g in
      (x.product(transposed: w), g.product(w), g.product(x, transposes: (true, false)))
    },
    products("training.products-openblas") { x, w, g in
      (
        openBLAS(x, w, transposes: (false, true)), openBLAS(g, w, transposes: (false, false)),
        openBLAS(g, x, transposes: (true, false))
      )
    },
  ])

/// The products of one training step, forward and both ways back, on one thread by CPU time.
private func products(
  _ name: String, _ run: @escaping @Sendable (Tensor, Tensor, Tensor) -> (Tensor, Tensor, Tensor)
) -> Suite.Figure {
  Suite.Figure(name: name) { _ in
    Threads.count = 1
    let (d, f, rows) = (TrainedDecoder.width, TrainedDecoder.hidden, 32 * TrainedDecoder.context)
    var random = Noise(state: 3)
    let layers = [(3 * d, d), (d, d), (2 * f, d), (d, f)].flatMap { Array(repeating: $0, count: 4) }
    let cases = (layers + [(TrainedDecoder.vocabulary, d)]).map { n, k in
      (random.matrix(rows, k), random.matrix(n, k), random.matrix(rows, n))
    }
    let operations = cases.reduce(0.0) { $0 + 6 * Double($1.0.count) * Double($1.1.shape[0]) }
    return await .speed(name, of: operations / 1e9, "GFLOP/s", seconds: 3) {
      cases.reduce(0) { sum, part in
        let (y, dx, dw) = run(part.0, part.1, part.2)
        return sum + Int(y[0, 0] + dx[0, 0] + dw[0, 0])
      }
    }
  }
}

private func openBLAS(_ a: Tensor, _ b: Tensor, transposes: (Bool, Bool)) -> Tensor {
  openblas_set_num_threads(1)
  let (m, k) = transposes.0 ? (a.shape[1], a.shape[0]) : (a.shape[0], a.shape[1])
  let n = transposes.1 ? b.shape[0] : b.shape[1]
  return Tensor(shape: [m, n]) { c in
    a.withScalars { x in
      b.withScalars { y in
        cblas_sgemm(
          CblasRowMajor, transposes.0 ? CblasTrans : CblasNoTrans, transposes.1 ? CblasTrans : CblasNoTrans,
          Int32(m), Int32(n), Int32(k), 1, x.baseAddress, Int32(a.shape[1]), y.baseAddress, Int32(b.shape[1]), 0, c,
          Int32(n))
      }
    }
  }
}

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
