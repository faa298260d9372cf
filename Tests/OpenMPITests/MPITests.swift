import Foundation
import Support
import Testing

/// The program `GroupTrainer` built with the trait MPI, which `make test-mpi` names.
private let member = ProcessInfo.processInfo.environment["PALIMPSEST_GROUP_TRAINER"].map { URL(filePath: $0) }

private let mpirun: URL? = (ProcessInfo.processInfo.environment["PATH"] ?? "").split(separator: ":")
  .map { URL(filePath: "\($0)/mpirun") }.first { FileManager.default.isExecutableFile(atPath: $0.path) }

/// Why nothing can be tested here.
private let lack: String? =
  member == nil
  ? "no program with the trait MPI is named; run make test-mpi"
  : mpirun == nil ? "mpirun is not on the path; apt-get install openmpi-bin" : nil

/// Runs the program `GroupTrainer` as it is, which knows no MPI, and under `mpirun` with the trait.
@Suite(.serialized, .enabled(if: lack == nil, Comment(rawValue: lack ?? "")))
struct `Processes that mpirun starts` {
  private let scratch: Scratch
  private let alone = URL(filePath: CommandLine.arguments[0]).deletingLastPathComponent()
    .appending(path: "GroupTrainer")

  init() throws { scratch = try Scratch() }

  private func run(_ program: URL, _ arguments: [String]) throws -> (code: Int32, said: String) {
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
    let said = complaints.fileHandleForReading.readDataToEndOfFile()
    process.waitUntilExit()
    return (process.terminationStatus, String(decoding: said, as: UTF8.self))
  }

  private func run(_ processes: Int, _ arguments: String...) throws -> (code: Int32, said: String) {
    try run(
      try #require(mpirun),
      ["-np", "\(processes)", "--oversubscribe", "--bind-to", "none", try #require(member).path] + arguments)
  }

  @Test func `learn the same bits as one process`() throws {
    let file = scratch.file("alone").path
    let single = try run(alone, [file])
    try #require(single.code == 0, "\(single.said)")
    for count in [2, 3] {
      let together = scratch.file("of-\(count)").path
      let several = try run(count, together)
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
    let ended = try run(2, file, fault)
    #expect(ended.code != 0 && ended.said.contains(words), "\(ended.code): \(ended.said)")
    if let code { #expect(ended.code == code) }
    #expect(!FileManager.default.fileExists(atPath: "\(file).supervised"))
  }
}
