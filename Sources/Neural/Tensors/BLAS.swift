import CBLAS

/// The core type that OpenBLAS chose when it was loaded. It is part of every run's record, since
/// kernels of different core types differ in speed and in the last bits of their results.
public enum BLAS {
  /// The kernels in use, for example `Cooperlake` or `Haswell`.
  public static var coreType: String { String(cString: openblas_get_corename()) }

  /// The threads OpenBLAS uses for one call: one, once a product was asked for, since products are
  /// cut for `Threads.count` threads above it.
  public static var threads: Int { Int(openblas_get_num_threads()) }

  /// Holds OpenBLAS at one thread; two crews on the same processors would wait for each other.
  static let isHeldAtOneThread: Bool = {
    openblas_set_num_threads(1)
    return true
  }()
}
