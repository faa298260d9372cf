import Figures
import Foundation
import Palimpsest
import Runs
import Settings
import TensorLogs
import Tensors

/// One check of `doctor`.
public struct Examination: Sendable {
  /// Whether something is to be done.
  public enum State: String, Sendable { case fine, warning, missing }

  /// What was looked at.
  public var name: String
  /// Whether something is to be done.
  public var state: State
  /// What was found, in a line.
  public var found: String
  /// What to do, where there is something.
  public var remedy: String

  init(_ name: String, _ state: State, _ found: String, remedy: String = "") {
    self.name = name
    self.state = state
    self.found = found
    self.remedy = remedy
  }

  /// What this machine offers.
  public static func machine(out: String) async -> [Examination] {
    let graphviz = await graphviz
    let hdf5 = await hdf5
    return [
      Examination("system", .fine, ProcessInfo.processInfo.operatingSystemVersionString),
      Examination("cpu", .fine, "\(Surroundings.cpu), \(ProcessInfo.processInfo.activeProcessorCount) threads"),
      blas, kernels, hdf5, graphviz, gnuplot, remote, disk(out),
    ]
  }

  private static var blas: Examination {
    let found = "\(BLAS.version), \(BLAS.coreType) kernels, threads: \(BLAS.threads)"
    let warnings = BLAS.warnings(environment: ProcessInfo.processInfo.environment)
    return Examination("OpenBLAS", warnings.isEmpty ? .fine : .warning, found, remedy: warnings.joined(separator: "; "))
  }

  /// Our own: products with weights as they are stored.
  private static var kernels: Examination {
    let others = ProductKernels.available.filter { $0 != .active }.map(\.name)
    let rest = others.isEmpty ? "" : " (there are also \(others.joined(separator: ", ")): PALIMPSEST_KERNELS)"
    return Examination(
      "kernels", ProductKernels.complaint == nil ? .fine : .warning,
      "\(ProductKernels.active.name), threads: \(Threads.count)\(rest)", remedy: ProductKernels.complaint ?? "")
  }

  /// A small log is written and read back: the library may be there and not work.
  private static var hdf5: Examination {
    get async {
      let file = FileManager.default.temporaryDirectory.appending(path: "palimpsest-doctor-\(getpid()).h5")
      defer { unlink(file.path) }
      do {
        let log = try HDF5Log(file)
        let path = TensorPath("doctor", step: 0, "probe")
        try await log.record(Tensor([1, 2], shape: [2]), at: path)
        try await log.close()
        guard try HDF5File(file).tensor(at: path) == Tensor([1, 2], shape: [2]) else {
          return Examination(
            "HDF5", .missing, "what is written does not read back", remedy: "apt-get install libhdf5-dev")
        }
        return Examination("HDF5", .fine, "writes and reads")
      } catch {
        return Examination("HDF5", .missing, "\(error)", remedy: "apt-get install libhdf5-dev")
      }
    }
  }

  private static var graphviz: Examination {
    get async {
      var formats: [String] = []
      for format in Graphviz.Format.allCases {
        // A format without its plugin is left out; which those are is what this asks.
        if (try? await Graphviz.shared.render("digraph { a -> b }", as: format)) != nil {
          formats.append(format.rawValue)
        }
      }
      let missing = Graphviz.Format.allCases.map(\.rawValue).filter { !formats.contains($0) }
      return Examination(
        "Graphviz", missing.isEmpty ? .fine : .warning, "draws \(formats.joined(separator: ", "))",
        remedy: missing.isEmpty ? "" : "no \(missing.joined(separator: ", ")): apt-get install libgraphviz-dev")
    }
  }

  private static var gnuplot: Examination {
    guard let version = Program.output(of: "gnuplot", "--version") else {
      return Examination(
        "gnuplot", .warning, "not found; runs succeed, charts stay scripts and tables",
        remedy: "apt-get install gnuplot-nox")
    }
    return Examination("gnuplot", .fine, version)
  }

  private static var remote: Examination {
    Catalog.policies.names.contains("remote")
      ? Examination("trait Remote", .fine, "on: policies may ask an endpoint")
      : Examination(
        "trait Remote", .warning, "off: this build asks no endpoint",
        remedy: "build without --disable-default-traits")
  }

  private static func disk(_ out: String) -> Examination {
    // The folder itself may not be there yet.
    var place = URL(filePath: out).standardizedFileURL
    while !FileManager.default.fileExists(atPath: place.path), place.path != "/" { place.deleteLastPathComponent() }
    let isWritable = access(place.path, W_OK) == 0
    let free = (try? FileManager.default.attributesOfFileSystem(forPath: place.path))?[.systemFreeSize] as? Int ?? 0
    let found = "\(place.path): \(free >> 20) MiB free\(isWritable ? "" : ", not writable")"
    if !isWritable { return Examination("runs", .missing, found, remedy: "choose another folder with --out") }
    return Examination(
      "runs", free < 1 << 30 ? .warning : .fine, found, remedy: free < 1 << 30 ? "less than 1 GiB is left" : "")
  }

  /// Aligned lines, a remedy below each that has one.
  public static func text(of checks: [Examination]) -> String {
    let width = checks.map(\.name.count).max() ?? 0
    return checks.map { check in
      let name = check.name + String(repeating: " ", count: width - check.name.count)
      let remedy = check.remedy.isEmpty ? "" : "\n\(String(repeating: " ", count: width + 11))→ \(check.remedy)"
      let state = check.state.rawValue + String(repeating: " ", count: 7 - check.state.rawValue.count)
      return "\(name)  \(state)  \(check.found)\(remedy)"
    }.joined(separator: "\n")
  }

  /// The same as a list of tables, for `--json`.
  public static func settings(of checks: [Examination]) -> Setting {
    .list(
      checks.map {
        .table([
          "name": .string($0.name), "state": .string($0.state.rawValue), "found": .string($0.found),
          "remedy": .string($0.remedy),
        ])
      })
  }
}
