import Foundation

/// A model that works by rules, told apart from a real one by being right: of the section it keeps
/// the sentences that share a long word with the problem, and answers with what follows `is`.
///
/// It looks at the text of the prompt alone, as it comes over the wire, so it serves any reader that
/// puts problem, memory and section into tags of these names.
public enum RuleModel {
  public static func reply(to prompt: String) -> String {
    let problem = block("problem", in: prompt) ?? ""
    let memory = block("memory", in: prompt) ?? ""
    guard let section = block("section", in: prompt) else { return answer(to: problem, from: memory) }

    let held = memory.hasPrefix("No previous memory") ? [] : sentences(of: memory)
    let wanted = words(of: problem)
    let found = sentences(of: section).filter { !words(of: $0).isDisjoint(with: wanted) && !held.contains($0) }
    let page = (held + found).joined(separator: " ")
    guard prompt.contains("<check>") else { return page }
    return """
      <think>\(found.isEmpty ? "nothing new" : "this bears on the problem")</think>
      <check>\(found.isEmpty ? "no" : "yes")</check>
      <update>\(found.isEmpty ? "" : page)</update>
      <next>continue</next>
      """
  }

  private static func answer(to problem: String, from memory: String) -> String {
    let wanted = words(of: problem)
    let best = sentences(of: memory).max {
      words(of: $0).intersection(wanted).count < words(of: $1).intersection(wanted).count
    }
    let value = best?.split(separator: " is ", maxSplits: 1).last.map { $0.dropLast() } ?? "unknown"
    return "\\boxed{\(value)}"
  }

  private static func block(_ tag: String, in prompt: String) -> String? {
    guard let open = prompt.range(of: "<\(tag)>"), let close = prompt.range(of: "</\(tag)>") else { return nil }
    guard open.upperBound <= close.lowerBound else { return nil }
    return String(prompt[open.upperBound..<close.lowerBound]).trimmingCharacters(in: .whitespacesAndNewlines)
  }

  private static func sentences(of text: String) -> [String] {
    text.split { $0 == "." || $0.isNewline }.map { $0.trimmingCharacters(in: .whitespaces) + "." }
      .filter { $0.count > 1 }
  }

  /// Words of five letters and more.
  private static func words(of text: String) -> Set<String> {
    Set(text.lowercased().split { !$0.isLetter && !$0.isNumber }.filter { $0.count >= 5 }.map(String.init))
  }
}
