import Basics
import Foundation
import Palimpsest
import Runs
import Settings
import Terminal

/// An array job of Slurm whose tasks run shares of a sweep's points.
struct SlurmArray: Sendable {
  /// What the queue calls it: one sweep in one folder has one name, so that its array is found again.
  let name: String
  /// Where the script and the output of the tasks stand.
  let folder: URL
  /// How many tasks there are when none is left out.
  let tasks: Int
  /// Tasks at a time; nil leaves it to the cluster.
  let jobs: Int?
  /// Seconds before the time limit at which the points are told to save.
  let notice: Int
  /// Further options of sbatch, such as `--time=2:00:00`.
  let options: [String]
  /// What a task runs, without its share.
  let command: [String]

  /// - Parameter submitted: the tasks that have something to do, from 1.
  func script(of submitted: [Int]) -> String {
    let log = folder.appending(path: "%A_%a.log").path
    let lines = [
      "--job-name=\(name)", "--array=\(Self.list(submitted))\(jobs.map { "%\($0)" } ?? "")", "--output=\(log)",
      "--open-mode=append", "--requeue", "--signal=B:USR1@\(notice)",
    ]
    return """
      #!/bin/bash
      \((lines + options).map { "#SBATCH \($0)" }.joined(separator: "\n"))
      # Written by palimpsest sweep, which writes it again each time.
      cd \(Interruption.quoted([FileManager.default.currentDirectoryPath])) || exit 4
      again=
      \(Interruption.quoted(command)) --jobs "${SLURM_CPUS_PER_TASK:-1}" --part "$SLURM_ARRAY_TASK_ID/\(tasks)" &
      child=$!
      # The time limit is near: the points save, and the task goes back into the queue.
      trap 'again=yes; kill -TERM "$child" 2>/dev/null' USR1
      trap 'kill -TERM "$child" 2>/dev/null' TERM INT
      while :; do
        wait "$child"
        code=$?
        # A signal ends the wait, not the child.
        [ "$code" -gt 128 ] && kill -0 "$child" 2>/dev/null || break
      done
      if [ "$code" -gt 128 ]; then
        wait "$child"
        late=$?
        [ "$late" = 127 ] || code=$late
      fi
      if [ -n "$again" ] && [ "$code" = 3 ]; then scontrol requeue "$SLURM_JOB_ID"; fi
      exit "$code"

      """
  }

  /// Numbers in the form of `--array`: `1-3,5`.
  static func list(_ numbers: [Int]) -> String {
    var ranges: [ClosedRange<Int>] = []
    for number in numbers.sorted() {
      if let last = ranges.last, last.upperBound == number - 1 {
        ranges[ranges.count - 1] = last.lowerBound...number
      } else {
        ranges.append(number...number)
      }
    }
    return ranges.map { $0.count == 1 ? "\($0.lowerBound)" : "\($0.lowerBound)-\($0.upperBound)" }
      .joined(separator: ",")
  }

  /// - Returns: the job's number.
  func submit(_ submitted: [Int]) throws -> String {
    let file = folder.appending(path: "array.sh")
    do {
      try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    } catch {
      throw RunError.unwritable(folder.path, reason: error.systemReason)
    }
    try WholeFile.write(script(of: submitted), to: file)
    let printed = try Self.output(of: "sbatch", ["--parsable", file.path])
    // With several clusters the name of one stands behind the number.
    guard let number = printed.split(whereSeparator: { $0 == ";" || $0.isWhitespace }).first else {
      throw RunError.environment("sbatch took \(file.relativePath) and printed no number of a job")
    }
    return String(number)
  }

  /// Tasks in the queue, by state, `R` and `PD` among them; empty where there are none any more.
  func queue() throws -> (job: String?, states: [String: Int]) {
    let lines = try Self.output(of: "squeue", ["--noheader", "--array", "--name=\(name)", "--format=%A %F %t"])
      .split(whereSeparator: \.isNewline).map { $0.split(separator: " ") }.filter { $0.count == 3 }
    return (lines.first.map { String($0[1]) }, Dictionary(lines.map { (String($0[2]), 1) }, uniquingKeysWith: +))
  }

  /// What the accounting says of a task; nil on clusters that keep none.
  func fate(of task: Int, in job: String) -> String? {
    let arguments = ["--noheader", "--parsable2", "--allocations", "--jobs=\(job)_\(task)", "--format=State,ExitCode"]
    // A cluster without accounting is no error.
    guard let line = try? Self.output(of: "sacct", arguments).split(whereSeparator: \.isNewline).last else {
      return nil
    }
    return line.split(separator: "|").joined(separator: ", exit code ")
  }

  /// - Throws: `RunError.environment` where the program is missing or ends with an error, in its own words.
  private static func output(of program: String, _ arguments: [String]) throws -> String {
    let process = Process()
    process.executableURL = URL(filePath: "/usr/bin/env")
    process.arguments = [program] + arguments
    let (printed, said) = (Pipe(), Pipe())
    process.standardOutput = printed
    process.standardError = said
    process.standardInput = FileHandle.nullDevice
    do { try process.run() } catch {
      throw RunError.environment("\(program) cannot be run: \(error.systemReason)")
    }
    // What both print is short, and fits into the pipes.
    let text = String(decoding: try printed.fileHandleForReading.readToEnd() ?? Data(), as: UTF8.self)
    let complaint = String(decoding: try said.fileHandleForReading.readToEnd() ?? Data(), as: UTF8.self)
      .trimmingCharacters(in: .whitespacesAndNewlines)
    process.waitUntilExit()
    guard process.terminationStatus != 127 else {
      throw RunError.environment("\(program) is not on the path; Slurm's commands are needed for --executor slurm")
    }
    guard process.terminationStatus == 0 else {
      throw RunError.environment(
        "\(program) ended with code \(process.terminationStatus)\(complaint.isEmpty ? "" : ": " + complaint)")
    }
    return text
  }
}
