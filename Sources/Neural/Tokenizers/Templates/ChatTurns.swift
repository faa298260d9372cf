/// A chat format as the text before and behind each turn, with `{content}` at the place of the turn's text: what
/// built-in formats and files of ours are written in. It becomes a template like any other.
struct ChatTurns {
  /// Where the system's text goes.
  enum SystemPlace: String {
    /// A turn of its own.
    case own
    /// Before the last user's text, with an empty line between.
    case lastUser
    /// Nowhere: the family has none.
    case nowhere
  }

  var name: String
  var markers: [String]
  /// Before everything: begin of text, where there is one.
  var begin = ""
  /// A system's turn; empty where the family has none of its own.
  var system = ""
  var user: String
  /// An earlier reply.
  var assistant: String
  /// Behind all turns: the opening of the reply.
  var reply = ""
  /// The text of a missing system's turn; nil leaves the turn out.
  var defaultSystem: String?
  var systemPlace = SystemPlace.own
  /// Whether white space around texts is removed.
  var trims = false
  /// Whether white space around earlier replies is removed.
  var trimsReplies = false
  /// Whether the reasoning of earlier turns, up to `</think>`, is left out.
  var dropsThoughts = false
  var stops: [String]

  init(name: String, markers: [String], user: String, assistant: String, stops: [String]) {
    self.name = name
    self.markers = markers
    self.user = user
    self.assistant = assistant
    self.stops = stops
  }

  /// The same in Jinja.
  var template: String {
    let tidied = trims ? "message.content | trim" : "message.content"
    return """
      {%- set first = messages[0] %}
      {%- set system = first.content if first.role == 'system' else \(defaultSystem.map(Self.quoted) ?? "none") %}
      {{- \(Self.quoted(begin)) }}
      \(systemTurn)
      {%- for message in messages %}
      {%- if message.role == 'user' %}
      {%- set content = \(tidied) %}
      \(systemBeforeLastUser)
      {{- \(filled(user, with: "content")) }}
      {%- elif message.role == 'assistant' %}
      {%- set content = \(tidied) %}
      \(withoutThoughts)
      {{- \(filled(assistant, with: trimsReplies ? "(content | trim)" : "content")) }}
      {%- endif %}
      {%- endfor %}
      {%- if add_generation_prompt %}
      {{- \(Self.quoted(reply)) }}
      \(emptyThoughts)
      {%- endif %}
      """
  }

  private var systemTurn: String {
    switch systemPlace {
    case .own:
      "{%- if system is not none %}{{- \(filled(system, with: trims ? "(system | trim)" : "system")) }}{%- endif %}"
    case .lastUser: ""
    case .nowhere:
      "{%- if system is not none %}{{- raise_exception('this format has no system turn') }}{%- endif %}"
    }
  }

  private var systemBeforeLastUser: String {
    guard systemPlace == .lastUser else { return "" }
    return #"{%- if loop.last and system is not none %}{%- set content = system + "\n\n" + content %}{%- endif %}"#
  }

  private var withoutThoughts: String {
    guard dropsThoughts else { return "" }
    return #"{%- set content = content.split('</think>')[-1].lstrip("\n") if '</think>' in content else content %}"#
  }

  private var emptyThoughts: String {
    guard dropsThoughts else { return "" }
    return #"{%- if enable_thinking is false %}{{- "<think>\n\n</think>\n\n" }}{%- endif %}"#
  }

  private func filled(_ turn: String, with content: String) -> String {
    let parts = turn.split(separator: "{content}", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
    return parts.count == 2 ? "\(Self.quoted(parts[0])) + \(content) + \(Self.quoted(parts[1]))" : Self.quoted(turn)
  }

  /// A string literal of Jinja.
  private static func quoted(_ text: String) -> String {
    var result = "\""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\"": result += #"\""#
      case "\\": result += #"\\"#
      case "\n": result += #"\n"#
      case "\r": result += #"\r"#
      default: result.unicodeScalars.append(scalar)
      }
    }
    return result + "\""
  }
}

extension ChatFormat {
  /// - Throws: `TokenizerError.template`, which no text of a turn can cause.
  init(_ turns: ChatTurns) throws {
    try self.init(template: turns.template, name: turns.name, markers: turns.markers, stops: turns.stops)
  }
}
