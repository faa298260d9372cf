import Foundation
import Support
import Testing

/// The folder of `GroupTrainer` and `palimpsest` built with the trait MPI, which `make test-mpi` names.
private let members = ProcessInfo.processInfo.environment["PALIMPSEST_MPI"].map { URL(filePath: $0) }

private let mpirun: URL? = (ProcessInfo.processInfo.environment["PATH"] ?? "").split(separator: ":")
  .map { URL(filePath: "\($0)/mpirun") }.first { FileManager.default.isExecutableFile(atPath: $0.path) }

/// Why nothing can be tested here.
private let lack: String? =
  members == nil
  ? "no program with the trait MPI is named; run make test-mpi"
  : mpirun == nil ? "mpirun is not on the path; apt-get install openmpi-bin" : nil

/// Runs programs as they are, which know no MPI, and under `mpirun` with the trait.
@Suite(.serialized, .enabled(if: lack == nil, Comment(rawValue: lack ?? "")))
struct `Processes that mpirun starts` {
  private let scratch: Scratch
  private let plain = URL(filePath: CommandLine.arguments[0]).deletingLastPathComponent()

  init() throws { scratch = try Scratch() }

  /// - Parameter wait: is called while the process runs.
  private func run(
    _ program: URL, _ arguments: [String], while wait: (Process) throws -> Void = { _ in }
  ) throws -> (code: Int32, said: String) {
    let process = Process()
    process.executableURL = program
    process.arguments = arguments
    var environment = ProcessInfo.processInfo.environment
    // Containers run tests as root, with fewer cores than processes, and forbid one process to read another's memory.
    environment["OMPI_ALLOW_RUN_AS_ROOT"] = "1"
    environment["OMPI_ALLOW_RUN_AS_ROOT_CONFIRM"] = "1"
    environment["OMPI_MCA_btl_vader_single_copy_mechanism"] = "none"
    process.environment = environment
    let complaints = Pipe()
    process.standardError = complaints
    process.standardOutput = FileHandle.nullDevice
    try process.run()
    try wait(process)
    let said = complaints.fileHandleForReading.readDataToEndOfFile()
    process.waitUntilExit()
    return (process.terminationStatus, String(decoding: said, as: UTF8.self))
  }

  private func run(
    _ processes: Int, _ program: String = "GroupTrainer", _ arguments: String...,
    while wait: (Process) throws -> Void = { _ in }
  ) throws -> (code: Int32, said: String) {
    let path = try #require(members).appending(path: program).path
    return try run(
      try #require(mpirun), ["-np", "\(processes)", "--oversubscribe", "--bind-to", "none", path] + arguments,
      while: wait)
  }

  @Test func `learn the same bits as one process`() throws {
    let file = scratch.file("alone").path
    let single = try run(plain.appending(path: "GroupTrainer"), [file])
    try #require(single.code == 0, "\(single.said)")
    for count in [2, 3] {
      let together = scratch.file("of-\(count)").path
      let several = try run(count, "GroupTrainer", together)
      try #require(several.code == 0, "\(several.said)")
      for what in ["supervised", "rewarded"] {
        let (one, many) = try (
          Data(contentsOf: URL(filePath: "\(file).\(what)")), Data(contentsOf: URL(filePath: "\(together).\(what)"))
        )
        #expect(one == many && !one.isEmpty, "\(what) by \(count) processes")
      }
    }
  }

