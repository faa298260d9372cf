import CKernels
import Synchronization

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// The instruction sets that products with a `StoredMatrix` have kernels for.
///
/// All give the same sums in the same order; they differ in the last bits only where a processor without
/// fused multiply-add rounds once more, and where activations are rounded (`StoredMatrix.Activations`).
public enum ProductKernels: Int, Sendable, CaseIterable {
  /// Vectors of sixteen, compiled for every processor.
  case portable
  /// AVX2 with FMA.
  case avx2
  /// AVX-512.
  case avx512
  /// AVX-512 with the dot products of BF16 and VNNI.
  case avx512Dot
  /// The same with AMX's tiles for bf16.
  case amx

  /// As the environment variable PALIMPSEST_KERNELS and `doctor` write it.
  public var name: String {
    switch self {
    case .portable: "portable"
    case .avx2: "avx2"
    case .avx512: "avx512"
    case .avx512Dot: "avx512-dot"
    case .amx: "amx"
    }
  }

  /// The kernels that this processor can run, slowest first.
  public static let available = allCases.filter { pk_has($0.variant) != 0 }

  /// The kernels in use: the fastest, or those that PALIMPSEST_KERNELS names.
  ///
  /// - Precondition: a new value is available.
  public static var active: ProductKernels {
    get { ProductKernels(rawValue: chosen.load(ordering: .relaxed)) ?? .portable }
    set {
      precondition(available.contains(newValue), "this processor has no \(newValue.name); it has \(names(available))")
      chosen.store(newValue.rawValue, ordering: .relaxed)
    }
  }

  /// The fault of PALIMPSEST_KERNELS, if there is one; then the fastest kernels are used.
  public static var complaint: String? {
    guard let wish, !available.contains(where: { $0.name == wish }) else { return nil }
    return "PALIMPSEST_KERNELS=\(wish) names no kernels of this processor; it has \(names(available))"
  }

  private static let chosen = Atomic<Int>(
    (available.first { $0.name == wish } ?? available.last ?? .portable).rawValue)

  private static var wish: String? { getenv("PALIMPSEST_KERNELS").map { String(cString: $0) } }

  private static func names(_ kernels: [ProductKernels]) -> String { kernels.map(\.name).joined(separator: ", ") }

  var variant: pk_variant { pk_variant(UInt32(rawValue)) }
}
