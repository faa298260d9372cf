import Foundation
import Palimpsest
import Testing

/// A run whose disk, folder, clock or rival misbehaves, and the run that goes on: its files are those of an undisturbed
/// one, byte for byte, time fields aside. The quick form takes seconds; `PALIMPSEST_LONG` takes every call.
@Suite(.enabled(if: Command.isBuilt, "the command is not built: swift build --product palimpsest"), .serialized)
struct `A run in trouble` {
  let place: Place
  static let isLong = ProcessInfo.processInfo.environment["PALIMPSEST_LONG"] != nil
  static let arguments = [
    "eval", "--task", "needle", "--set", "task.tokens=3000", "--set", "task.count=3", "--set", "chunker.size=256",
    "--no-controls", "--quiet", "--out",
  ]

  init() throws { place = try Place() }

  /// Runs into a folder, with a library before all others.
  private func run(_ out: String, _ environment: [String: String] = [:]) throws -> Outcome {
    try place.run(Self.arguments + [out], environment: environment)
  }

  private var folder: URL { place.url.appending(path: "run") }
  private func remains(_ out: String = "run") throws -> [String: String] {
    try Remains.of(place.url.appending(path: out))
  }
  private func whole() throws -> [String: String] {
    let whole = try run("whole")
    #expect(whole.code == 0, "\(whole.messages)")
    let remains = try remains("whole")
    try #require(remains.count == 4)
    return remains
  }

  @Test(.enabled(if: Faults.library != nil, "there is no cc here"))
  func `at any call on a file ends with code 4, and the next one makes the same files`() throws {
    let expected = try whole()
    var environment = try #require(Faults.environment(under: folder.path))
    environment["FAULT_COUNT"] = place.url.appending(path: "counts").path
    #expect(try run("run", environment).code == 0)
    let counts = try String(contentsOf: place.url.appending(path: "counts"), encoding: .utf8)
      .split(separator: "\n").reduce(into: [String: Int]()) { counts, line in
        let words = line.split(separator: " ")
        counts[String(words[0])] = Int(words[1])
      }
    var trials = 0
    var stopped = 0
    // A full disk, a disk that fails, a folder that can only be read.
    for (kind, number, ways) in [
      ("write", ENOSPC, ["once", "sticky", "short"]), ("rename", EIO, ["once", "sticky"]),
      ("fsync", EIO, ["once", "sticky"]), ("open", EROFS, ["once", "sticky"]), ("truncate", EIO, ["once", "sticky"]),
      ("unlink", EROFS, ["once", "sticky"]),
    ] {
      let total = try #require(counts[kind])
      #expect(total > 0, "no \(kind) is seen")
      let places = Self.isLong ? Array(1...total) : [kind == "write" ? total / 2 : (total + 1) / 2]
      for way in Self.isLong || kind == "write" ? ways : [ways[(trials / 2) % 2]] {
        for n in places {
          try? FileManager.default.removeItem(at: folder)
          environment["FAULT"] = "\(kind):\(n):\(way):\(number)"
          let faulty = try run("run", environment)
          #expect([0, 4].contains(faulty.code), "\(kind) \(n) \(way): \(faulty.code), \(faulty.messages)")
          if faulty.code == 4 {
            stopped += 1
            #expect(faulty.messages.contains("error: "), "\(kind) \(n) \(way): \(faulty.messages)")
          } else if way == "once" {
            #expect(try remains() == expected, "\(kind) \(n) \(way) did not matter")
          }
          let again = try run("run")
          #expect(again.code == 0, "\(kind) \(n) \(way): \(again.messages)")
          #expect(try remains() == expected, "\(kind) \(n) \(way)")
          trials += 1
        }
      }
    }
    #expect(stopped > trials / 2, "\(stopped) of \(trials)")
    if Self.isLong { print("faults: \(trials) calls failed, \(stopped) ended the run") }
  }

