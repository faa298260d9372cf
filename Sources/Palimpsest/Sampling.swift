/// How a reply is to be drawn. What is nil is the policy's own setting.
public struct Sampling: Sendable, Codable, Hashable {
  /// The longest the whole reply may be, in tokens.
  public var maxTokens: Int
  /// How much of the reply will be kept, where that is less than all of it: the page of a reply
  /// that also reasons. A policy that fills a page fills `page ?? maxTokens`.
  public var page: Int?
  public var temperature: Double?
  public var topP: Double?
  public var stops: [String]
  /// Places inside the model whose states the reply should bring along, where the policy can be tapped.
  public var captures: Set<Tap>

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
