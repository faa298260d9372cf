import Foundation

/// The secret headers of a policy: the key, and further headers by name.
struct Secrets: Sendable {
  var key: Secret?
  var headers: [(name: String, value: Secret)] = []

  private var all: [Secret] { (key.map { [$0] } ?? []) + headers.map(\.value) }

  var isEmpty: Bool { all.isEmpty }

  /// The headers of a request, `Authorization` first.
  var fields: [(name: String, value: String)] {
    (key.map { [(name: "Authorization", value: $0.authorization)] } ?? [])
      + headers.map { (name: $0.name, value: $0.value.header) }
  }

  /// A text without any of them.
  func scrubbing(_ text: String) -> String { all.reduce(text) { $1.scrubbing($0) } }

  /// Whether a header may be set: its name is one (RFC 9110 §5.1), and the request does not set it itself.
  static func isName(_ name: String) -> Bool {
    let marks = Set("!#$%&'*+-.^_`|~".utf8)
    let isToken = name.utf8.allSatisfy { byte in
      (48...57).contains(byte) || (65...90).contains(byte) || (97...122).contains(byte) || marks.contains(byte)
    }
    let own: Set = [
      "accept", "accept-encoding", "connection", "content-length", "content-type", "host", "transfer-encoding",
      "user-agent",
    ]
    return !name.isEmpty && isToken && !own.contains(name.lowercased())
  }

  /// Whether a header takes the place of the key.
  private static func isCredential(_ name: String) -> Bool {
    ["key", "token", "secret", "auth"].contains { name.lowercased().contains($0) }
  }
}

extension Secrets {
  /// The key and the headers that settings name.
  ///
  /// Where a header is a credential (`api-key`, `Authorization`, …) and no key is named, none is sent: the variable
  /// that holds a key by default may be meant for another endpoint.
  ///
  /// - Throws: `RemoteError.key` where one is named but cannot be had, or could be read by others.
  init(
    _ settings: RemotePolicy.Settings, for endpoints: [Endpoint], environment: [String: String]
  ) throws(RemoteError) {
    try addHeaders(settings, environment)
    let isDefault = settings.keyVariable == RemotePolicy.Settings().keyVariable
    let hasCredential = headers.contains { Self.isCredential($0.name) }
    if let file = settings.keyFile {
      key = try Secret(Self.privateFile(file, named: "keyFile"), from: file)
    } else if settings.keyVariable.isEmpty || settings.keyVariable == "none" || hasCredential && isDefault {
      key = nil
    } else if let value = environment[settings.keyVariable], !value.isEmpty {
      key = try Secret(value, from: "$\(settings.keyVariable)")
    } else if !isDefault {
      throw .key("$\(settings.keyVariable)", why: "it is not set", remedy: "export it, or say keyVariable: none")
    }
    let wantsKey = !hasCredential && !settings.keyVariable.isEmpty && settings.keyVariable != "none"
    for endpoint in endpoints where !endpoint.origin.isLoopback {
      let isPlain = endpoint.origin.scheme == "http"
      if !isEmpty, isPlain, !settings.allowPlainKey {
        throw .key(
          "for \(endpoint)", why: "plain http would show it to everyone on the way",
          remedy: "use https, send no key (keyVariable: none), or, on a network you trust, set allowPlainKey: true")
      }
      if key == nil, wantsKey, !isPlain {
        throw .key(
          "$\(settings.keyVariable)", why: "\(endpoint) is asked with a key, and it is not set",
          remedy: "export it, name another variable (keyVariable) or a file with mode 0600 (keyFile), or "
            + "say keyVariable: none if this endpoint wants none")
      }
    }
  }

  private mutating func addHeaders(
    _ settings: RemotePolicy.Settings, _ environment: [String: String]
  ) throws(RemoteError) {
    for (name, variable) in settings.headers.sorted(by: { $0.key < $1.key }) {
      guard let value = environment[variable], !value.isEmpty else {
        // What stands there may be the value itself, which no message may show.
        throw .key(
          "of the header \(name)", why: "headers.\(name) does not name an environment variable that is set",
          remedy: "export the value under a name, and give that name")
      }
      headers.append((name, try Secret(value, from: "of the header \(name)", isKey: false)))
    }
    guard let file = settings.headerFile else { return }
    for (number, line) in try Self.privateFile(file, named: "headerFile").split(whereSeparator: \.isNewline)
      .enumerated()
    where !line.allSatisfy(\.isWhitespace) {
      let parts = line.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
      let name = parts[0].trimmingCharacters(in: .whitespaces)
      guard parts.count == 2, Self.isName(name) else {
        throw .key(
          file, why: "line \(number + 1) is no header that may be set", remedy: "write a header a line, as Name: value")
      }
      guard !headers.contains(where: { $0.name.lowercased() == name.lowercased() }) else {
        throw .key(file, why: "the header \(name) is given twice", remedy: "give it once")
      }
      headers.append((name, try Secret(String(parts[1]), from: "of the header \(name)", isKey: false)))
    }
  }

  /// The text of a file that only its owner can read. Mode and text are taken from one open file,
  /// so that the file cannot be exchanged in between.
  private static func privateFile(_ path: String, named setting: String) throws(RemoteError) -> String {
    let full = (path as NSString).expandingTildeInPath
    // Non-blocking: a pipe by this name must not hang the run.
    let descriptor = open(full, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
    guard descriptor >= 0 else {
      throw .key(path, why: String(cString: strerror(errno)), remedy: "check \(setting)")
    }
    defer { close(descriptor) }
    var status = stat()
    guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
      throw .key(path, why: "it is not a regular file", remedy: "check \(setting)")
    }
    guard status.st_mode & 0o077 == 0 else {
      let mode = String(status.st_mode & 0o777, radix: 8)
      throw .key(path, why: "its mode is 0\(mode), so others can read it", remedy: "chmod 600 \(path)")
    }
    var bytes = [UInt8](repeating: 0, count: 16_384)
    let count = read(descriptor, &bytes, bytes.count)
    guard count >= 0, count < bytes.count else {
      throw .key(path, why: "it is too long for a key", remedy: "check \(setting)")
    }
    return String(decoding: bytes[..<count], as: UTF8.self)
  }
}
