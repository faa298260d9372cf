import Basics

extension Prompt {
  /// What a policy is shown, one after the other: runs of text, and parts that are none.
  public enum Section: Sendable {
    /// Foreign text in it is disarmed.
    case text(String)
    case part(Recollection.Part)
  }

  /// The prompt as a policy that takes text is shown it, foreign text disarmed. Parts that are not
  /// text are left out.
  ///
  /// Takes time linear in the length of the prompt, whatever it contains.
  public var text: String { String(decoding: rendered().bytes, as: UTF8.self) }

  /// The same text, cut where parts stand that are not text. No run of text is empty.
  public var sections: [Section] {
    let (bytes, parts) = rendered()
    var sections: [Section] = []
    var done = 0
    func addText(upTo end: Int) {
      if end > done { sections.append(.text(String(decoding: bytes[done..<end], as: UTF8.self))) }
      done = end
    }
    for (place, part) in parts {
      addText(upTo: place)
      sections.append(.part(part))
    }
    addText(upTo: bytes.count)
    return sections
  }

  /// - Returns: the text, and where in it parts stand that are not text.
  private func rendered() -> (bytes: [UInt8], parts: [(place: Int, part: Recollection.Part)]) {
    var bytes: [UInt8] = []
    var segments: [Disarmament.Segment] = []
    for piece in pieces {
      let start = bytes.count
      switch piece {
      case .literal(let text):
        bytes += text.utf8
        if let last = segments.last, !last.isForeign {
          segments[segments.count - 1].range = last.range.lowerBound..<bytes.count
        } else {
          segments.append(.init(range: start..<bytes.count, isForeign: false))
        }
      case .foreign(let part, _):
        // A hole without text is a border all the same: the literals around it are not one.
        if case .text(let text) = part { bytes += text.utf8 }
        segments.append(
          .init(range: start..<bytes.count, isForeign: true, part: part.site == .text ? nil : part))
      }
    }
    var disarmament = Disarmament.standard
    for segment in segments where !segment.isForeign {
      disarmament.reserve(Disarmament.tagNames(in: bytes[segment.range]))
    }
    return disarmament.render(bytes, segments)
  }
}

/// Disarms tags and control tokens in foreign text.
///
/// A tag's `<` becomes `‹`, a bracket token's `[` becomes `⟦`: a reader still sees the original. A
/// token that arises only where a literal meets foreign text is broken by a space.
///
/// This is enough: every token begins with `<` or `[`, and none contains `‹`, `⟦` or a space. The
/// inserted characters therefore never make a token, and each remaining occurrence begins and ends
/// in one literal.
struct Disarmament {
  struct Segment {
    var range: Range<Int>
    var isForeign: Bool
    /// What stands here, if that is not text; the range is empty then.
    var part: Recollection.Part?
  }

  /// Control tokens of the known chat templates, lower case; `<|` opens those of ChatML, Llama 3,
  /// Phi and more, `<｜` those of DeepSeek.
  private static let controls = [
    "<|", "<｜", "<<sys>>", "<</sys>>", "[inst]", "[/inst]", "[system_prompt]", "[/system_prompt]",
    "[tool_calls]", "[tool_results]", "[/tool_results]", "[available_tools]", "[/available_tools]",
    "[tool_content]", "[/tool_content]", "[args]", "[call_id]", "[think]", "[/think]", "[img]", "[gmask]",
    "[cls]", "[sep]", "[mask]", "[pad]", "[unk]",
  ].map { Array($0.utf8) }

  /// Tags that stand for something in every reply or chat template, whether or not a prompt names them.
  private static let standardNames: Set<[UInt8]> = Set(
    [
      "think", "check", "update", "next", "problem", "memory", "section", "tool_call", "tool_response",
      "system", "user", "assistant", "s", "bos", "eos", "unk", "pad", "mask", "sop", "eop",
      "start_of_turn", "end_of_turn", "start_of_image",
    ].map { Array($0.utf8) })

  private static let longestName = 64

  /// Lower-case tokens by their second byte: a place is compared only with what it may become.
  private var tokens: [[[UInt8]]] = Array(repeating: [], count: 256)
  /// Lower-case tag names; in foreign text `<`, any `/` and blanks, then a name, is disarmed.
  private var names: Set<[UInt8]> = []

  /// What every prompt reserves; made once.
  static let standard: Disarmament = {
    var standard = Disarmament()
    standard.reserve(standardNames)
    controls.forEach { standard.add($0) }
    return standard
  }()

  private init() {}

  /// Makes tags of these names tokens too.
  mutating func reserve(_ more: Set<[UInt8]>) {
    for name in more where names.insert(name).inserted {
      add(Array("<".utf8) + name + Array(">".utf8))
      add(Array("</".utf8) + name + Array(">".utf8))
    }
  }

  private mutating func add(_ token: [UInt8]) { tokens[Int(token[1])].append(token) }

