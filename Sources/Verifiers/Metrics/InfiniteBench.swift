import Palimpsest

/// The metrics of InfiniteBench (arXiv:2402.13718), by the name of the task.
public enum InfiniteBench {
  /// - Parameters:
  ///   - label: the gold as its file has it: a string, a number, or a list of either.
  ///   - skipsFirstNumber: whether the first number of a `math_calc` reply is not part of the answer,
  ///     as in the original's rule for one model.
  /// - Throws: `PythonError` as the original does.
  public static func score(
    task: String, prediction: String, label: Setting, skipsFirstNumber: Bool = false
  ) throws(PythonError) -> Double {
    let prediction = PythonText(prediction)
    switch task {
    case "passkey", "number_string":
      let first = prediction.asciiDigitRuns().first ?? ""
      return try label.single().text == first ? 1 : 0
    case "kv_retrieval", "kv_retrieval_prefix", "kv_retrieval_both":
      return label.text.map(prediction.blanking(marks).split().contains) == true ? 1 : 0
    case "code_run": return try codeRun(prediction, label.single()) ? 1 : 0
    case "code_debug": return try codeDebug(prediction, label.elements()) ? 1 : 0
    case "longdialogue_qa_eng":
      let gold = try label.elements().first.orIndexError("the label is empty").text
      return prediction.stripped().blanking(marks).split().contains { $0.uppercased() == gold } ? 1 : 0
    case "longbook_choice_eng": return try choice(prediction, label) ? 1 : 0
    case "longbook_qa_eng":
      let tokens = SQuAD.normalize(prediction).split()
      return try best(label) { Overlap(tokens, SQuAD.normalize($0).split()).f1 }
    case "longbook_qa_chn":
      let tokens = normalizeChinese(prediction)
      return try best(label) { Overlap(tokens, normalizeChinese($0)).f1 }
    case "longbook_sum_eng":
      guard let gold = label.text else { throw .typeError("the label of \(task) is not a text") }
      return ROUGE.lSum(prediction, gold)
    case "math_find": return try mathFind(prediction, label.single()) ? 1 : 0
    case "math_calc": return try mathCalc(prediction, label, skipsFirstNumber)
    default: throw .assertionError("there is no task '\(task)'")
    }
  }

  /// The names of the tasks, as their files have them.
  public static let tasks = [
    "passkey", "number_string", "kv_retrieval", "longbook_sum_eng", "longbook_choice_eng", "longbook_qa_eng",
    "longbook_qa_chn", "longdialogue_qa_eng", "math_find", "math_calc", "code_run", "code_debug",
  ]

  private static let marks = "\n:\"'.,?!{}"

  private static func best(
    _ label: Setting, _ f1: (PythonText) -> Double
  ) throws(PythonError) -> Double {
    var best = 0.0
    for gold in try label.elements() {
      guard let gold = gold.text else { throw .typeError("a gold answer is not a text") }
      best = max(best, f1(gold))
    }
    return best
  }

  // MARK: code

  private static func codeRun(_ prediction: PythonText, _ label: Setting) -> Bool {
    guard let word = prediction.stripped().blanking("\n.`'\":").split().last, let number = try? PythonInt(word),
      case .int(let gold) = label
    else { return false }
    return number == PythonInt(gold)
  }

  /// - Parameter label: the function's name and the letter of the choice.
  private static func codeDebug(_ prediction: PythonText, _ label: [Setting]) throws(PythonError) -> Bool {
    guard label.count > 1, let name = label[0].text, let letter = label[1].text else {
      throw .indexError("the label is not a name and a letter")
    }
    var reply = prediction.stripped()
    let start = PythonText(reply.points.prefix(2))
    if start == PythonText(letter.points + [0x2E]) || start == PythonText(letter.points + [0x3A]) { return true }
    reply = reply.blanking("\n`'\"-*")
    for word: PythonText in ["Option", "option"] { reply = reply.replacing(word, by: " ") }
    reply = reply.withSingleSpaces()
    let prefixes: [PythonText] = ["answer is:", "is:", "answer:", "correct option is:"]
    guard let rest = reply.behindFirst(of: prefixes) else { return false }
    return rest.starts(with: letter) || rest.starts(with: name)
  }

  // MARK: choices

  private static func choice(_ prediction: PythonText, _ label: Setting) throws(PythonError) -> Bool {
    var reply = prediction.stripped()
    guard let first = reply.points.first else { return false }
    if (0x41...0x44).contains(first) { return label.holds(PythonText([first])) }
    if label.holds(reply) { return true }
    reply = reply.blanking("\n\"'.,?!{}").withSingleSpaces()
    if let rest = reply.behindFirst(of: ["answer is:", "answer:", "answer is", "option is"]) {
      for gold in try label.elements() {
        guard let gold = gold.text else { throw .typeError("a choice is not a text") }
        if rest.starts(with: gold) { return true }
      }
      return false
    }
    // Any run of the four letters counts as one of them here, as in the original.
    let letters: PythonText = "ABCD"
    return reply.split().first { letters.contains($0) }.map(label.holds) ?? false
  }

  // MARK: numbers

