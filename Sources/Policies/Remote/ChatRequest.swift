import Palimpsest

/// The body of `POST /chat/completions`: one user message, and how it is to be answered.
struct ChatRequest: Sendable {
  let body: [UInt8]

  /// Fields that have a setting of their own, or whose change would change what a call means.
  static let reserved: Set = [
    "messages", "model", "stream", "stream_options", "temperature", "top_p", "seed", "stop", "n",
    "max_tokens", "max_completion_tokens", "logprobs", "return_token_ids", "tools", "tool_choice", "functions",
  ]

  /// - Parameter seed: the seed of the run, from which each call's own derives.
  init(_ prompt: String, _ sampling: Sampling, _ call: CallID, _ settings: RemotePolicy.Settings, seed: UInt64) {
    var fields = settings.extra
    var messages: [Setting] = []
    if let system = settings.system { messages.append(Self.message("system", system)) }
    messages.append(Self.message("user", prompt))
    fields["messages"] = .list(messages)
    fields["model"] = .string(settings.model)
    fields[settings.limitField] = .int(sampling.maxTokens)
    fields["temperature"] = (sampling.temperature ?? settings.temperature).map(Setting.number)
    fields["top_p"] = (sampling.topP ?? settings.topP).map(Setting.number)
    if !sampling.stops.isEmpty { fields["stop"] = .list(sampling.stops.map(Setting.string)) }
    if let own = settings.seed { fields["seed"] = .int(Self.seed(own, call, seed)) }
    if settings.logProbabilities { fields["logprobs"] = .bool(true) }
    if settings.tokenIDs { fields["return_token_ids"] = .bool(true) }
    if settings.stream {
      fields["stream"] = .bool(true)
      fields["stream_options"] = .table(["include_usage": .bool(true)])
    }
    body = Array(Setting.table(fields).line.utf8)  // keys sorted: same call, same bytes
  }

  private static func message(_ role: String, _ text: String) -> Setting {
    .table(["role": .string(role), "content": .string(text)])
  }

  /// Below 2³¹, which every server's integer holds.
  private static func seed(_ own: UInt64, _ call: CallID, _ run: UInt64) -> Int {
    var generator = call.random(seed: run, for: "remote \(own)")
    return Int(generator.next() >> 33)
  }
}
