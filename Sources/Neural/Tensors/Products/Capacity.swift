import CKernels

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// The peak speed of this machine, measured now: figures of speed are stated as shares of it.
public enum Capacity {
  /// The products that kernels can be made of.
  public enum Arithmetic: Sendable, CaseIterable {
    case float32
    /// Dot products of pairs of bf16.
    case bfloat16
    /// Dot products of four bytes.
    case int8

    var panel: pk_panel {
      switch self {
      case .float32: PK_PANEL_F32
      case .bfloat16: PK_PANEL_BF16
      case .int8: PK_PANEL_INT8
      }
    }
  }

  /// Does multiplications and additions with operands in registers, on one thread.
  ///
  /// - Returns: the number of operations done, about `operations`. Where the processor has no
  ///   instructions for an arithmetic, float32 operations are done.
  public static func compute(_ arithmetic: Arithmetic, operations: Int) -> Int {
    var sum: Float = 0
    let variant = ProductKernels.active.variant
    let one = pk_peak(variant, arithmetic.panel, 1, &sum)
    let rounds = max(1, operations / one)
    let done = pk_peak(variant, arithmetic.panel, rounds, &sum) * rounds
    return sum.isNaN ? 0 : done
  }

  /// Reads bytes once, on the threads there are.
  ///
  /// - Returns: something that depends on every byte.
  public static func read(_ bytes: UnsafeRawBufferPointer) -> UInt64 {
    guard let start = bytes.baseAddress else { return 0 }
    let run = 1 << 20, runs = (bytes.count + run - 1) / run
    return withUnsafeTemporaryAllocation(of: UInt64.self, capacity: max(1, runs)) { sums in
      nonisolated(unsafe) let sums = sums
      parallel(runs) { sums[$0] = pk_read(start + $0 * run, min(run, bytes.count - $0 * run)) }
      return sums.prefix(runs).reduce(0, &+)
    }
  }
}
