import Palimpsest

/// Finds the answer in a reply: the one place where this is decided.
public enum AnswerExtraction {
  /// The answer in the text behind the model's thinking: the content of the last `\boxed{…}` that
  /// closes; else the text behind the last "the answer is" on its line; else the whole reply. White
  /// space and surrounding full stops are trimmed.
  public static func prediction(in reply: String) -> String {
    let thought = PythonText(reply).split(by: "</think>")
    let text = thought[thought.count - 1]
    if let boxed = lastClosedBox(in: text) { return boxed.stripped().string }
    return (sentence(in: text) ?? text).stripped().string
  }

  /// What a reply says, without the `\boxed{…}` around it: the answer's form is asked for by the prompt, so its
  /// letters are none of the reply's.
  static func unboxed(_ reply: String) -> String {
    let text = PythonText(reply)
    let marker = PythonText("\\boxed{").points
    var points: [UInt32] = []
    var open: [Bool] = []
    for (index, point) in text.points.enumerated() {
      points.append(point)
      if point == 0x7B {
        let isBox = index >= 6 && text.points[(index - 6)...index].elementsEqual(marker)
        open.append(isBox)
        if isBox { points.replaceSubrange((points.count - marker.count)..., with: [0x20]) }
      } else if point == 0x7D, open.popLast() == true {
        points[points.count - 1] = 0x20
      }
    }
    return PythonText(points).string
  }

  /// One pass with a stack of open braces, so that no reply takes long.
  private static func lastClosedBox(in text: PythonText) -> PythonText? {
    let marker = PythonText("\\boxed{").points
    var open: [(start: Int, isBox: Bool)] = []
    var best: Range<Int>?
    for (index, point) in text.points.enumerated() {
      if point == 0x7B {
        let isBox = index >= 6 && text.points[(index - 6)...index].elementsEqual(marker)
        open.append((index + 1, isBox))
      } else if point == 0x7D, let last = open.popLast(), last.isBox, last.start > best?.lowerBound ?? -1 {
        best = last.start..<index
      }
    }
    return best.map { PythonText(text.points[$0]) }
  }

  private static func sentence(in text: PythonText) -> PythonText? {
    let plain = text.replacing("*", by: "")
    // ASCII letters are folded one for one, so places are the same in both.
    let folded = PythonText(plain.points.map { (0x41...0x5A).contains($0) ? $0 + 32 : $0 })
    let phrase: PythonText = "the answer is"
    guard let place = folded.last(phrase) else { return nil }
    let rest = PythonText(plain.points[(place + phrase.count)...]).stripped(of: " \t\r\n:")
    let line = rest.split(by: "\n")[0].stripped().stripped(of: ".")
    return line.isEmpty ? nil : line
  }
}

/// The answer a trace gave, as the verifiers read it; nil before it has answered.
public func prediction(of trace: Trace) -> String? {
  trace.answer.map { AnswerExtraction.prediction(in: $0.reply.text) }
}
