import CBLAS

/// What OpenBLAS chose when it was loaded: part of every run's record, since kernels of different
/// core types differ in speed and in the last bits of their results.
public enum BLAS {
  /// The kernels in use, for example `Cooperlake` or `Haswell`.
  public static var coreType: String { String(cString: openblas_get_corename()) }

  /// The threads OpenBLAS uses for one call.
  public static var threads: Int { Int(openblas_get_num_threads()) }
}
