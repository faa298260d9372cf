import Palimpsest

/// Decides whether content may enter the bank at all.
public protocol Admission: Sendable {
  /// - Parameter near: the entries most like it, the best one first, with their cosines.
  /// - Returns: nil to admit it, or why it is rejected, in a word for the counts.
  func rejection(of content: EntryContent, near: [Scored], in bank: Bank) -> String?
}

/// The admissions by name.
public let admissions: [Catalog<any Admission>.Entry] = [
  .init("all", "everything enters") { _ in AdmitAll() },
  .init("novel", "what is not too much like an entry", defaults: NovelAdmission.Settings()) { settings, setup in
    NovelAdmission(limit: try checkShare(settings.limit, "limit", in: setup))
  },
  .init("informative", "what is new and has rare words", defaults: InformativeAdmission.Settings()) { settings, setup in
    InformativeAdmission(share: try checkShare(settings.share, "share", in: setup))
  },
  .init("trusted", "what its writer is certain of", defaults: TrustedAdmission.Settings()) { settings, setup in
    TrustedAdmission(least: try checkShare(settings.least, "least", in: setup))
  },
]

/// Everything enters.
public struct AdmitAll: Admission {
  /// There is nothing to set.
  public init() {}

  public func rejection(of content: EntryContent, near: [Scored], in bank: Bank) -> String? { nil }
}

/// What is unlike every entry: the largest cosine stays below a limit.
public struct NovelAdmission: Admission {
  public struct Settings: Codable, Sendable {
    /// 0...1.
    public var limit = 0.95

    public init() {}
  }

  private let limit: Double

  /// - Parameter limit: 0...1.
  public init(limit: Double = 0.95) { self.limit = limit }

  public func rejection(of content: EntryContent, near: [Scored], in bank: Bank) -> String? {
    (near.first?.score ?? 0) >= limit ? "known" : nil
  }
}

/// What has enough words that no entry has.
public struct InformativeAdmission: Admission {
  public struct Settings: Codable, Sendable {
    /// The least share of words that are new to the bank, 0...1.
    public var share = 0.1

    public init() {}
  }

  private let share: Double

  /// - Parameter share: 0...1.
  public init(share: Double = 0.1) { self.share = share }

  public func rejection(of content: EntryContent, near: [Scored], in bank: Bank) -> String? {
    let words = content.body.uniqueWords
    guard !words.isEmpty else { return "empty" }
    let fresh = words.count { !bank.terms.contains($0) }
    return Double(fresh) < share * Double(words.count) ? "uninformative" : nil
  }
}

/// What its writer is certain of, from an origin that is trusted.
public struct TrustedAdmission: Admission {
  public struct Settings: Codable, Sendable {
    /// The least confidence times trust, 0...1.
    public var least = 0.5

    public init() {}
  }

  private let least: Double

  /// - Parameter least: 0...1.
  public init(least: Double = 0.5) { self.least = least }

  public func rejection(of content: EntryContent, near: [Scored], in bank: Bank) -> String? {
    content.confidence * content.trust < least ? "untrusted" : nil
  }
}
