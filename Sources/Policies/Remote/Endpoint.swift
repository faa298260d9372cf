import Foundation

/// The base URL of one replica, and how it may be shown: never with a user, a password or the
/// values of a query.
public struct Endpoint: Sendable, Hashable, CustomStringConvertible {
  let base: URLComponents

  /// - Parameter text: `https://host/v1`; the path of completions may follow.
  /// - Throws: `RemoteError.unusable`.
  public init(_ text: String) throws(RemoteError) {
    guard var parts = URLComponents(string: text), let scheme = parts.scheme?.lowercased(),
      let host = parts.host, !host.isEmpty
    else {
      throw .unusable(Self.shown(text), why: "it is not a URL", remedy: "write it as https://host/v1")
    }
    parts.scheme = scheme
    let shown = Self.shown(text)
    guard ["http", "https"].contains(scheme) else {
      throw .unusable(shown, why: "\(scheme) is not spoken here", remedy: "use http or https")
    }
    guard parts.user == nil, parts.password == nil else {
      throw .unusable(
        shown, why: "it holds a user or a password, which settings would keep in every run folder",
        remedy: "take it out and give the key in an environment variable (keyVariable) or file (keyFile)")
    }
    if let secret = parts.queryItems?.first(where: { Self.soundsSecret($0.name) }) {
      throw .unusable(
        shown, why: "its query holds '\(secret.name)', which settings would keep in every run folder",
        remedy: "take it out and give the key in an environment variable (keyVariable) or file (keyFile)")
    }
    guard parts.fragment == nil else {
      throw .unusable(shown, why: "a fragment (#…) is never sent", remedy: "take it out")
    }
    var path = parts.percentEncodedPath[...]
    while path.hasSuffix("/") { path.removeLast() }
    if path.hasSuffix("/chat/completions") { path.removeLast("/chat/completions".count) }
    parts.percentEncodedPath = String(path)
    base = parts
  }

  /// One or several, separated by white space or commas.
  ///
  /// - Throws: `RemoteError.unusable` for no endpoint, a repeated one, or one that cannot be used.
  public static func list(_ text: String) throws(RemoteError) -> [Endpoint] {
    var endpoints: [Endpoint] = []
    for word in text.split(whereSeparator: { $0.isWhitespace || $0 == "," }) {
      let endpoint = try Endpoint(String(word))
      guard !endpoints.contains(endpoint) else {
        throw .unusable(endpoint.description, why: "it is named twice", remedy: "name each replica once")
      }
      endpoints.append(endpoint)
    }
    guard !endpoints.isEmpty else {
      throw .unusable(
        "(none)", why: "no endpoint is named",
        remedy: "give its base URL, for example --endpoint http://127.0.0.1:8000/v1")
    }
    return endpoints
  }

  /// The URL of a path below the base; the query stays.
  func url(_ path: String) -> String {
    var parts = base
    parts.percentEncodedPath += path
    return parts.string ?? ""
  }

  var origin: Origin { Origin(base) }

  /// The base URL, without parts that could hold a secret.
  public var description: String { Self.shown(base.string ?? "") }

  /// A URL as messages may show it.
  static func shown(_ text: String) -> String {
    guard var parts = URLComponents(string: text), parts.host != nil else {
      // Not a URL: whatever stands before an @ could be a password.
      return String((text.split(separator: "@").last ?? "").prefix(80).prefix { $0 != "?" && $0 != "#" })
    }
    parts.user = nil
    parts.password = nil
    parts.fragment = nil
    let hasQuery = parts.percentEncodedQuery != nil
    parts.percentEncodedQuery = nil
    return String((parts.string ?? "").prefix(300)) + (hasQuery ? "?…" : "")
  }

  private static func soundsSecret(_ name: String) -> Bool {
    ["key", "token", "secret", "password", "sig", "auth", "credential"].contains {
      name.lowercased().contains($0)
    }
  }
}

/// The origin of a request: a key for one origin is never sent to another.
struct Origin: Sendable, Hashable, CustomStringConvertible {
  let scheme: String
  let host: String
  let port: Int

  init(_ url: URLComponents) {
    scheme = url.scheme?.lowercased() ?? ""
    host = (url.host ?? "").lowercased().trimmingCharacters(in: ["[", "]"])
    port = url.port ?? (scheme == "https" ? 443 : 80)
  }

  /// Whether packets for this host stay on this machine.
  var isLoopback: Bool {
    if host == "localhost" || host.hasSuffix(".localhost") || host == "::1" { return true }
    let octets = host.split(separator: ".", omittingEmptySubsequences: false)
    return octets.count == 4 && octets[0] == "127" && octets.allSatisfy { UInt8($0) != nil }
  }

  var description: String { "\(scheme)://\(host):\(port)" }
}
