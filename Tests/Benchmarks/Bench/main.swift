// bench                         what can be measured
// bench SUITE [FIGURE…]         measures, one line a figure
// bench SUITE --on FILE [FIGURE…]
// bench model FOLDER             writes the random model that `decoders` reads, for its peers
// bench twin FILE [WEIGHTS]      writes the miniature and its data, for its peer
// bench ids TOKENIZER.json       the token ids of standard input, for drivers that compare them

import Foundation

var arguments = Array(CommandLine.arguments.dropFirst())
var input: String?
if let place = arguments.firstIndex(of: "--on") {
  guard place + 1 < arguments.count else { exit(usage("--on needs a file")) }
  input = arguments[place + 1]
  arguments.removeSubrange(place...place + 1)
}
guard let name = arguments.first else {
  for suite in suites { print("\(suite.name)\t\(suite.summary)\t\(suite.figures.map(\.name).joined(separator: " "))") }
  exit(0)
}
if name == "model", arguments.count == 2 {
  do {
    try writeModel(to: arguments[1])
    exit(0)
  } catch {
    exit(usage("\(error)", code: 4))
  }
}
if name == "twin", (2...3).contains(arguments.count) {
  do {
    try MiniatureLoop(weights: arguments.count == 3 ? arguments[2] : nil).write(to: arguments[1])
    exit(0)
  } catch {
    exit(usage("\(error)", code: 4))
  }
}
if name == "ids", arguments.count == 2 {
  do {
    try printIDs(of: FileHandle.standardInput.readToEnd() ?? Data(), tokenizer: arguments[1])
    exit(0)
  } catch {
    exit(usage("\(error)", code: 4))
  }
}
guard let suite = suites.first(where: { $0.name == name }) else {
  exit(usage("there is no suite '\(name)'; known: \(suites.map(\.name).joined(separator: ", "))"))
}
let wanted = arguments.dropFirst()
for name in wanted where !suite.figures.contains(where: { $0.name == name }) {
  exit(usage("\(suite.name) has no figure '\(name)'; known: \(suite.figures.map(\.name).joined(separator: ", "))"))
}
for figure in suite.figures where wanted.isEmpty || wanted.contains(figure.name) {
  do {
    for measurement in try await figure.measure(input) { print(measurement.line) }
    fflush(nil)
  } catch {
    exit(usage("\(figure.name): \(error)", code: 4))
  }
}

func usage(_ message: String, code: Int32 = 2) -> Int32 {
  FileHandle.standardError.write(Data("bench: \(message)\n".utf8))
  return code
}
