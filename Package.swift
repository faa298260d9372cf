// swift-tools-version: 6.1
import PackageDescription

// Each room is one line: its name, its folder, what it stands on. An arrow only ever goes down.

func room(_ name: String, _ folder: String, on floor: [Target.Dependency], resources: [Resource]? = nil) -> Target {
  .target(name: name, dependencies: floor, path: "Sources/\(folder)", resources: resources)
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
    .trait(name: "MPI", description: "Learning with several processes over Open MPI (links libopenmpi-dev)"),
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
    system("COpenMPI", "ompi-c", apt: "libopenmpi-dev", brew: "open-mpi"),

    // Floor 0: the vector kernels, in C
    room("CKernels", "Neural/Kernels", on: []),

    // Floor 1, 2, 3: bytes and files, numbers, charts and sentences as values, and the vocabulary
    room("JSON", "Neural/JSON", on: []),
    room("Jinja", "Neural/Jinja", on: []),
    room("Basics", "Basics", on: []),
    room("Tensors", "Neural/Tensors", on: ["CBLAS", "CKernels"]),
    room("Plots", "Plots", on: []),
    room("SentenceRules", "SentenceRules", on: ["Basics"]),
    room("Palimpsest", "Palimpsest", on: ["Basics", "Plots", "Tensors"]),
    room("Statistics", "Statistics", on: ["Palimpsest"]),
    room("Neighbours", "Neural/Neighbours", on: ["CKernels", "Palimpsest", "Tensors"]),

    // Floor 4: variants that need neither a model nor a network
    room("Checkpoints", "Neural/Checkpoints", on: ["Basics", "JSON", "Palimpsest", "Tensors"]),
    room("Chunkers", "Chunkers", on: ["Basics", "Palimpsest", "SentenceRules"]),
    room("MemoryOverwrite", "Memories/Overwrite", on: ["Palimpsest"]),
    room("MemoryGated", "Memories/Gated", on: ["Palimpsest", "MemoryOverwrite"]),
    room("Gating", "Gating", on: ["Basics", "Palimpsest"]),
    room("MemoryControls", "Memories/Controls", on: ["Basics", "Palimpsest", "SentenceRules"]),
    room("MemoryBanks", "Memories/Banks", on: ["Basics", "Palimpsest", "SentenceRules"]),
    room("MemoryRetrieval", "Memories/Retrieval", on: ["Basics", "Neighbours", "Palimpsest", "Tensors"]),
    room("PolicyScripted", "Policies/Scripted", on: ["Basics", "Palimpsest"]),
    room("PolicyExtractive", "Policies/Extractive", on: ["Basics", "Palimpsest", "SentenceRules", "Tensors"]),
    room("Tasks", "Tasks", on: ["Basics", "JSON", "Palimpsest", "SentenceRules"]),
    room("Verifiers", "Verifiers", on: ["Basics", "Palimpsest", "Statistics"]),
    room("Analyzers", "Analyzers", on: ["Basics", "Palimpsest", "Plots", "Statistics", "Verifiers"]),
    room("Transformers", "Neural/Transformers", on: ["Palimpsest", "Tensors"]),
    room("Tokenizers", "Neural/Tokenizers", on: ["Basics", "JSON", "Jinja", "Palimpsest"]),
    room("Terminal", "Terminal", on: ["Basics", "Palimpsest"]),

    // Floor 5: models, networks, files, tables and pictures
    room(
      "Models", "Neural/Models",
      on: ["Basics", "Palimpsest", "Tensors", "Checkpoints", "Transformers", "Tokenizers"]),
    room(
      "PolicyRemote", "Policies/Remote",
      on: [
        "Palimpsest",
        .product(name: "AsyncHTTPClient", package: "async-http-client", condition: .when(traits: ["Remote"])),
      ]),
    room("TraceLogs", "Records/TraceLogs", on: ["Basics", "Palimpsest", "Tensors"]),
    room("TensorLogs", "Records/TensorLogs", on: ["Basics", "Palimpsest", "Tensors", "CHDF5"]),
    room(
      "Figures", "Records/Figures", on: ["Basics", "Palimpsest", "Plots", "CGraphviz"],
      // In the program itself: a page can be written wherever the program was moved to.
      resources: ["page.html", "page.css", "page.js"].map { .embedInCode("Page/\($0)") }),
    room("Tables", "Tables", on: ["Basics", "Palimpsest", "Terminal"]),
    room("Notebooks", "Notebooks", on: ["Basics", "Terminal"]),
    room(
      "Learning", "Learning",
      on: ["Basics", "Palimpsest", "Plots", "SentenceRules", "Tensors", "Checkpoints", "Transformers"]),

    // Floor 6: a model that answers, and small ones that learn to remember
    room(
      "Miniature", "Miniature",
      on: ["Palimpsest", "Statistics", "Tensors", "Checkpoints", "Transformers", "Tasks", "Learning", "Verifiers"],
      resources: [.copy("Weights")]),
    room(
      "PolicyLocal", "Policies/Local",
      on: ["Basics", "Jinja", "Palimpsest", "Tensors", "Models", "Checkpoints", "Transformers", "Tokenizers"]),

    room(
      "OpenMPI", "OpenMPI",
      on: ["Palimpsest", "Learning", .target(name: "COpenMPI", condition: .when(traits: ["MPI"]))]),

    // Floor 7: settings by name
    room(
      "Settings", "Settings",
      on: [
        "Basics", "Palimpsest", "Terminal", "Chunkers", "MemoryBanks", "MemoryOverwrite", "MemoryGated",
        "MemoryControls", "MemoryRetrieval", "Gating", "PolicyScripted",
        "PolicyExtractive", "PolicyLocal", "PolicyRemote", "Miniature", "Tasks", "Verifiers", "Models", "Yams",
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
      ]),

    // Floor 8, 9, 10: runs, evaluations, and one import for all
    room(
      "Runs", "Runs",
      on: [
        "Basics", "Palimpsest", "Plots", "Settings", "Statistics", "Terminal", "Tables", "Notebooks", "Tensors",
        "Verifiers", "Analyzers", "TraceLogs", "TensorLogs", "Figures", "Learning", "Tasks",
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
      ]),
    room(
      "Trainer", "Trainer",
      on: [
        "Basics", "Checkpoints", "Learning", "Miniature", "Models", "Palimpsest", "PolicyLocal", "Runs", "Settings",
        "Tables",
        "Tasks", "Tensors", "Terminal", "Transformers",
      ]),
    room(
      "Evaluations", "Evaluations",
      on: ["Analyzers", "Palimpsest", "Tensors", "Settings", "Statistics", "Terminal", "Tables", "Runs", "Verifiers"]),
    room(
      "PalimpsestKit", "PalimpsestKit",
      on: [
        "Analyzers", "Basics", "Checkpoints", "Chunkers", "Evaluations", "Figures", "Gating", "Jinja", "Learning",
        "MemoryBanks", "MemoryControls", "MemoryGated", "MemoryOverwrite", "MemoryRetrieval", "Miniature", "Models",
        "Neighbours", "Notebooks", "Palimpsest", "Plots", "PolicyExtractive", "PolicyLocal", "PolicyRemote",
        "PolicyScripted", "Runs", "SentenceRules",
        "Settings", "Statistics", "Tables", "Tasks", "TensorLogs", "Tensors", "Terminal", "Tokenizers", "TraceLogs",
        "Trainer", "Transformers", "Verifiers",
      ]),

    // On top: the command and the experiments
    .executableTarget(
      name: "CommandLineTool",
      dependencies: [
        "Basics", "Palimpsest", "Settings", "Terminal", "Tables", "Notebooks", "Runs", "Evaluations", "Tokenizers",
        "Verifiers", "Models", "PolicyLocal", "PolicyRemote", "Checkpoints", "Figures", "Learning", "Tasks",
        "OpenMPI", "TensorLogs", "Tensors", "TraceLogs", "Trainer", "Transformers",
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
      ],
      path: "Sources/CommandLine"),
    experiment("hello"),
    experiment("remember"),
    experiment("needle"),
    experiment("gates"),
    experiment("lengths"),
    experiment("bookworm"),
    experiment("extrapolate"),
    experiment("gates-learned"),
    experiment("rewards"),
    experiment("smallmodel"),
    experiment("tradeoffs"),
    experiment("poison"),

    .executableTarget(
      name: "ReadingBench",
      dependencies: [
        "Palimpsest", "Chunkers", "Gating", "MemoryOverwrite", "MemoryGated", "MemoryControls", "PolicyExtractive",
        "Tasks", "Verifiers", "SentenceRules",
      ],
      path: "Tests/Benchmarks/Reading"),

    .executableTarget(
      name: "bench",
      dependencies: [
        "Basics", "Palimpsest", "SentenceRules", "Tensors", "Chunkers", "Gating", "MemoryOverwrite", "MemoryGated",
        "PolicyExtractive", "TraceLogs", "TensorLogs", "CBLAS", "Tokenizers", "Checkpoints", "Transformers", "Models",
        "Learning", "MemoryRetrieval", "Miniature", "Neighbours", "PolicyLocal", "Tasks",
      ],
      path: "Tests/Benchmarks/Bench"),

    .target(
      name: "TinyModel", dependencies: ["Palimpsest", "Models", "Tensors", "Tokenizers", "Transformers"],
      path: "Tests/TinyModel"),
    .target(name: "Support", dependencies: ["Palimpsest", "Tensors"], path: "Tests/Support"),
    .target(name: "FakeEndpoint", dependencies: ["FlyingFox"], path: "Tests/FakeEndpoint"),
    tests("TerminalTests", of: ["Terminal"]),
    tests("SettingsTests", of: ["Settings"]),
    tests("TablesTests", of: ["Tables"]),
    tests("NotebooksTests", of: ["Notebooks", "Terminal"]),
    tests(
      "RunsTests",
      of: [
        "Gating", "Notebooks", "Runs", "Settings", "Statistics", "Tables", "TensorLogs", "Tensors", "Terminal",
        "TraceLogs",
      ]),
    tests(
      "TrainerTests",
      of: ["Checkpoints", "Learning", "Miniature", "Runs", "Settings", "Terminal", "TinyModel", "Trainer"]),
    tests("CommandLineTests", of: ["CommandLineTool", "FakeEndpoint", "TinyModel"]),
    tests("TraceLogsTests", of: ["TraceLogs", "Tensors"]),
    .executableTarget(
      name: "TensorWriter", dependencies: ["Palimpsest", "Tensors", "TensorLogs"], path: "Tests/TensorWriter"),
    tests("FiguresTests", of: ["Figures", "Plots", "Tensors"]),
    tests("TensorLogsTests", of: ["TensorLogs", "Tensors", "TensorWriter", "CHDF5"]),
    .executableTarget(
      name: "CheckpointProbe", dependencies: ["Basics", "Checkpoints", "Tensors"], path: "Tests/CheckpointProbe"),
    tests("CheckpointsTests", of: ["Checkpoints", "Tensors", "CheckpointProbe"]),
    tests("TransformersTests", of: ["Transformers", "Tensors", "Checkpoints", "Models", "TinyModel"]),
    tests(
      "PolicyLocalTests",
      of: [
        "PolicyLocal", "Models", "Tensors", "Checkpoints", "Transformers", "Tokenizers", "MemoryOverwrite",
        "MemoryRetrieval", "TinyModel",
      ]),
    tests("BasicsTests", of: ["Basics"]),
    tests("PalimpsestTests", of: ["Tensors", "Plots", "SentenceRules"]),
    .target(name: "KernelBodies", dependencies: ["CKernels"], path: "Tests/KernelBodies"),
    tests("TensorsTests", of: ["Tensors", "KernelBodies"]),
    tests("ProductsTests", of: ["Tensors"]),
    tests("NeighboursTests", of: ["Neighbours", "Tensors"]),
    tests("ChunkersTests", of: ["Chunkers", "SentenceRules"]),
    tests("HouseTests", of: []),
    tests(
      "ExperimentsTests",
      of: [
        "Notebooks", "Tensors", "Tokenizers", "Transformers", "Models", "TensorLogs", "hello", "needle", "gates",
        "lengths", "bookworm", "extrapolate", "gates-learned", "remember", "rewards",
        "smallmodel", "tradeoffs", "poison", "TinyModel",
      ]),
    tests("AnalyzersTests", of: ["Analyzers", "Plots", "Tensors", "Verifiers"]),
    tests("TasksTests", of: ["JSON", "Tasks", "SentenceRules"]),
    tests(
      "PolicyExtractiveTests",
      of: [
        "PolicyExtractive", "Chunkers", "Gating", "MemoryOverwrite", "MemoryGated", "MemoryControls", "Tasks",
        "Verifiers",
      ]),
    tests("JSONTests", of: ["JSON"]),
    tests("JinjaTests", of: ["Jinja"]),
    tests("TokenizersTests", of: ["Tokenizers", "Chunkers", "Jinja"]),
    tests("LearningTests", of: ["Learning", "Tensors", "Checkpoints", "Transformers"]),
    .executableTarget(
      name: "GroupTrainer", dependencies: ["Palimpsest", "Tensors", "Transformers", "Learning", "OpenMPI"],
      path: "Tests/GroupTrainer"),
    tests("OpenMPITests", of: ["CommandLineTool", "GroupTrainer"]),
    tests(
      "MiniatureTests",
      of: [
        "Miniature", "Learning", "Tasks", "Tensors", "Transformers", "Chunkers", "Gating", "MemoryGated",
        "MemoryOverwrite",
      ]),
    tests("VerifiersTests", of: ["Statistics", "Tensors", "Verifiers"]),
    tests("StatisticsTests", of: ["Statistics"]),
    tests("PolicyRemoteTests", of: ["PolicyRemote", "FakeEndpoint", "Gating", "MemoryOverwrite", "MemoryGated"]),
    tests(
      "MemoryTests",
      of: [
        "Gating", "MemoryBanks", "MemoryControls", "MemoryGated", "MemoryOverwrite", "MemoryRetrieval",
        "PolicyScripted", "Tensors",
      ]),
  ],
  swiftLanguageModes: [.v6]
)

for target in package.targets where target.type == .regular && target.path?.hasPrefix("Sources/") == true {
  if target.name == "CKernels" { continue }
  package.products.append(.library(name: target.name, targets: [target.name]))
}