  /// The names of the tags of a literal, lower case.
  static func tagNames(in literal: ArraySlice<UInt8>) -> Set<[UInt8]> {
    var names: Set<[UInt8]> = []
    for start in literal.indices where literal[start] == 0x3C {  // <
      var first = start + 1
      if first < literal.endIndex, literal[first] == UInt8(ascii: "/") { first += 1 }
      let name = nameRun(in: literal, from: first)
      guard !name.isEmpty, name.endIndex < literal.endIndex, literal[name.endIndex] == UInt8(ascii: ">")
      else { continue }
      names.insert(name.map(lowercased))
    }
    return names
  }

  func render(
    _ bytes: [UInt8], _ segments: [Segment]
  ) -> (bytes: [UInt8], parts: [(place: Int, part: Recollection.Part)]) {
    var output: [UInt8] = []
    var parts: [(place: Int, part: Recollection.Part)] = []
    output.reserveCapacity(bytes.count + 64)
    for segment in segments {
      let start = segment.range.lowerBound
      if start > 0, output.last != UInt8(ascii: " "), Self.mergesCharacters(in: bytes, at: start) {
        output.append(UInt8(ascii: " "))
      }
      if let part = segment.part { parts.append((output.count, part)) }
      var done = start
      var crosses = false
      for place in segment.range where bytes[place] == 0x3C || bytes[place] == 0x5B {  // < or [
        if segment.isForeign, isArmed(bytes, at: place) {
          output += bytes[done..<place]
          output += (bytes[place] == UInt8(ascii: "<") ? "‹" : "⟦").utf8
          done = place + 1
        } else if !segment.isForeign {
          crosses = crosses || reaches(beyond: segment.range.upperBound, in: bytes, from: place)
        }
      }
      output += bytes[done..<segment.range.upperBound]
      if crosses, segment.range.upperBound < bytes.count { output.append(UInt8(ascii: " ")) }
    }
    return (output, parts)
  }

  private func isArmed(_ bytes: [UInt8], at start: Int) -> Bool {
    if longestToken(in: bytes, at: start) != nil { return true }
    guard bytes[start] == UInt8(ascii: "<") else { return false }
    var index = start + 1
    while index < bytes.count, index - start < 16, bytes[index] == UInt8(ascii: "/") || bytes[index].isBlank {
      index += 1
    }
    let name = Self.nameRun(in: bytes[...], from: index)
    return !name.isEmpty && names.contains(name.map(lowercased))
  }

  /// Whether a token that begins at a place of a literal may continue behind the literal's end.
  private func reaches(beyond end: Int, in bytes: [UInt8], from start: Int) -> Bool {
    if let tokenEnd = longestToken(in: bytes, at: start), tokenEnd > end { return true }
    // `<|` and `<｜` open tokens of any name; they are closed by the next `>`.
    guard start + 1 < end, bytes[start + 1] == UInt8(ascii: "|") || bytes[start + 1] == 0xEF else { return false }
    let rest = bytes[(start + 2)..<min(end, start + 2 + Self.longestName)]
    return rest.endIndex == end && !rest.contains { $0 == UInt8(ascii: ">") || $0.isBlank }
  }

  /// Where the longest token that begins at a place ends; nil when none does.
  private func longestToken(in bytes: [UInt8], at start: Int) -> Int? {
    guard start + 1 < bytes.count else { return nil }
    var longest: Int?
    for token in tokens[Int(lowercased(bytes[start + 1]))] where start + token.count <= bytes.count {
      var index = 0
      while index < token.count, lowercased(bytes[start + index]) == token[index] { index += 1 }
      if index == token.count { longest = max(longest ?? 0, start + index) }
    }
    return longest
  }

  /// The bytes of a name from a place on; what is longer than any name is cut.
  private static func nameRun(in bytes: ArraySlice<UInt8>, from start: Int) -> ArraySlice<UInt8> {
    var end = start
    while end < bytes.endIndex, end - start < longestName, isNameByte(bytes[end]) { end += 1 }
    return bytes[start..<max(start, end)]
  }

  /// Whether the scalars on both sides of a border are one character, such as a tag's `>` and a
  /// combining stroke, which some tokenizers would make one code point.
  private static func mergesCharacters(in bytes: [UInt8], at border: Int) -> Bool {
    guard border < bytes.count, bytes[border] >= 0x80 || bytes[border - 1] >= 0x80 else { return false }
    var start = border - 1
    while start > 0, bytes[start] & 0xC0 == 0x80 { start -= 1 }
    var end = border + 1
    while end < bytes.count, bytes[end] & 0xC0 == 0x80 { end += 1 }
    return String(decoding: bytes[start..<end], as: UTF8.self).count == 1
  }
}

private func lowercased(_ byte: UInt8) -> UInt8 { byte >= 65 && byte <= 90 ? byte + 32 : byte }

/// ASCII letters, digits, `_` and `-`.
private func isNameByte(_ byte: UInt8) -> Bool {
  let letter = byte | 32
  return letter >= 97 && letter <= 122 || byte >= 48 && byte <= 57 || byte == 95 || byte == 45
}