  /// What a power failure leaves: the last bytes of one file are missing, and the run was not complete.
  @Test func `whose files lost their tails makes the same files`() throws {
    let expected = try whole()
    let shelf = try #require(
      try FileManager.default.contentsOfDirectory(
        atPath: place.url.appending(path: "whole/eval-needle").path
      ).first { $0.contains("needle") })
    var random = SeededGenerator(seed: 11, session: "tails", purpose: "cut")
    var trials = 0
    for name in ["traces.jsonl", "verdicts.jsonl", "tensors.h5", "pace.jsonl"] {
      let bytes = try Data(contentsOf: place.url.appending(path: "whole/eval-needle/\(shelf)/\(name)"))
      let tail = min(4096, bytes.count)
      // At every byte of the last 4 KiB of the traces, and at some of the others.
      let cuts =
        Self.isLong
        ? (name == "traces.jsonl" ? Array(1...tail) : (0..<64).map { _ in Int.random(in: 1...tail, using: &random) })
        : (0..<(name == "traces.jsonl" ? 3 : 1)).map { _ in Int.random(in: 1...tail, using: &random) }
      for cut in cuts {
        try? FileManager.default.removeItem(at: folder)
        try FileManager.default.copyItem(at: place.url.appending(path: "whole"), to: folder)
        let run = folder.appending(path: "eval-needle/\(shelf)")
        try FileManager.default.removeItem(at: run.appending(path: "summary.json"))
        try bytes.dropLast(cut).write(to: run.appending(path: name))
        let again = try self.run("run")
        #expect(again.code == 0, "\(name) without its last \(cut) bytes: \(again.messages)")
        #expect(try remains() == expected, "\(name) without its last \(cut) bytes")
        trials += 1
      }
    }
    if Self.isLong { print("tails: \(trials) cuts") }
  }

  @Test(.enabled(if: Faults.library != nil, "there is no cc here"))
  func `whose clock jumps by a day at every look makes the same files`() throws {
    let expected = try whole()
    var environment = try #require(Faults.environment(under: folder.path))
    environment["FAULT_CLOCK"] = "1"
    for _ in 0..<(Self.isLong ? 20 : 1) {
      try? FileManager.default.removeItem(at: folder)
      let outcome = try run("run", environment)
      #expect(outcome.code == 0, "\(outcome.messages)")
      #expect(try remains() == expected)
    }
  }

  @Test func `whose folder is deleted ends, and the next one makes the same files`() throws {
    let expected = try whole()
    var random = SeededGenerator(seed: 5, session: "deleted", purpose: "delay")
    for _ in 0..<(Self.isLong ? 50 : 2) {
      let process = try place.starting(Self.arguments + ["run"])
      process.standardOutput = FileHandle.nullDevice
      process.standardError = FileHandle.nullDevice
      try process.run()
      usleep(UInt32.random(in: 10_000...300_000, using: &random))
      // It may write a file while this goes through the folder.
      for _ in 0..<20 where FileManager.default.fileExists(atPath: folder.path) {
        try? FileManager.default.removeItem(at: folder)
      }
      process.waitUntilExit()
      #expect(process.terminationReason == .exit && [0, 4].contains(process.terminationStatus))
      let again = try run("run")
      #expect(again.code == 0, "\(again.messages)")
      #expect(try remains() == expected)
    }
  }

  @Test func `that two processes begin at once is written by one of them`() throws {
    let expected = try whole()
    for _ in 0..<(Self.isLong ? 50 : 2) {
      try? FileManager.default.removeItem(at: folder)
      let both = try (0..<2).map { _ in
        let process = try place.starting(Self.arguments + ["run"])
        process.standardOutput = FileHandle.nullDevice
        process.standardError = FileHandle.nullDevice
        try process.run()
        return process
      }
      both.forEach { $0.waitUntilExit() }
      let codes = both.map(\.terminationStatus).sorted()
      // Where the first was through before the second began, the second has nothing to do.
      #expect(codes == [0, 4] || codes == [0, 0], "\(codes)")
      #expect(try remains() == expected)
    }
  }
}

/// `Tests/Faults/faults.c`, compiled once.
enum Faults {
  static let library: URL? = {
    #if os(Linux)
      let source = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .appending(path: "Faults/faults.c")
      let library = FileManager.default.temporaryDirectory.appending(path: "palimpsest-faults-\(UUID().uuidString).so")
      let compiler = Process()
      compiler.executableURL = URL(filePath: "/usr/bin/env")
      compiler.arguments = ["cc", "-shared", "-fPIC", "-O1", "-o", library.path, source.path, "-ldl", "-lpthread"]
      compiler.standardError = FileHandle.nullDevice
      guard (try? compiler.run()) != nil else { return nil }
      compiler.waitUntilExit()
      return compiler.terminationStatus == 0 ? library : nil
    #else
      return nil
    #endif
  }()

  static func environment(under folder: String) -> [String: String]? {
    library.map { ["LD_PRELOAD": $0.path, "FAULT_UNDER": folder] }
  }
}
