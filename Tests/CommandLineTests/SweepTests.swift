import Foundation
import Palimpsest
import Testing

@Suite(.enabled(if: Command.isBuilt, "the command is not built: swift build --product palimpsest"), .serialized)
struct `A sweep on disk` {
  let place: Place

  init() throws { place = try Place() }

  private func rows(_ outcome: Outcome) throws -> [[String: Setting]] {
    try JSONDecoder().decode([[String: Setting]].self, from: Data(outcome.output.utf8))
  }

  @Test func `names its ablations, says what each point lacks, may grow, and refuses other points with the difference`()
    throws
  {
    let task = "task: {kind: needle, tokens: 2048, count: 2}\n"
    let ablations = "ablations:\n  unbounded: {memory.tokens: 4096}\n"
    let config = try place.write("arms.yaml", task + "memory: {kind: overwrite, tokens: 32}\n" + ablations)
    let planned = try place.run("sweep", config.path, "--dry-run")
    #expect(planned.code == 0 && planned.output.contains(" (unbounded): not begun"), "\(planned.output)")
    #expect(planned.messages.contains("2 points, 0 complete, 2 to be run"), "\(planned.messages)")

    let first = try place.run("sweep", config.path, "--json")
    #expect(first.code == 0, "\(first.messages)")
    #expect(try rows(first).map { $0["ablation"] } == [.null, "unbounded"])
    #expect(try rows(first).map { $0["memory.tokens"] } == [32, 4096])

    // Another point is work added; the old ones stand.
    try place.write("arms.yaml", task + "memory: {kind: overwrite, tokens: [32, 64]}\n" + ablations)
    let grown = try place.run("sweep", config.path, "--dry-run")
    #expect(grown.messages.contains("3 points, 2 complete, 1 to be run"), "\(grown.messages)")
    #expect(grown.output.contains("complete, 2 questions, 0 failed"), "\(grown.output)")
    #expect(try rows(place.run("sweep", config.path, "--json")).count == 3)

    try place.write("arms.yaml", task + "memory: {kind: overwrite, tokens: [16, 64]}\n" + ablations)
    let refused = try place.run("sweep", config.path)
    #expect(refused.code == 2 && refused.output.isEmpty, "\(refused.messages)")
    #expect(refused.messages.contains("memory.tokens: [32,64] there, [16,64] now"), "\(refused.messages)")
    #expect(refused.messages.contains("--name"), "\(refused.messages)")
    #expect(try rows(place.run("sweep", config.path, "--name", "other", "--json")).count == 3)

    let eval = try place.run("eval", "--config", config.path, "--no-controls")
    #expect(eval.code == 0 && eval.output.contains("| ablation"), "\(eval.output)\(eval.messages)")
  }

