import Foundation
import Testing

/// The floors of the house: what a room may stand on. An arrow only ever goes down.
@Suite struct `The floors of the house` {
  static let floors: [[String]] = [
    ["CBLAS", "CHDF5", "CGraphviz", "COpenMPI", "CKernels"],
    ["Basics", "Jinja", "JSON", "Plots", "Tensors"],
    ["SentenceRules"],
    ["Palimpsest"],
    ["Statistics", "Neighbours"],
    ["Verifiers"],
    [
      "Chunkers", "Gating", "MemoryBanks", "MemoryOverwrite", "MemoryGated", "MemoryControls", "MemoryRetrieval",
      "PolicyScripted", "PolicyExtractive", "Tasks", "Analyzers", "Checkpoints", "Tokenizers", "Transformers",
      "Terminal",
    ],
    ["Models", "PolicyRemote", "TraceLogs", "TensorLogs", "Figures", "Learning", "Tables", "Notebooks"],
    ["PolicyLocal", "Miniature", "OpenMPI"],
    ["Settings"],
    ["Runs"],
    ["Evaluations", "Trainer"],
    ["PalimpsestKit"],
  ]

  /// Arrows on one floor, each with its reason.
  static let sideways: Set<[String]> = [
    ["MemoryGated", "MemoryOverwrite"]  // a gated page is a page
  ]

  private let manifest: Manifest

  init() throws { manifest = try Manifest.ofThisPackage() }

  private func floor(of name: String) -> Int? {
    if let floor = Self.floors.firstIndex(where: { $0.contains(name) }) { return floor }
    // The command, the experiments and the tests stand on everything.
    let isOnTop = manifest.targets.contains { $0.name == name && ["executable", "test"].contains($0.type) }
    return isOnTop || ["Support", "FakeEndpoint", "KernelBodies", "TinyModel"].contains(name) ? Self.floors.count : nil
  }

  @Test func `hold every target`() {
    for target in manifest.targets {
      #expect(floor(of: target.name) != nil, "\(target.name) stands on no floor; give it one in FloorTests.swift")
    }
  }

  @Test func `let no arrow go up or sideways`() {
    for target in manifest.targets where target.type != "test" {
      for other in target.dependencies {
        guard let from = floor(of: target.name), let to = floor(of: other) else { continue }
        let isAllowed = to < from || Self.sideways.contains([target.name, other])
        #expect(isAllowed, "\(target.name) (floor \(from)) may not stand on \(other) (floor \(to))")
      }
    }
  }

  /// Without its own line in the manifest an import compiles as long as somebody below happens to
  /// have built the module.
  @Test func `see every import declared`() throws {
    let names = Set(manifest.targets.map(\.name))
    for target in manifest.targets {
      for (file, imported) in try target.imports() where names.contains(imported) {
        #expect(
          imported == target.name || target.dependencies.contains(imported),
          "\(file) imports \(imported), which \(target.name) does not name in Package.swift")
      }
    }
  }

  /// In a module that has a type of its own name, `Module.member` means a member of the type: nothing else can be
  /// qualified any more.
  @Test func `have no type of their own name`() throws {
    // Rooms are imported; programs are not.
    for target in manifest.targets where Self.floors.contains(where: { $0.contains(target.name) }) {
      guard target.type != "system" else { continue }
      for (file, text) in try target.sources() {
        let declarations = text.matches(of: /\b(?:struct|enum|class|actor|protocol|typealias) (\w+)/)
        #expect(
          !declarations.contains { $0.1 == target.name }, "\(file) declares \(target.name), as its module is called")
      }
    }
  }
}

struct Manifest {
  struct Target {
    var name: String
    var type: String
    var path: String
    var dependencies: [String]

    func sources() throws -> [(file: String, text: String)] {
      let folder = Manifest.root.appending(path: path)
      let files = try FileManager.default.subpathsOfDirectory(atPath: folder.path).filter { $0.hasSuffix(".swift") }
      return try files.sorted().map { file in
        ("\(path)/\(file)", try String(contentsOf: folder.appending(path: file), encoding: .utf8))
      }
    }

    /// The modules its sources import, with the file.
    func imports() throws -> [(file: String, module: String)] {
      try sources().flatMap { file, text in
        text.split(separator: "\n").compactMap { line -> (String, String)? in
          let words = line.split(separator: " ")
          guard let index = words.firstIndex(of: "import"), index < 2, words.count > index + 1 else { return nil }
          return (file, String(words[index + 1].prefix { $0 != "." }))
        }
      }
    }
  }

  var targets: [Target]

  static let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent()

  /// From `.build/manifest.json`, which `make test` writes; asked of the package manager where that
  /// is missing or older than the manifest.
  static func ofThisPackage() throws -> Manifest {
    let written = root.appending(path: ".build/manifest.json")
    let source = root.appending(path: "Package.swift")
    func date(_ url: URL) -> Date? {
      (try? FileManager.default.attributesOfItem(atPath: url.path)[.modificationDate]) as? Date
    }
    if let made = date(written), let changed = date(source), made >= changed {
      return try Manifest(json: Data(contentsOf: written))
    }
    let scratch = FileManager.default.temporaryDirectory.appending(path: "palimpsest-manifest-\(UUID().uuidString)")
    defer { try? FileManager.default.removeItem(at: scratch) }
    let dump = Process()
    dump.executableURL = URL(filePath: "/usr/bin/env")
    dump.arguments = ["swift", "package", "--scratch-path", scratch.path, "dump-package"]
    dump.currentDirectoryURL = root
    let output = Pipe()
    dump.standardOutput = output
    try dump.run()
    let data = try output.fileHandleForReading.readToEnd() ?? Data()
    dump.waitUntilExit()
    return try Manifest(json: data)
  }

  init(json: Data) throws {
    struct Dump: Decodable {
      struct Target: Decodable {
        var name: String
        var type: String
        var path: String?
        var dependencies: [[String: [Maybe]]]
      }
      var targets: [Target]
    }
    targets = try JSONDecoder().decode(Dump.self, from: json).targets.map { target in
      Target(
        name: target.name, type: target.type, path: target.path ?? "Sources/\(target.name)",
        dependencies: target.dependencies.compactMap { dependency in
          (dependency["byName"] ?? dependency["target"])?.first?.text
        })
    }
  }

  /// A dependency is a list of strings, tables and nulls.
  private struct Maybe: Decodable {
    var text: String?
    init(from decoder: any Decoder) throws { text = try? decoder.singleValueContainer().decode(String.self) }
  }
}
