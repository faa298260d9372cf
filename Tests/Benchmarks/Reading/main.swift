// What the extractive reader holds and answers, beside its controls; one table row per arm.
//
//   swift run -c release --disable-default-traits ReadingBench [documents=10,50 sets=squad half=tune …]
//   swift run -c release --disable-default-traits ReadingBench speed=FILE

import Foundation
import Palimpsest
import PolicyExtractive
import Tasks
import Verifiers

let options = try Options(CommandLine.arguments.dropFirst())
if !options.fit.isEmpty {
  var fit = try await Fit(options)
  fit.run()
  try ExtractivePolicy.table(of: fit.weights).write(toFile: options.fit, atomically: true, encoding: .utf8)
} else if options.speed.isEmpty {
  print("| data | documents | arm | n | held | EM | F1 | read | updates | CPU s |")
  print("|---|---|---|---|---|---|---|---|---|---|")
  for set in options.sets {
    for documents in options.documents { try await measure(set, documents: documents, options) }
  }
} else {
  try await measureSpeed(options)
}

func measure(_ set: String, documents: Int, _ options: Options) async throws {
  let questions = try options.questions(of: set, documents: documents)
  for arm in options.arms {
    let reader = try arm.reader(tokens: options.tokens, chunk: options.chunk, weights: options.weights)
    var (held, visible, exact, f1) = (0, 0, 0, 0.0)
    var (steps, updates, read, whole) = (0, 0, 0, 0)
    let start = clock()
    for question in questions {
      let trace = try await reader.read(question)
      steps += trace.tally.steps
      updates += trace.tally.updates
      read += trace.nextOffset
      if case .text(let text as StringText) = question.source { whole += text.bytes.count }
      let isExact = try AnswerVerifier(.em).verify(trace).score == 1
      exact += isExact ? 1 : 0
      f1 += try AnswerVerifier(.f1).verify(trace).score

      // What a policy is shown at the end; of BM25, which holds everything, the recollection.
      var memory = reader.memory
      if let tablet = trace.tablet { memory.tablet = tablet }
      let page = try await memory.recall(for: Cue(question)).text
      let isHeldOrUnseen = MemoryHolds.holds(page, anyOf: question.answers)
      if options.show {
        print(isExact ? "right" : isHeldOrUnseen == false ? "unheld" : "wrong", question.ask, question.answers)
        print("  ", (trace.answer?.reply.text ?? "").replacing("\n", with: " "))
      }
      guard let isHeld = isHeldOrUnseen else { continue }
      visible += 1
      held += isHeld ? 1 : 0
    }
    let n = questions.count
    print(
      "| \(set) | \(documents) | \(arm) | \(n) | \(Interval.share(held, of: visible)) |",
      "\(Interval.share(exact, of: n)) |",
      String(format: "%.3f |", f1 / Double(max(n, 1))),
      String(format: "%.0f %% |", 100 * Double(read) / Double(max(whole, 1))),
      "\(updates) of \(steps) |", String(format: "%.2f |", Double(clock() - start) / Double(CLOCKS_PER_SEC)))
  }
}

/// The whole reader over a text of 64 MB, a file said again and again, by time of CPU.
func measureSpeed(_ options: Options) async throws {
  let file = try String(contentsOfFile: options.speed, encoding: .utf8)
  let copies = max(1, 64_000_000 / max(file.utf8.count, 1))
  let text = StringText(String(repeating: file, count: copies))
  for arm in options.arms {
    let reader = try arm.reader(tokens: options.tokens, chunk: options.chunk, weights: options.weights)
    let ask = "Who is the captain of the ship that hunts the white whale?"
    var speeds: [Double] = []
    for _ in 0..<5 {
      let start = clock()
      let trace = try await reader.scan(Question(id: "speed", ask: ask, source: .text(text)))
      speeds.append(Double(trace.nextOffset) / 1e6 / (Double(clock() - start) / Double(CLOCKS_PER_SEC)))
    }
    speeds.sort()
    print(
      "extractive.\(arm) chunk=\(options.chunk) page=\(options.tokens)",
      String(format: "ours=%.1f [%.1f, %.1f] MB/s", speeds[2], speeds[0], speeds[4]))
  }
}
