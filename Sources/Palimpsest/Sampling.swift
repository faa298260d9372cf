/// How a reply is drawn. A nil value leaves the policy's own setting.
public struct Sampling: Sendable, Codable, Hashable {
  /// The longest the whole reply may be, in tokens.
  public var maxTokens: Int
  /// Tokens of the reply that will be kept, where that is less than all of it: the page of a reply
  /// that also reasons. A policy that fills a page fills `page ?? maxTokens`.
  public var page: Int?
  /// 0 takes the likeliest token; nil is the policy's own.
  public var temperature: Double?
  /// Share of probability that is drawn from, 0...1; nil is the policy's own.
  public var topP: Double?
  /// The reply ends before the first of these strings.
  public var stops: [String]
  /// Taps whose tensors the reply should include, where the policy can be tapped.
  public var captures: Set<Tap>

  /// Everything but the length is the policy's own unless given.
  public init(
    maxTokens: Int, page: Int? = nil, temperature: Double? = nil, topP: Double? = nil, stops: [String] = [],
    captures: Set<Tap> = []
  ) {
    self.maxTokens = maxTokens
    self.page = page
    self.temperature = temperature
    self.topP = topP
    self.stops = stops
    self.captures = captures
  }
}