  /// Process 1 of two has a fault. All end, none writes a file, and what was wrong is said.
  @Test(
    arguments: [
      ("differs", "process 1 differs from process 0 in settings", 2),
      ("other-weights", "process 1 differs from process 0 in weights", 2),
      ("refuses", "a batch is none: refused", nil), ("dies", "signal 9", nil),
    ] as [(String, String, Int32?)])
  func `end together`(_ fault: String, _ words: String, _ code: Int32?) throws {
    let file = scratch.file(fault).path
    let ended = try run(2, "GroupTrainer", file, fault)
    #expect(ended.code != 0 && ended.said.contains(words), "\(ended.code): \(ended.said)")
    if let code { #expect(ended.code == code) }
    #expect(!FileManager.default.fileExists(atPath: "\(file).supervised"))
  }

  private static func toy(rounds: Int) -> String {
    """
    learner: {kind: miniature, width: 16, layers: 1, heads: 2, innerWidth: 16}
    task: {kind: symbols, chunks: 2, split: train}
    stages:
      - {kind: recall, rounds: 3, batch: 6, questions: 2, microbatch: 2}
      - {kind: imitation, rounds: \(rounds), batch: 8, review: 2, microbatch: 4, learning: {warmUp: 1}}
      - {kind: reward, rounds: 3, questions: 4, rollouts: 4, shares: 4, steps: {minibatches: 2, microbatches: 3}}
    exam: {every: 2, items: 3, task: {split: test}, lengths: [{chunks: 2}]}
    saveEvery: 2
    """
  }

  /// The files of a training of the command, in the only folder of runs.
  private func files(in out: URL) throws -> [String: Data] {
    let shelf = out.appending(path: "train-toy")
    let runs = try FileManager.default.contentsOfDirectory(atPath: shelf.path).filter { $0.contains("-") }
    let place = shelf.appending(path: try #require(runs.first))
    return try ["training.safetensors", "training.jsonl", "model/model.safetensors"].reduce(into: [:]) {
      $0[$1] = try Data(contentsOf: place.appending(path: $1))
    }
  }

  @Test func `train by a configuration to the files of one process`() throws {
    let config = scratch.file("toy.yaml")
    try Self.toy(rounds: 3).write(to: config, atomically: true, encoding: .utf8)
    let out = scratch.file("alone")
    let single = try run(plain.appending(path: "palimpsest"), ["train", config.path, "--out", out.path])
    try #require(single.code == 0, "\(single.said)")
    for count in [2, 3] {
      let together = scratch.file("of-\(count)")
      let several = try run(count, "palimpsest", "train", config.path, "--out", together.path)
      try #require(several.code == 0, "\(several.said)")
      #expect(try files(in: out) == files(in: together), "\(count) processes")
    }
  }

  /// A process that gets a signal makes all save and end; all resume from what the first one saved.
  @Test func `train on where they were interrupted`() throws {
    let config = scratch.file("toy.yaml")
    try Self.toy(rounds: 400).write(to: config, atomically: true, encoding: .utf8)
    let (out, together) = (scratch.file("alone"), scratch.file("together"))
    let single = try run(plain.appending(path: "palimpsest"), ["train", config.path, "--out", out.path])
    try #require(single.code == 0, "\(single.said)")
    let shelf = together.appending(path: "train-toy")
    func saved() -> String? {
      let runs = (try? FileManager.default.contentsOfDirectory(atPath: shelf.path)) ?? []
      return runs.map { shelf.appending(path: $0).path }
        .first { FileManager.default.fileExists(atPath: "\($0)/training.safetensors") }
    }
    let stopped = try run(
      2, "palimpsest", "train", config.path, "--out", together.path,
      while: { process in
        while saved() == nil, process.isRunning { Thread.sleep(forTimeInterval: 0.01) }
        // The first process has the folder, and says so in its lock.
        let lock = try String(contentsOfFile: "\(try #require(saved()))/.lock", encoding: .utf8)
        kill(try #require(lock.split(separator: " ").lazy.compactMap { pid_t($0) }.first), SIGTERM)
      })
    #expect(stopped.code == 3 && stopped.said.contains("mpirun -np 2"), "\(stopped.code): \(stopped.said)")
    let resumed = try run(2, "palimpsest", "resume", try #require(saved()))
    try #require(resumed.code == 0, "\(resumed.said)")
    #expect(resumed.said.contains("going on at round"), "\(resumed.said)")
    #expect(try files(in: out) == files(in: together))
  }

  /// The first process alone writes; where it cannot, none waits for it.
  @Test func `end where the first cannot write`() throws {
    let config = scratch.file("toy.yaml")
    try Self.toy(rounds: 3).write(to: config, atomically: true, encoding: .utf8)
    let ended = try run(2, "palimpsest", "train", config.path, "--out", "/dev/null/runs")
    #expect(ended.code == 4 && ended.said.contains("/dev/null/runs"), "\(ended.code): \(ended.said)")
  }

  /// A program without the trait would train twice in one folder.
  @Test func `are refused by a program that knows no MPI`() throws {
    let config = scratch.file("toy.yaml")
    try Self.toy(rounds: 3).write(to: config, atomically: true, encoding: .utf8)
    let ended = try run(
      try #require(mpirun),
      ["-np", "2", "--oversubscribe", plain.appending(path: "palimpsest").path, "train", config.path])
    #expect(ended.code == 4 && ended.said.contains("--traits MPI"), "\(ended.code): \(ended.said)")
  }
}
