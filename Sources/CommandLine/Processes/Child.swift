import Basics
import Foundation
import Palimpsest
import Runs
import Settings
import Terminal

/// One point of a sweep in a process of its own.
struct Child: Sendable {
  let settings: Setting
  let file: URL
  /// The folder of its run.
  let run: URL
  let executable: Result<URL, any Error>
  let arguments: [String]

  struct End: Sendable, Codable {
    /// What it printed, a value per line of JSON.
    var rows: [Setting] = []
    var state = State.done
  }

  enum State: Sendable, Equatable, Codable {
    case done
    /// It was asked to stop and did; it can be resumed.
    case interrupted
    case failed(String)

    var words: String {
      switch self {
      case .done: "is done"
      case .interrupted: "was interrupted"
      case .failed: "failed"
      }
    }
  }

  func run() async -> End {
    do {
      try WholeFile.write(YAML.text(of: settings), to: file)
      // The process of a sweep that was killed stops by itself, behind its step.
      guard try await FolderLock.isFree(run, within: .seconds(60)) else {
        return End(
          state: Interruption.isRequested ? .interrupted : .failed("another process writes \(run.relativePath)"))
      }
      return try await started()
    } catch {
      return End(state: .failed("\(error)"))
    }
  }

  private func started() async throws -> End {
    let process = Process()
    process.executableURL = try executable.get()
    process.arguments = arguments
    let (output, complaints, life) = (Pipe(), Pipe(), Pipe())
    process.standardOutput = output
    process.standardError = complaints
    // It watches the other end, and stops when this process is gone.
    process.standardInput = life
    try process.run()
    let identifier = process.processIdentifier
    let (printed, said) = await Interruption.told({ kill(identifier, SIGTERM) }) {
      async let printed = Self.all(of: output)
      async let said = Self.all(of: complaints)
      return await (printed, said)
    }
    process.waitUntilExit()
    withExtendedLifetime(life) {}
    var end = End(rows: Self.rows(printed))
    if process.terminationReason == .uncaughtSignal {
      end.state = .failed("its process was ended by signal \(process.terminationStatus)")
    } else if process.terminationStatus == ExitClass.interrupted.rawValue {
      end.state = .interrupted
    } else if process.terminationStatus != 0 {
      end.state = .failed(said.isEmpty ? "its process ended with code \(process.terminationStatus)" : said)
    }
    return end
  }

  private static func all(of pipe: Pipe) async -> String {
    await withCheckedContinuation { continuation in
      Thread.detachNewThread {
        // What cannot be read any more was not printed.
        let data = try? pipe.fileHandleForReading.readToEnd()
        continuation.resume(
          returning: String(decoding: data ?? Data(), as: UTF8.self).trimmingCharacters(in: .whitespacesAndNewlines))
      }
    }
  }

  private static func rows(_ text: String) -> [Setting] {
    text.split(separator: "\n").flatMap { line -> [Setting] in
      // Lines that are not JSON are prose of the experiment.
      switch try? JSONDecoder().decode(Setting.self, from: Data(line.utf8)) {
      case .list(let rows)?: rows
      case .table(let row)?: [.table(row)]
      default: []
      }
    }
  }
}
