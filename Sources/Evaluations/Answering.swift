import Palimpsest
import Runs

/// A question that is answered from what a reading ended with, without reading again.
struct Answering: Sendable {
  var question: Question
  /// The last step of the reading; nil where nothing was read.
  var step: Step?
}

extension Run {
  /// Answers questions from given memories, one trace each, in their order.
  func answers(_ reader: Reader, _ given: [Answering]) -> Traces {
    var reader = reader
    let memories = Dictionary(given.map { ($0.question.id, $0.step) }, uniquingKeysWith: { first, _ in first })
    reader.keeping = .lastStep
    return traces(
      reader, width: 1, { given.map(\.question) },
      past: { question in
        var trace = Trace(of: question)
        if let step = memories[question.id] ?? nil { trace.steps = [step] }
        trace.end = .finished
        return trace
      })
  }
}
