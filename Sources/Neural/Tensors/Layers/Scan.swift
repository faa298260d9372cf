import CKernels

/// The linear recurrence of state-space layers: h[t] = a[t]·h[t-1] + b[t], each channel separately.
///
/// - Parameters:
///   - a: [n, T, d], how much of the state stays.
///   - b: [n, T, d], what is added.
///   - start: the state before the first step, [n, d]; zeros where nil.
/// - Returns: all states, [n, T, d].
public func linearScan(_ a: Tensor, _ b: Tensor, start: Tensor? = nil) -> Tensor {
  precondition(a.shape.count == 3 && a.shape == b.shape, "a of shape \(a.shape) and b of shape \(b.shape)")
  let (n, steps, width) = (a.shape[0], a.shape[1], a.shape[2])
  let start = start ?? Tensor(zeros: [n, width])
  precondition(start.shape == [n, width], "a start of shape \(start.shape) for states of shape \(a.shape)")
  let value = Tensor(shape: a.shape) { h in
    reading(a, b, start) { a, b, start in
      parallel(n) {
        let at = $0 * steps * width
        pk_scan(a + at, b + at, start + $0 * width, h + at, steps, width)
      }
    }
  }
  let (factors, first) = (a.detached, start.detached)
  return value.recorded(from: [a, b, start]) { gradient in
    let slopes = (0..<2).map { _ in Tensor(shape: factors.shape) { _ in } }
    let back = Tensor(shape: first.shape) { _ in }
    reading(factors, first) { a, start in
      reading(value, gradient) { h, g in
        parallel(n) {
          let at = $0 * steps * width
          pk_d_scan(
            a + at, start + $0 * width, h + at, g + at, slopes[0].storage.base + at, slopes[1].storage.base + at,
            back.storage.base + $0 * width, steps, width)
        }
      }
    }
    return [slopes[0], slopes[1], back]
  }
}
