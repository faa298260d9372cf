import Basics
import Foundation
import Palimpsest
import Settings
import Tasks
import Tensors

/// The environment of a run: `env.json`.
public struct Surroundings: Codable, Sendable {
  /// Version of the package.
  public var version: String
  /// What was run: an experiment, `read`, `eval-TASK`.
  public var experiment: String
  /// The name that `ablations:` gave the run when it was last opened; nil for a point of the product.
  public var ablation: String?
  /// When the run was begun, in UTC; a run that is resumed keeps it. nil in runs from before it was kept.
  public var begun: String?
  /// How many questions were asked for at most.
  public var limit: Int?
  /// The commit of the working copy the process was started in; nil outside one.
  public var commit: String?
  /// Whether that working copy had changes.
  public var dirty: Bool?
  /// Name of the machine.
  public var host: String
  /// Operating system and its version.
  public var system: String
  /// Model name of the processor.
  public var cpu: String
  /// Threads that numeric work may use.
  public var threads: Int
  /// OpenBLAS and its core type.
  public var blas: String
  /// Threads that OpenBLAS may use.
  public var blasThreads: Int
  /// Kernels of our own for products; nil in runs from before there were any.
  public var kernels: String?
  /// What may make figures incomparable, such as slow kernels.
  public var warnings: [String]
  /// The run's seed.
  public var seed: UInt64
  /// SHA-256 of every file that the settings name.
  public var hashes: [String: String]
  /// SHA-256 of the prompts by name, with the same short chunk and question in all: `update`, `answer`.
  public var prompts: [String: String]

  /// Version of the package.
  public static let version = "0.1.0"

  init(
    of settings: some ExperimentSettings, full: Setting, experiment: String, ablation: String?, limit: Int?
  ) async throws {
    self.experiment = experiment
    self.ablation = ablation
    self.limit = limit
    begun = Date.now.ISO8601Format()
    version = Self.version
    commit = Program.output(of: "git", "rev-parse", "HEAD")
    dirty = commit == nil ? nil : Program.output(of: "git", "status", "--porcelain").map { !$0.isEmpty }
    host = ProcessInfo.processInfo.hostName
    system = ProcessInfo.processInfo.operatingSystemVersionString
    cpu = Self.cpu
    threads = ProcessInfo.processInfo.activeProcessorCount
    blas = BLAS.coreType
    blasThreads = BLAS.threads
    kernels = ProductKernels.active.name
    warnings = Self.warnings
    seed = settings.seed
    hashes = try Self.hashes(of: full)
    prompts = try settings.promptHashes()
  }

  /// What of another run's data and prompts was something else, a line each.
  func differences(from old: Surroundings) -> [String] {
    func changed(_ old: [String: String], _ new: [String: String]) -> [String] {
      Set(old.keys).union(new.keys).sorted().filter { old[$0] != new[$0] }
    }
    return changed(old.hashes, hashes).map { "the file of \($0) has other content now" }
      + old.prompts.keys.sorted().filter { prompts[$0] != nil && prompts[$0] != old.prompts[$0] }
      .map { "the prompt \($0) has other words now" }
  }

  /// What may make numbers of this machine differ from those of others.
  public static var warnings: [String] {
    BLAS.warnings(environment: ProcessInfo.processInfo.environment) + (ProductKernels.complaint.map { [$0] } ?? [])
  }

  /// Model name of the processor, from /proc/cpuinfo; `unknown` where there is none.
  public static var cpu: String {
    guard let text = try? String(contentsOfFile: "/proc/cpuinfo", encoding: .utf8) else { return "unknown" }
    let line = text.split(separator: "\n").first { $0.hasPrefix("model name") }
    return line?.split(separator: ":", maxSplits: 1).last.map { $0.trimmingCharacters(in: .whitespaces) } ?? "unknown"
  }

  /// Files of keys: nothing of them is written down, and another key is no other data.
  private static let secretFiles: Set = ["keyFile", "headerFile"]

  /// Every string of the settings that names a file is data, and so is what a task reads in a folder that it names.
  package static func hashes(of full: Setting) throws -> [String: String] {
    var hashes: [String: String] = [:]
    for (path, value) in full.leaves where !secretFiles.contains(path.split(separator: ".").last.map(String.init) ?? "")
    {
      let values = if case .list(let list) = value { list } else { [value] }
      for (index, value) in values.enumerated() {
        guard case .string(let name) = value else { continue }
        let key = values.count > 1 ? "\(path).\(index + 1)" : path
        // A file of weights is sampled below: reading gigabytes before each run would cost too much.
        if isFile(name), !name.lowercased().hasSuffix(".gguf") { hashes[key] = try SHA256.hash(file: name) }
        for part in ["tokenizer.json", "config.json"] where isFile("\(name)/\(part)") {
          hashes[part == "tokenizer.json" ? key : "\(key).config"] = try SHA256.hash(file: "\(name)/\(part)")
        }
        // Weights that are not read do not matter.
        if path.hasSuffix("weights") || name.lowercased().hasSuffix(".gguf") {
          hashes["\(key).sample"] = try SHA256.sample(ofWeightsIn: name)
        }
      }
    }
    // Of a folder, what the task reads in it.
    if full["task.kind"] != nil, let task = try full["task"]?.decoded(as: Spec.self, at: "task") {
      for (key, path) in try Catalog.tasks.make(task).filesInFolders().flatMap(\.byKey) {
        hashes["task.\(key)"] = try SHA256.hash(file: path)
      }
    }
    return hashes
  }

  private static func isFile(_ name: String) -> Bool {
    guard !name.isEmpty, name.utf8.count < 4096, !name.utf8.contains(0) else { return false }
    // A path that cannot be read is not a file of the settings.
    let attributes = try? FileManager.default.attributesOfItem(atPath: name)
    return attributes?[.type] as? FileAttributeType == .typeRegular
  }
}