  /// The process of the sweep and those of its points are killed in turn.
  @Test func `that is killed and continued leaves the same files`() throws {
    let config = try place.write(
      "kill.yaml",
      "task: {kind: needle, tokens: 24000, count: 4}\nchunker: {kind: tokens, size: 256}\nmemory: {tokens: [32, 64, 128]}\n"
    )
    let whole = try place.run("sweep", config.path, "--out", "whole")
    #expect(whole.code == 0, "\(whole.messages)")
    var random = SeededGenerator(seed: 11, session: "sweep", purpose: "kill")
    var kills = (parent: 0, child: 0)
    for round in 0..<6 {
      let process = try place.starting(["sweep", config.path, "--out", "killed", "--jobs", "2"])
      process.standardOutput = FileHandle.nullDevice
      process.standardError = FileHandle.nullDevice
      try process.run()
      usleep(UInt32.random(in: 100_000...700_000, using: &random))
      if round % 2 == 0, process.isRunning {
        kill(process.processIdentifier, SIGKILL)
        kills.parent += 1
      } else if let child = Self.children(of: process.processIdentifier).first {
        kill(child, SIGKILL)
        kills.child += 1
      }
      process.waitUntilExit()
      if round % 2 == 1 { #expect([0, 1].contains(process.terminationStatus), "others go on") }
    }
    #expect(kills.parent > 0 && kills.child > 0, "the sweep was never caught; make it longer")
    let last = try place.run("sweep", config.path, "--out", "killed")
    #expect(last.code == 0, "\(last.messages)")
    let (expected, found) = (
      try Remains.of(place.url.appending(path: "whole")), try Remains.of(place.url.appending(path: "killed"))
    )
    #expect(expected.keys.sorted() == found.keys.sorted())
    for (file, text) in expected { #expect(text == found[file], "\(file) differs") }
  }

  private static func children(of parent: Int32) -> [Int32] {
    let text = try? String(contentsOfFile: "/proc/\(parent)/task/\(parent)/children", encoding: .utf8)
    let all = (try? FileManager.default.contentsOfDirectory(atPath: "/proc/\(parent)/task")) ?? []
    let others = all.compactMap { try? String(contentsOfFile: "/proc/\(parent)/task/\($0)/children", encoding: .utf8) }
    return Set(([text].compactMap { $0 } + others).flatMap { $0.split(separator: " ") }).compactMap { Int32($0) }
      .sorted()
  }

  @Test func `is run in shares by schedulers of one's own, and gathered by the whole`() throws {
    let config = try place.write(
      "shares.yaml", "task: {kind: needle, tokens: 2048, count: 1}\nmemory: {kind: overwrite, tokens: [16, 32, 64]}\n")
    for part in ["1/2", "2/2"] {
      let outcome = try place.run("sweep", config.path, "--part", part, "--jobs", "1")
      #expect(outcome.code == 0 && outcome.output.isEmpty, "\(outcome.messages)")
    }
    let listed = try place.run("sweep", config.path, "--dry-run")
    #expect(listed.messages.contains("3 complete, 0 to be run"), "\(listed.messages)")
    #expect(try rows(place.run("sweep", config.path, "--json")).count == 3)
    #expect(try place.run("sweep", config.path, "--part", "3/2").code == 2)
    #expect(try place.run("sweep", config.path, "--pack", "2").code == 2, "a flag of Slurm without it")
  }
}

/// Slurm's commands as scripts: a queue that runs tasks at once. Time limits are a real Slurm's business: `Tests/Slurm/run.sh`.
@Suite(.enabled(if: Command.isBuilt, "the command is not built: swift build --product palimpsest"))
struct `A sweep on Slurm` {
  let place: Place

  init() throws {
    place = try Place()
    for (name, text) in [
      "sbatch": """
      dir=$FAKE_SLURM; script=${@: -1}
      job=$(( $(cat "$dir/jobs" 2>/dev/null || echo 100) + 1 )); echo $job > "$dir/jobs"
      name=$(sed -n 's/^#SBATCH --job-name=//p' "$script")
      spec=$(sed -n 's/^#SBATCH --array=//p' "$script"); spec=${spec%%%*}
      echo "$spec" >> "$dir/submitted"
      for range in ${spec//,/ }; do
        for task in $(seq ${range%-*} ${range#*-}); do
          touch "$dir/queue-$name-$job-$task"
          ( export SLURM_ARRAY_TASK_ID=$task SLURM_JOB_ID=$job$task SLURM_CPUS_PER_TASK=2
            while :; do
              bash "$script" > "$dir/log-$task" 2>&1 & pid=$!
              wait $pid; code=$?
              if [ -e "$dir/requeue-$job$task" ]; then mv "$dir/requeue-$job$task" "$dir/requeued-$task"; continue; fi
              break
            done
            echo "$code" > "$dir/code-$task"
            rm "$dir/queue-$name-$job-$task" ) > /dev/null 2>&1 < /dev/null &
        done
      done
      echo "$job;cluster"
      """,
      "squeue": """
      for word in "$@"; do case "$word" in --name=*) name=${word#--name=} ;; esac; done
      for file in "$FAKE_SLURM"/queue-"$name"-*; do
        [ -e "$file" ] || continue
        rest=${file##*queue-"$name"-}; echo "${rest//-/} ${rest%-*} R"
      done
      """,
      "sacct": "echo 'FAILED|1:0'",
      "scontrol": "[ \"$1\" = requeue ] && touch \"$FAKE_SLURM/requeue-$2\"",
    ] {
      let file = try place.write("bin/\(name)", "#!/bin/bash\n\(text)\n")
      try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: file.path)
    }
    try place.write("slurm/.keep", "")
  }

  private func run(_ arguments: String...) throws -> Outcome {
    let process = try place.starting(arguments)
    var environment = process.environment ?? [:]
    environment["PATH"] = place.url.appending(path: "bin").path + ":" + (environment["PATH"] ?? "")
    environment["FAKE_SLURM"] = place.url.appending(path: "slurm").path
    process.environment = environment
    return try place.outcome(of: process)
  }

  private func slurm(_ file: String) -> String? {
    try? String(contentsOf: place.url.appending(path: "slurm/\(file)"), encoding: .utf8)
      .trimmingCharacters(in: .whitespacesAndNewlines)
  }

  @Test func `packs points into tasks, and gathers what a pool would`() throws {
    let config = try place.write(
      "array.yaml",
      "task: {kind: needle, tokens: 60000, count: 3}\nchunker: {kind: tokens, size: 256}\nmemory: {tokens: [32, 64, 128]}\n"
    )
    let outcome = try run(
      "sweep", config.path, "--executor", "slurm", "--pack", "2", "--jobs", "4", "--sbatch=--time=10", "--json")
    #expect(outcome.code == 0, "\(outcome.messages)")
    #expect(slurm("submitted") == "1-2", "\(outcome.messages)")
    let script = try String(
      contentsOf: place.url.appending(path: "runs/sweep-array/slurm/array.sh"), encoding: .utf8)
    for line in ["#SBATCH --array=1-2%4", "#SBATCH --signal=B:USR1@120", "#SBATCH --time=10"] {
      #expect(script.contains(line + "\n"), "\(script)")
    }
    let pooled = try place.run("sweep", config.path, "--out", "pool", "--json")
    #expect(pooled.code == 0, "\(pooled.messages)")
    let (expected, found) = (
      try Remains.of(place.url.appending(path: "pool")), try Remains.of(place.url.appending(path: "runs"))
    )
    #expect(expected.keys.sorted() == found.keys.sorted() && expected.count >= 12)
    for (file, text) in expected { #expect(text == found[file], "\(file) differs") }

    let again = try run("sweep", config.path, "--executor", "slurm", "--pack", "2", "--json")
    #expect(again.code == 0 && slurm("submitted") == "1-2", "nothing is left to be submitted")
    #expect(again.output == outcome.output)
  }

  @Test func `submits only what is left, names the point that failed, and need not wait`() throws {
    let task = "task: {kind: needle, tokens: 2048, count: 1}\n"
    let replies = "{\"session\": \"nobody\", \"step\": 0, \"reply\": \"\"}\n"
    try place.write("replies.jsonl", replies)
    let config = try place.write(
      "mixed.yaml", task + "policy: [extractive, {kind: recorded, file: replies.jsonl}]\n")
    let outcome = try run("sweep", config.path, "--executor", "slurm", "--fail-on-error", "true")
    #expect(outcome.code == 1 && outcome.messages.contains("point 2 of 2"), "\(outcome.messages)")
    let second = try run("sweep", config.path, "--executor", "slurm", "--fail-on-error", "true", "--no-wait")
    #expect(second.code == 0 && second.output.isEmpty, "\(second.messages)")
    #expect(slurm("submitted") == "1-2\n2", "\(slurm("submitted") ?? "")")
    // Waits for the array that stands in the queue, or finds it done.
    let third = try run("sweep", config.path, "--executor", "slurm", "--fail-on-error", "true")
    #expect(third.code == 1, "\(third.messages)")
  }

  @Test func `says which task of Slurm's went down with a point`() throws {
    let config = try place.write("down.yaml", "task: {kind: needle, tokens: 2048, count: 1}\nmemory: overwrite\n")
    try place.write("bin/sbatch", "#!/bin/bash\necho 7\n")
    let outcome = try run("sweep", config.path, "--executor", "slurm")
    #expect(outcome.code == 1, "\(outcome.messages)")
    #expect(outcome.messages.contains("task 1 of array job 7 ended before it (FAILED, exit code 1:0)"))
    try place.write("bin/sbatch", "#!/bin/bash\necho no partition >&2\nexit 1\n")
    let refused = try run("sweep", config.path, "--executor", "slurm")
    #expect(refused.code == 4 && refused.messages.contains("no partition"), "\(refused.messages)")
  }
}
