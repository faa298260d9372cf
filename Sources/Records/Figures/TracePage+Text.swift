import Foundation

extension TracePage {
  /// The page for a terminal: what the page shows, in lines of text and without colour.
  ///
  /// Of the steps it has those that changed the memory, held evidence, left, or deserve a warning, with the words
  /// that the memory `[-lost-]` and `{+gained+}`. Characters that could steer a terminal or turn the direction of
  /// writing are named, as `<U+001B>`.
  ///
  /// - Parameter chunk: the index of a chunk, whose step is shown whole, instead of all steps.
  public func text(of chunk: Int? = nil) -> String {
    var lines = [title, String(repeating: "=", count: min(100, max(1, title.count)))]
    lines += about.filter { !$0.value.contains("\n") }.map { Self.row($0.name, $0.value) }
    if omittedQuestions > 0 { lines.append(Self.row("left out", "\(omittedQuestions) questions more are in the run")) }
    for (head, steps) in traces {
      lines += [""] + Self.lines(about: head, steps)
      if let chunk {
        guard let index = steps.firstIndex(where: { $0.i == chunk }) else {
          lines += ["", "chunk \(chunk) is not shown: it was not read, or the page leaves it out"]
          continue
        }
        lines += Self.whole(steps, index)
      } else {
        lines += Self.changes(steps)
      }
    }
    return Self.plain(lines.joined(separator: "\n"))
  }

  private static func lines(about head: PageTrace, _ steps: [PageStep]) -> [String] {
    let scores = head.scores.map { score in
      [score.metric, "\((score.score * 1000).rounded() / 1000)", score.note ?? ""].filter { !$0.isEmpty }
        .joined(separator: " ")
    }
    let cost = head.cost.filter { $0.value != 0 }.sorted { $0.key < $1.key }.map { name, value in
      (value == value.rounded() && abs(value) < 1e15 ? "\(Int(value))" : String(format: "%.3f", value)) + " " + name
    }
    var lines = [
      head.ask.isEmpty ? "(read for no question)" : head.ask, row("id", head.id),
      row("accepted", head.gold.joined(separator: " | ")), row("answer", head.answer ?? "(none)"),
      row("verdict", scores.joined(separator: " · ")), row("end", head.end),
      row("cost", cost.joined(separator: " · ")),
    ]
    if head.omitted > 0 { lines.append(row("left out", "\(head.omitted) of \(head.omitted + steps.count) steps")) }
    func chunk(_ index: Int?) -> String { index.map { "chunk \($0)" } ?? "never" }
    for fact in head.facts {
      let held = fact.isHeld.map { $0 ? "held at the end" : "not held at the end" } ?? "not known whether it is held"
      lines.append(
        row(
          "fact",
          "read \(chunk(fact.read)), written \(chunk(fact.written)), lost \(chunk(fact.lost)), \(held): "
            + DOTText.excerpt(fact.text, 160)))
    }
    let strip = steps.map(sign)
    for start in stride(from: 0, to: strip.count, by: 80) {
      lines.append(
        row("\(steps[start].i)", strip[start..<min(strip.count, start + 80)].joined()))
    }
    if !strip.isEmpty {
      lines.append(row("", ". unchanged  u updated  E evidence, updated  e evidence, not written  X exit  ! warning"))
    }
    return lines
  }

  private static func sign(_ step: PageStep) -> String {
    step.x ? "X" : step.w != nil ? "!" : step.e ? (step.u ? "E" : "e") : step.u ? "u" : "."
  }

  private static func title(of step: PageStep) -> String {
    let words = [step.u ? "updated" : "unchanged"] + (step.e ? ["holds evidence"] : []) + (step.x ? ["exit"] : [])
    return
      "chunk \(step.i), bytes \(step.a) to \(step.b): \(words.joined(separator: ", ")); gate \(step.g), \(step.t) tokens in memory"
  }

  /// The steps that tell something.
  private static func changes(_ steps: [PageStep]) -> [String] {
    var lines: [String] = []
    var memory = ""
    for step in steps {
      let before = memory
      memory = step.p?.text ?? memory
      guard step.u || step.e || step.x || step.w != nil else { continue }
      lines += ["", title(of: step)] + (step.w ?? []).map { "  warning: \($0)" }
      if before != memory { lines.append("  " + difference(from: before, to: memory)) }
    }
    return lines
  }

  private static func whole(_ steps: [PageStep], _ index: Int) -> [String] {
    let step = steps[index]
    func memory(_ end: Int) -> String { steps[..<end].last { $0.p != nil }?.p?.text ?? "" }
    var lines = ["", title(of: step)] + (step.w ?? []).map { "warning: \($0)" }
    func block(_ name: String, _ text: String?) {
      guard let text, !text.isEmpty else { return }
      lines += ["", "--- \(name)", text]
    }
    block("signals", step.sig.sorted { $0.key < $1.key }.map { "\($0.key) \($0.value)" }.joined(separator: ", "))
    block("reason", step.why?.text)
    block("chunk", step.c?.text)
    block("memory before", memory(index))
    block("memory after", memory(index + 1))
    block("difference", difference(from: memory(index), to: memory(index + 1)))
    for slot in step.l ?? [] {
      block("recalled item \(slot.i)" + (slot.s.map { ", score \($0)" } ?? "") + ", \(slot.t) tokens", slot.v.text)
    }
    for reply in step.r ?? [] { block("reply", reply?.text ?? "(the memory, word for word)") }
    for prompt in step.q ?? [] { block("prompt as sent", prompt.text) }
    return lines
  }

  /// A run of kept words that is longer than this is shown by its ends.
  private static let longestKept = 16

  private static func difference(from old: String, to new: String) -> String {
    WordDifference.pieces(from: old, to: new).map { piece in
      switch piece {
      case .added(let text): return "{+\(text)+}"
      case .removed(let text): return "[-\(text)-]"
      case .kept(let text):
        let words = text.split(separator: " ")
        guard words.count > longestKept else { return text }
        return words.prefix(6).joined(separator: " ") + " … " + words.suffix(6).joined(separator: " ")
      }
    }.joined(separator: " ")
  }

  private static func row(_ name: String, _ text: String) -> String {
    let name = name.count < 10 ? name + String(repeating: " ", count: 10 - name.count) : name
    return "  \(name) " + text.replacing("\n", with: " ")
  }

  /// The text with every character named that a terminal would obey or not show.
  private static func plain(_ text: String) -> String {
    var plain = ""
    for scalar in text.unicodeScalars {
      if scalar == "\n" || scalar == "\t" || DOTText.isPlain(scalar) {
        plain.unicodeScalars.append(scalar)
      } else {
        plain += "<U+" + String(format: "%04X", scalar.value) + ">"
      }
    }
    return plain
  }
}
