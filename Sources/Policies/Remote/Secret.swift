import Foundation

/// A key. It is used only in the header of a request, and never shown: not in descriptions, dumps,
/// or the echoes of an endpoint.
struct Secret: Sendable, CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
  private let value: String

  /// The value of `Authorization`.
  var authorization: String { "Bearer \(value)" }

  var description: String { "(key)" }
  var debugDescription: String { "(key)" }
  var customMirror: Mirror { Mirror(self, children: [:]) }

  /// - Throws: `RemoteError.key` where no header can carry the text.
  init(_ text: String, from place: String) throws(RemoteError) {
    let trimmed = text.trimmingCharacters(in: .whitespacesAndNewlines)
    guard !trimmed.isEmpty else {
      throw .key(place, why: "it is empty", remedy: "put the key there, and nothing else")
    }
    guard trimmed.utf8.count <= 8192, trimmed.utf8.allSatisfy({ (0x21...0x7e).contains($0) }) else {
      throw .key(
        place, why: "it holds white space, control characters or letters that no header can carry",
        remedy: "put the key there, on one line, and nothing else")
    }
    value = trimmed
  }

  /// A text without the key, and without any 12 characters of it in a row: so it is found also where
  /// a body escapes, encodes or cuts some of it. Its form in base 64 is treated likewise.
  ///
  /// Keys below 8 characters (`none`, `EMPTY`) are place holders: taking them out would change
  /// ordinary text.
  func scrubbing(_ text: String) -> String {
    guard value.utf8.count >= 8 else { return text }
    let bytes = Array(text.utf8)
    let isKey = marks(in: bytes)
    guard isKey.contains(true) else { return text }
    var kept: [UInt8] = []
    for index in bytes.indices {
      if !isKey[index] {
        kept.append(bytes[index])
      } else if index == 0 || !isKey[index - 1] {
        kept += Array("[key]".utf8)
      }
    }
    return String(decoding: kept, as: UTF8.self)
  }

  /// Which bytes belong to a piece of the key.
  private func marks(in bytes: [UInt8]) -> [Bool] {
    var isKey = [Bool](repeating: false, count: bytes.count)
    for form in [Array(value.utf8), Array(Data(value.utf8).base64EncodedString().utf8)] {
      let width = min(12, form.count)
      let pieces = Set((0...(form.count - width)).map { form[$0..<($0 + width)] })
      var canBegin = [Bool](repeating: false, count: 256)
      for piece in pieces { canBegin[Int(piece[piece.startIndex])] = true }
      var start = 0
      while start + width <= bytes.count {
        if canBegin[Int(bytes[start])], pieces.contains(bytes[start..<(start + width)]) {
          for index in start..<(start + width) { isKey[index] = true }
        }
        start += 1
      }
    }
    return isKey
  }
}

extension Secret {
  /// The key that settings name; nil where the endpoints need none.
  ///
  /// - Throws: `RemoteError.key` where a key is named but cannot be had, or could be read by others.
  static func load(
    _ settings: RemotePolicy.Settings, for endpoints: [Endpoint], environment: [String: String]
  ) throws(RemoteError) -> Secret? {
    let secret: Secret?
    if let file = settings.keyFile {
      secret = try Secret(privateFile(file), from: file)
    } else if settings.keyVariable.isEmpty || settings.keyVariable == "none" {
      return nil
    } else if let value = environment[settings.keyVariable], !value.isEmpty {
      secret = try Secret(value, from: "$\(settings.keyVariable)")
    } else {
      secret = nil
    }
    for endpoint in endpoints where !endpoint.origin.isLoopback {
      try check(secret, for: endpoint, settings)
    }
    if secret == nil, settings.keyVariable != RemotePolicy.Settings().keyVariable {
      throw .key("$\(settings.keyVariable)", why: "it is not set", remedy: "export it, or say keyVariable: none")
    }
    return secret
  }

  private static func check(
    _ secret: Secret?, for endpoint: Endpoint, _ settings: RemotePolicy.Settings
  ) throws(RemoteError) {
    let isPlain = endpoint.origin.scheme == "http"
    if secret != nil, isPlain, !settings.allowPlainKey {
      throw .key(
        "for \(endpoint)", why: "plain http would show it to everyone on the way",
        remedy: "use https, send no key (keyVariable: none), or, on a network you trust, set allowPlainKey: true")
    }
    if secret == nil, !isPlain {
      throw .key(
        "$\(settings.keyVariable)", why: "\(endpoint) is asked with a key, and it is not set",
        remedy: "export it, name another variable (keyVariable) or a file with mode 0600 (keyFile), or "
          + "say keyVariable: none if this endpoint wants none")
    }
  }

  /// The text of a file that only its owner can read. Mode and text are taken from one open file,
  /// so that the file cannot be exchanged in between.
  private static func privateFile(_ path: String) throws(RemoteError) -> String {
    let full = (path as NSString).expandingTildeInPath
    // Non-blocking: a pipe by this name must not hang the run.
    let descriptor = open(full, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
    guard descriptor >= 0 else {
      throw .key(path, why: String(cString: strerror(errno)), remedy: "check keyFile")
    }
    defer { close(descriptor) }
    var status = stat()
    guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
      throw .key(path, why: "it is not a regular file", remedy: "check keyFile")
    }
    guard status.st_mode & 0o077 == 0 else {
      let mode = String(status.st_mode & 0o777, radix: 8)
      throw .key(path, why: "its mode is 0\(mode), so others can read it", remedy: "chmod 600 \(path)")
    }
    var bytes = [UInt8](repeating: 0, count: 16_384)
    let count = read(descriptor, &bytes, bytes.count)
    guard count >= 0, count < bytes.count else {
      throw .key(path, why: "it is too long for a key", remedy: "check keyFile")
    }
    return String(decoding: bytes[..<count], as: UTF8.self)
  }
}
