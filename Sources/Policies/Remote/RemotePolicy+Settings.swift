import Palimpsest

extension RemotePolicy {
  /// The settings of a remote policy.
  public struct Settings: Codable, Sendable {
    /// The base URL, usually ending in `/v1`; several, separated by spaces, are a pool of replicas.
    public var endpoint = ""
    /// The model, as the endpoint names it.
    public var model = ""
    /// 0 by default, so that runs can be compared; null sends none.
    public var temperature: Double? = 0
    /// Sent where a call has none of its own; nil sends none.
    public var topP: Double?
    /// With a number, each call sends a seed of its own, derived from it, the run's seed, session,
    /// step and purpose. Without, none is sent.
    public var seed: UInt64?
    /// Sent before every prompt.
    public var system: String?
    /// Whether the reply is asked for in pieces. The text is the same; silence is noticed sooner.
    public var stream = false
    /// Whether log-probabilities of the reply's tokens are asked for (`logprobs`).
    public var logProbabilities = false
    /// Whether token ids are asked for (`return_token_ids`, as vLLM has it; others may refuse the field).
    public var tokenIDs = false
    /// Further fields of the request's body.
    public var extra: [String: Setting] = [:]
    /// The field that bounds a reply; some models want `max_completion_tokens`.
    public var limitField = "max_tokens"
    /// Tokens that prompt and reply may have together; `window` is the key's former name.
    public var contextLength: Int?
    /// Calls made again after the first.
    public var retries = 5
    /// Per call.
    public var timeouts = Timeouts()
    /// The most bytes an answer may have.
    public var responseLimit = 8 << 20
    /// Per replica.
    public var concurrency = Concurrency()
    /// The environment variable that holds the key; `none` sends no key.
    public var keyVariable = "OPENAI_API_KEY"
    /// A file that holds the key and only its owner can read; goes before the variable.
    public var keyFile: String?
    /// Further headers by name, each with the environment variable that holds its value:
    /// `{api-key: AZURE_OPENAI_API_KEY}`. Values are treated like the key.
    public var headers: [String: String] = [:]
    /// A file of further headers, a line `Name: value` each, that only its owner can read.
    public var headerFile: String?
    /// Allows a key or a header of these settings to be sent over plain http to another machine.
    public var allowPlainKey = false

    /// Both must be given before a policy can be made.
    public init(endpoint: String = "", model: String = "") {
      self.endpoint = endpoint
      self.model = model
    }
  }

  /// Seconds.
  public struct Timeouts: Codable, Sendable, Hashable {
    /// Until a connection is established.
    public var connect = 5.0
    /// Until an answer is complete.
    public var total = 600.0
    /// Of silence within an answer that has begun.
    public var stall = 60.0

    public init(connect: Double = 5, total: Double = 600, stall: Double = 60) {
      self.connect = connect
      self.total = total
      self.stall = stall
    }
  }

  /// Calls at a time, per replica: at first, at least, at most.
  public struct Concurrency: Codable, Sendable, Hashable {
    /// Calls at a time in the beginning.
    public var start = 20
    /// The least that 429s can reduce it to.
    public var floor = 10
    /// The most that successes can raise it to.
    public var ceiling = 100

    /// From 20 calls at a time, between 10 and 100, by default.
    public init(start: Int = 20, floor: Int = 10, ceiling: Int = 100) {
      self.start = start
      self.floor = floor
      self.ceiling = ceiling
    }
  }
}

extension RemotePolicy.Settings: RenamedSettings {
  /// `window` became `contextLength`.
  public static var formerKeys: [String: String] { ["window": "contextLength"] }
}

extension RemotePolicy.Settings {
  /// - Throws: `SettingError.outOfRange` for settings with which no call can be made.
  public func check(at path: String) throws {
    try path.demand(!model.isEmpty, "model", "empty", "name the model as the endpoint names it")
    if let temperature {
      try path.demand(
        (0...10).contains(temperature), "temperature", temperature, "it lies between 0 and 10, or is null")
    }
    if let topP { try path.demand(topP > 0 && topP <= 1, "topP", topP, "it lies above 0 and up to 1") }
    if let contextLength {
      try path.demand(contextLength > 0, "contextLength", contextLength, "a context holds at least one token")
    }
    try path.demand((0...100).contains(retries), "retries", retries, "it lies between 0 and 100")
    for (key, seconds) in [("connect", timeouts.connect), ("total", timeouts.total), ("stall", timeouts.stall)] {
      try path.demand(
        (0.001...86_400).contains(seconds), "timeouts.\(key)", seconds, "it lies between 0.001 and 86400 s")
    }
    try path.demand(
      (1024...1 << 30).contains(responseLimit), "responseLimit", responseLimit, "it lies between 1024 bytes and 1 GiB")
    let bounds = concurrency
    try path.demand(
      1 <= bounds.floor && bounds.floor <= bounds.start && bounds.start <= bounds.ceiling && bounds.ceiling <= 10_000,
      "concurrency", "\(bounds.floor)…\(bounds.start)…\(bounds.ceiling)",
      "1 ≤ floor ≤ start ≤ ceiling ≤ 10000")
    try path.demand(
      ["max_tokens", "max_completion_tokens"].contains(limitField), "limitField", limitField,
      "it is max_tokens or max_completion_tokens")
    for name in headers.keys.sorted() {
      try path.demand(Secrets.isName(name), "headers", name, "this name has letters no header's has, or is set by us")
    }
    for key in extra.keys.sorted() {
      try path.demand(!ChatRequest.reserved.contains(key), "extra", key, "this field has a setting or rule of its own")
    }
  }
}
