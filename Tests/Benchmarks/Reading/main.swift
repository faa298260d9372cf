// What the extractive reader holds and answers, beside its controls; one table row per arm.
//
//   swift run -c release --disable-default-traits ReadingBench [documents=10,50 sets=squad half=tune …]

import Foundation
import Palimpsest
import PolicyExtractive
import Tasks
import Verifiers

let options = try Options(CommandLine.arguments.dropFirst())
if options.borders {
  try await Borders(options).run()
} else if !options.fit.isEmpty {
  var fit = try await Fit(options)
  fit.run()
  try ExtractivePolicy.table(of: fit.weights).write(toFile: options.fit, atomically: true, encoding: .utf8)
} else {
  print("| data | documents | arm | n | held | EM | F1 | read | updates | CPU s |")
  print("|---|---|---|---|---|---|---|---|---|---|")
  for set in options.sets {
    for documents in options.documents { try await measure(set, documents: documents, options) }
  }
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
      let page = trace.recollection ?? ""
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
