import CBLAS

extension BLAS {
  /// The reasons why matrix products use slow kernels, each with its remedy; empty where there are none.
  ///
  /// OpenBLAS chooses once, when it is loaded: an exported variable decides for it, and a library that is older than
  /// the processor takes it for a lesser one.
  ///
  /// - Parameters:
  ///   - environment: variables of the process.
  ///   - coreType: the kernels OpenBLAS has in use.
  ///   - processor: the best instructions there are.
  public static func warnings(
    environment: [String: String], coreType: String = coreType,
    processor: ProductKernels = ProductKernels.available.last ?? .portable
  ) -> [String] {
    var warnings: [String] = []
    let lost = loss(of: coreType, on: processor)
    for name in ["OPENBLAS_CORETYPE", "OPENBLAS_L2_SIZE"] {
      guard let value = environment[name] else { continue }
      warnings.append(
        "\(name)=\(value) is exported, so OpenBLAS does not choose for this CPU itself (its kernels: \(coreType)"
          + "\(name == "OPENBLAS_CORETYPE" ? lost.map { ", \($0)" } ?? "" : "")); unset \(name) to let it choose")
    }
    if let lost, environment["OPENBLAS_CORETYPE"] == nil {
      let better = processor.rawValue >= ProductKernels.avx512.rawValue ? "SkylakeX" : "Haswell"
      warnings.append(
        "OpenBLAS took its \(coreType) kernels, \(lost): the library (\(version)) does not know this CPU. "
          + "Install a newer libopenblas-dev, or export OPENBLAS_CORETYPE=\(better)")
    }
    return warnings
  }

  /// The library's own account of itself, for example `OpenBLAS 0.3.21`.
  public static var version: String {
    String(cString: openblas_get_config()).split(separator: " ").prefix(2).joined(separator: " ")
  }

  /// What a core type leaves unused of the processor.
  private static func loss(of coreType: String, on processor: ProductKernels) -> String? {
    let wide: Set<String> = ["SkylakeX", "Cooperlake", "SapphireRapids"]
    let middle: Set<String> = ["Haswell", "Zen", "Excavator"]
    if processor.rawValue >= ProductKernels.avx512.rawValue, !wide.contains(coreType) {
      return "without the AVX-512 that it has: about half the speed"
    }
    if processor == .avx2, !wide.union(middle).contains(coreType) {
      return "without the AVX2 that it has: less than half the speed"
    }
    return nil
  }
}