  private static func mathFind(_ prediction: PythonText, _ label: Setting) throws(PythonError) -> Bool {
    let isWhole: Bool
    let gold: Double
    switch label {
    case .int(let int): (isWhole, gold) = (true, Double(int))
    case .number(let number): (isWhole, gold) = (false, number)
    case .bool(let bool): (isWhole, gold) = (true, bool ? 1 : 0)
    default: throw .typeError("the label of math_find is not a number")
    }
    let points = prediction.points
    func isDigit(_ index: Int) -> Bool { index < points.count && CodePoint.digit(points[index]) != nil }
    guard let start = points.indices.first(where: isDigit) else { return false }
    var end = start
    while isDigit(end) { end += 1 }
    let whole = PythonText(points[start..<end])
    guard end < points.count, points[end] == 0x2E, isDigit(end + 1) else {
      return try PythonInt(whole).double == gold
    }
    if isWhole { throw .valueError("the first number of the reply is not a whole number") }
    let digits = points[start...].prefix { $0 == 0x2E || CodePoint.digit($0) != nil }
    let parts = digits.split(separator: 0x2E).prefix(2).map { $0.map { "\(CodePoint.digit($0) ?? 0)" }.joined() }
    return Double(parts.joined(separator: ".")) == gold
  }

  private static func mathCalc(
    _ prediction: PythonText, _ label: Setting, _ skipsFirst: Bool
  ) throws(PythonError) -> Double {
    guard case .list(var golds) = label else { throw .assertionError("the label of math_calc is not a list") }
    guard let first = golds.first else { throw .indexError("the label is empty") }
    if case .list(let inner) = first { golds = inner }
    guard !golds.isEmpty else { throw .zeroDivisionError("the label is empty") }
    var numbers: [PythonInt] = []
    for run in prediction.asciiDigitRuns() { numbers.append(try PythonInt(run)) }
    let hits = zip(golds, numbers.dropFirst(skipsFirst ? 1 : 0)).prefix { gold, number in
      if case .int(let gold) = gold { PythonInt(gold) == number } else { false }
    }
    return Double(hits.count) / Double(golds.count)
  }

  // MARK: Chinese

  /// One token per character, without marks of ASCII, of full-width and of CJK, and white space.
  private static func normalizeChinese(_ text: PythonText) -> [UInt32] {
    text.lowercased().points.filter {
      !CodePoint.isPunctuation($0) && !CodePoint.isSpace($0) && !isChineseMark($0)
    }
  }

  private static func isChineseMark(_ point: UInt32) -> Bool {
    switch point {
    case 0x2013...0x2014, 0x2018...0x2019, 0x201B...0x201F, 0x2026...0x2027, 0x3001...0x3003, 0x300B...0x3011,
      0x3014...0x301F, 0x3030, 0x303E...0x303F, 0xFE4F, 0xFF01...0xFF0D, 0xFF0F, 0xFF1A...0xFF20, 0xFF3B...0xFF40,
      0xFF5B...0xFF64:
      true
    default: false
    }
  }
}

extension Setting {
  /// The text of a string.
  fileprivate var text: PythonText? { if case .string(let text) = self { PythonText(text) } else { nil } }

  /// The first element of a list, anything else itself.
  fileprivate func single() throws(PythonError) -> Setting {
    if case .list(let list) = self { try list.first.orIndexError("the label is empty") } else { self }
  }

  /// What Python iterates over: the elements of a list, the characters of a string.
  fileprivate func elements() throws(PythonError) -> [Setting] {
    switch self {
    case .list(let list): list
    case .string(let text): text.unicodeScalars.map { .string(String($0)) }
    default: throw .typeError("the label is neither a list nor a text")
    }
  }

  /// `x in label`: an element of a list, a part of a string.
  fileprivate func holds(_ sought: PythonText) -> Bool {
    switch self {
    case .list(let list): list.contains { $0.text == sought }
    case .string(let text): PythonText(text).contains(sought)
    default: false
    }
  }
}

extension Optional {
  fileprivate func orIndexError(_ why: String) throws(PythonError) -> Wrapped {
    guard let self else { throw .indexError(why) }
    return self
  }
}

extension PythonText {
  /// Each of these characters replaced by a space.
  fileprivate func blanking(_ characters: String) -> PythonText {
    let characters = Set(characters.unicodeScalars.map(\.value))
    return PythonText(points.map { characters.contains($0) ? 0x20 : $0 })
  }

  /// Runs of spaces made one; other white space stays.
  fileprivate func withSingleSpaces() -> PythonText {
    var kept: [UInt32] = []
    for point in points where point != 0x20 || kept.last != 0x20 { kept.append(point) }
    return PythonText(kept)
  }

  /// What stands one character behind the first of these prefixes that occurs; empty at the end.
  fileprivate func behindFirst(of prefixes: [PythonText]) -> PythonText? {
    for prefix in prefixes {
      if let place = first(prefix) { return PythonText(points.dropFirst(place + prefix.count + 1)) }
    }
    return nil
  }

  /// `s.upper()`
  fileprivate func uppercased() -> PythonText {
    PythonText(
      points.flatMap { point in
        Unicode.Scalar(point).map { $0.properties.uppercaseMapping.unicodeScalars.map(\.value) } ?? [point]
      })
  }
}
