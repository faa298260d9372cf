extension ChatFormat {
  /// The built-in format that a published template (Jinja text) writes down.
  ///
  /// A template is recognised by what it can write: its markers must all belong to one family, and
  /// a sentence that it adds itself must belong to one member of the family. A template with any
  /// other marker or sentence is refused, not guessed.
  ///
  /// - Parameter file: the name in messages.
  /// - Throws: `TokenizerError.unknownTemplate`.
  public init(recognising template: String, file: String) throws {
    func unknown(_ reason: String) -> TokenizerError { .unknownTemplate(file: file, reason: reason) }
    let found = Self.markers(in: template)
    let families: [(needs: Set<String>, allows: Set<String>, name: (String) -> String?)] = [
      (
        ["<|im_start|>", "<|im_end|>"],
        Self.toolTags.union(["<think>", "</think>", "<|endoftext|>"]), Self.chatMLName
      ),
      (
        ["<|start_header_id|>", "<|end_header_id|>", "<|eot_id|>"],
        ["<|begin_of_text|>", "<|end_of_text|>", "<|eom_id|>", "<|python_tag|>"], Self.llamaName
      ),
      (
        ["[INST]", "[/INST]"],
        [
          "[AVAILABLE_TOOLS]", "[/AVAILABLE_TOOLS]", "[TOOL_CALLS]", "[TOOL_RESULTS]", "[/TOOL_RESULTS]", "<s>", "</s>",
        ], Self.mistralName
      ),
    ]
    guard let family = families.first(where: { $0.needs.isSubset(of: found) }) else {
      throw unknown("it has the markers \(found.sorted().joined(separator: " ")), which belong to no known family")
    }
    let others = found.subtracting(family.needs).subtracting(family.allows)
    guard others.isEmpty else { throw unknown("it also has \(others.sorted().joined(separator: " "))") }
    guard let name = family.name(template), let format = Self.all.first(where: { $0.name == name }) else {
      throw unknown("its markers are known, but not what it says to the model by itself")
    }
    self = format
  }

  private static let toolTags: Set<String> = [
    "<tools>", "</tools>", "<tool_call>", "</tool_call>", "<tool_response>", "</tool_response>", "<function-name>",
    "<args-json-object>",
  ]

  private static func markers(in template: String) -> Set<String> {
    Set(template.matches(of: /<\|[^|<>]+\|>|<<?\/?[A-Za-z_-]+>>?|\[\/?[A-Z_]+\]/).map { String($0.output) })
  }

  /// By the sentence that stands for a missing system's turn.
  private static func chatMLName(_ template: String) -> String? {
    // Some write the backslash of \boxed twice, as Jinja's strings need it. One sentence is about tools,
    // which are not shown here.
    let template = template.replacing(#"\\boxed"#, with: #"\boxed"#)
      .replacing("You are provided with function signatures", with: "")
    let defaults = all.filter { format in
      format.defaultSystem.map { !$0.isEmpty && template.contains($0) } ?? false
    }
    // Qwen2.5's sentence has Qwen2's in it.
    let format = defaults.max { ($0.defaultSystem ?? "").utf8.count < ($1.defaultSystem ?? "").utf8.count }
    let rest = format.map { template.replacing($0.defaultSystem ?? "", with: "") } ?? template
    guard !rest.contains("You are"), !rest.contains("Please reason") else { return nil }
    // Some begin with begin of text, and some open the reply's thoughts; none of ours does.
    guard !template.contains("bos_token"), !template.contains("assistant\n<think>"),
      !template.contains(#"assistant\n<think>"#)
    else { return nil }
    if template.contains("enable_thinking") { return format == nil ? "qwen3" : nil }
    guard !template.contains("think>") else { return nil }
    return format?.name ?? "chatml"
  }

  private static func llamaName(_ template: String) -> String? {
    guard template.contains("Cutting Knowledge Date") else {
      return template.contains("Today Date") || template.contains("You are") ? nil : "llama3"
    }
    let isKnown = template.contains("Cutting Knowledge Date: December 2023") && template.contains("26 Jul 2024")
    return isKnown && !template.contains("You are") ? "llama3.1" : nil
  }

  /// By the spaces around the brackets and replies, which are all that tells these apart.
  private static func mistralName(_ template: String) -> String? {
    func has(_ text: String) -> Bool { template.contains("'\(text)'") || template.contains("\"\(text)\"") }
    guard !template.contains("You are") else { return nil }
    let trims = template.contains("|trim") || template.contains("| trim")
    switch (opens: has("[INST] "), plain: has("[INST]"), closes: has(" [/INST]"), tight: has("[/INST]")) {
    case (true, false, true, false):
      return trims || has(" ") || has(" [INST] ") ? nil : "mistral"
    case (true, false, false, true):
      return trims && has(" ") ? "mistral-v3" : nil
    case (false, true, false, true):
      return trims || has(" ") ? nil : "mistral-v3-tekken"
    default: return nil
    }
  }
}
