// swift-tools-version: 6.1
import PackageDescription

// Each room is one line: its name, its folder, what it stands on. An arrow only ever goes down.

func room(_ name: String, _ folder: String, on floor: [Target.Dependency]) -> Target {
  .target(name: name, dependencies: floor, path: "Sources/\(folder)")
}

func tests(_ name: String, of rooms: [Target.Dependency]) -> Target {
  .testTarget(name: name, dependencies: rooms + ["Palimpsest", "Support"], path: "Tests/\(name)")
}

func experiment(_ name: String) -> Target {
  .executableTarget(
    name: name, dependencies: ["PalimpsestKit"], path: "experiments/\(name)", exclude: ["\(name).yaml"])
}

func system(_ name: String, _ pkgConfig: String, apt: String, brew: String) -> Target {
  .systemLibrary(
    name: name, path: "Sources/System/\(name)", pkgConfig: pkgConfig,
    providers: [.apt([apt]), .brew([brew])])
}

let package = Package(
  name: "Palimpsest",
  platforms: [.macOS(.v15)],
  products: [
    // At the end of this file every room becomes a library; PalimpsestKit is one import for all of them.
    .executable(name: "palimpsest", targets: ["CommandLineTool"])
  ],
  traits: [
    .default(enabledTraits: ["Remote"]),
    .trait(name: "Remote", description: "Policies that ask an OpenAI-compatible endpoint (pulls in async-http-client)"),
  ],
  dependencies: [
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.0"),
    .package(url: "https://github.com/jpsim/Yams", from: "6.2.0"),
    .package(url: "https://github.com/swift-server/async-http-client", from: "1.37.0"),
    .package(url: "https://github.com/swhitty/FlyingFox", from: "0.27.0"),
  ],
  targets: [
    // Floor 0: system libraries
    system("CBLAS", "openblas", apt: "libopenblas-dev", brew: "openblas"),
    system("CHDF5", "hdf5-serial", apt: "libhdf5-dev", brew: "hdf5"),
    system("CGraphviz", "libgvc", apt: "libgraphviz-dev", brew: "graphviz"),

    // Floor 0: the vector kernels, in C
    room("CKernels", "Neural/Kernels", on: []),

    // Floor 1, 2: foreign files of JSON, numbers, and the vocabulary
    room("JSON", "Neural/JSON", on: []),
    room("Tensors", "Neural/Tensors", on: ["CBLAS", "CKernels"]),
    room("Palimpsest", "Palimpsest", on: ["Tensors"]),

    // Floor 3: variants that need neither a model nor a network
    room("Checkpoints", "Neural/Checkpoints", on: ["JSON", "Palimpsest", "Tensors"]),
    room("Chunkers", "Chunkers", on: ["Palimpsest"]),
    room("MemoryOverwrite", "Memories/Overwrite", on: ["Palimpsest"]),
    room("MemoryGated", "Memories/Gated", on: ["Palimpsest", "MemoryOverwrite"]),
    room("MemoryControls", "Memories/Controls", on: ["Palimpsest"]),
    room("PolicyScripted", "Policies/Scripted", on: ["Palimpsest"]),
    room("PolicyExtractive", "Policies/Extractive", on: ["Palimpsest", "Tensors"]),
    room("Tasks", "Tasks", on: ["JSON", "Palimpsest"]),
    room("Verifiers", "Verifiers", on: ["Palimpsest"]),
    room("Analyzers", "Analyzers", on: ["Palimpsest"]),
    room("Transformers", "Neural/Transformers", on: ["Palimpsest", "Tensors"]),
    room("Tokenizers", "Neural/Tokenizers", on: ["JSON", "Palimpsest"]),
    room("Terminal", "Terminal", on: ["Palimpsest"]),

    // Floor 4: networks, files, tables and pictures
    room(
      "PolicyLocal", "Policies/Local", on: ["Palimpsest", "Tensors", "Checkpoints", "Transformers", "Tokenizers"]),
    room(
      "PolicyRemote", "Policies/Remote",
      on: [
        "Palimpsest",
        .product(name: "AsyncHTTPClient", package: "async-http-client", condition: .when(traits: ["Remote"])),
      ]),
    room("TraceLogs", "Records/TraceLogs", on: ["Palimpsest", "Tensors"]),
    room("TensorLogs", "Records/TensorLogs", on: ["Palimpsest", "Tensors", "CHDF5"]),
    room("Figures", "Records/Figures", on: ["Palimpsest", "CGraphviz"]),
    room("Tables", "Tables", on: ["Palimpsest", "Terminal"]),
    room("Notebooks", "Notebooks", on: ["Terminal"]),
    room("Learning", "Learning", on: ["Palimpsest", "Tensors", "Checkpoints", "Transformers"]),

    // Floor 5: settings by name
    room(
      "Settings", "Settings",
      on: [
        "Palimpsest", "Terminal", "Chunkers", "MemoryOverwrite", "MemoryGated", "MemoryControls", "PolicyScripted",
        "PolicyExtractive", "PolicyLocal", "PolicyRemote", "Tasks", "Verifiers", "Tokenizers", "Yams",
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
      ]),

    // Floor 6, 7, 8: runs, evaluations, and one import for all
    room(
      "Runs", "Runs",
      on: [
        "Palimpsest", "Settings", "Terminal", "Tables", "Notebooks", "Tensors", "Verifiers", "Analyzers", "TraceLogs",
        "TensorLogs", "Figures", "Learning", .product(name: "ArgumentParser", package: "swift-argument-parser"),
      ]),
    room(
      "Evaluations", "Evaluations",
      on: ["Palimpsest", "Tensors", "Settings", "Terminal", "Tables", "Runs", "Verifiers"]),
    room(
      "PalimpsestKit", "PalimpsestKit",
      on: [
        "Analyzers", "Checkpoints", "Chunkers", "Evaluations", "Figures", "Learning", "MemoryControls", "MemoryGated",
        "MemoryOverwrite", "Notebooks", "Palimpsest", "PolicyExtractive", "PolicyLocal", "PolicyRemote",
        "PolicyScripted", "Runs", "Settings", "Tables", "Tasks", "TensorLogs", "Tensors", "Terminal", "Tokenizers",
        "TraceLogs", "Transformers", "Verifiers",
      ]),

    // On top: the command and the experiments
    .executableTarget(
      name: "CommandLineTool",
      dependencies: [
        "Palimpsest", "Settings", "Terminal", "Tables", "Notebooks", "Runs", "Evaluations", "Tokenizers", "Verifiers",
        "PolicyLocal", "PolicyRemote", "Checkpoints", "Figures", "TensorLogs", "Tensors", "TraceLogs", "Transformers",
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
      ],
      path: "Sources/CommandLine"),
    experiment("hello"),
    experiment("needle"),
    experiment("gates"),
    experiment("lengths"),
    experiment("bookworm"),

    .executableTarget(
      name: "ReadingBench",
      dependencies: [
        "Palimpsest", "Chunkers", "MemoryOverwrite", "MemoryGated", "MemoryControls", "PolicyExtractive", "Tasks",
        "Verifiers",
      ],
      path: "Tests/Benchmarks/Reading"),

    .executableTarget(
      name: "bench",
      dependencies: [
        "Palimpsest", "Tensors", "Chunkers", "MemoryOverwrite", "MemoryGated", "PolicyExtractive", "TraceLogs",
        "TensorLogs", "CBLAS", "Tokenizers", "Checkpoints", "Transformers", "PolicyLocal",
      ],
      path: "Tests/Benchmarks/Bench"),

    .target(
      name: "TinyModel", dependencies: ["Palimpsest", "PolicyLocal", "Tensors", "Tokenizers", "Transformers"],
      path: "Tests/TinyModel"),
    .target(name: "Support", dependencies: ["Palimpsest", "Tensors"], path: "Tests/Support"),
    .target(name: "FakeEndpoint", dependencies: ["FlyingFox"], path: "Tests/FakeEndpoint"),
    tests("TerminalTests", of: ["Terminal"]),
    tests("SettingsTests", of: ["Settings"]),
    tests("TablesTests", of: ["Tables"]),
    tests("NotebooksTests", of: ["Notebooks", "Terminal"]),
    tests("RunsTests", of: ["Runs", "Settings", "Tables", "Terminal"]),
    tests("CommandLineTests", of: ["CommandLineTool", "FakeEndpoint", "TinyModel"]),
    tests("TraceLogsTests", of: ["TraceLogs", "Tensors"]),
    .executableTarget(
      name: "TensorWriter", dependencies: ["Palimpsest", "Tensors", "TensorLogs"], path: "Tests/TensorWriter"),
    tests("FiguresTests", of: ["Figures", "Tensors"]),
    tests("TensorLogsTests", of: ["TensorLogs", "Tensors", "TensorWriter", "CHDF5"]),
    .executableTarget(
      name: "CheckpointProbe", dependencies: ["Checkpoints", "Tensors"], path: "Tests/CheckpointProbe"),
    tests("CheckpointsTests", of: ["Checkpoints", "Tensors", "CheckpointProbe"]),
    tests("TransformersTests", of: ["Transformers", "Tensors", "Checkpoints", "PolicyLocal", "TinyModel"]),
    tests(
      "PolicyLocalTests",
      of: ["PolicyLocal", "Tensors", "Checkpoints", "Transformers", "Tokenizers", "MemoryOverwrite", "TinyModel"]),
    tests("PalimpsestTests", of: ["Tensors"]),
    .target(name: "KernelBodies", dependencies: ["CKernels"], path: "Tests/KernelBodies"),
    tests("TensorsTests", of: ["Tensors", "KernelBodies"]),
    tests("ProductsTests", of: ["Tensors"]),
    tests("ChunkersTests", of: ["Chunkers"]),
    tests("HouseTests", of: []),
    tests(
      "ExperimentsTests",
      of: [
        "Notebooks", "Tensors", "Tokenizers", "Transformers", "PolicyLocal", "TensorLogs", "hello", "needle", "gates",
        "lengths", "bookworm",
      ]),
    tests("AnalyzersTests", of: ["Analyzers"]),
    tests("TasksTests", of: ["Tasks"]),
    tests(
      "PolicyExtractiveTests",
      of: ["PolicyExtractive", "MemoryOverwrite", "MemoryGated", "MemoryControls", "Chunkers", "Tasks", "Verifiers"]),
    tests("JSONTests", of: ["JSON"]),
    tests("TokenizersTests", of: ["Tokenizers", "Chunkers"]),
    tests("LearningTests", of: ["Learning", "Tensors", "Checkpoints", "Transformers"]),
    tests("VerifiersTests", of: ["Verifiers"]),
    tests("PolicyRemoteTests", of: ["PolicyRemote", "FakeEndpoint", "MemoryOverwrite", "MemoryGated"]),
    tests("MemoryTests", of: ["MemoryOverwrite", "MemoryGated", "MemoryControls", "PolicyScripted", "Tensors"]),
  ],
  swiftLanguageModes: [.v6]
)

for target in package.targets where target.type == .regular && target.path?.hasPrefix("Sources/") == true {
  if target.name == "CKernels" { continue }
  package.products.append(.library(name: target.name, targets: [target.name]))
}
