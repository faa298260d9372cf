/// Faults of settings.
public enum SettingError: Failure, Equatable {
  case unknownKey(String, nearest: String?, known: [String])
  case unknownKind(of: String, String, nearest: String?, known: [String])
  case wrongValue(String, found: String, expected: String)
  case outOfRange(String, found: String, why: String)
  case malformed(String, reason: String)

  /// Always the user's fault.
  public var exitClass: ExitClass { .usage }

  /// The key's path, the found value, what is known or expected there, and the nearest name.
  public var description: String {
    switch self {
    case .unknownKey(let path, let nearest, let known):
      "unknown key \(path)\(guess(nearest)); known here: \(known.joined(separator: ", "))"
    case .unknownKind(let family, let kind, let nearest, let known):
      "there is no \(family) '\(kind)'\(guess(nearest)); known: \(known.joined(separator: ", "))"
    case .wrongValue(let path, let found, let expected):
      "\(path) is \(found), but must be \(expected)"
    case .outOfRange(let path, let found, let why):
      "\(path) is \(found): \(why)"
    case .malformed(let place, let reason):
      "\(place) cannot be understood: \(reason)"
    }
  }

  private func guess(_ nearest: String?) -> String { nearest.map { "; did you mean \($0)?" } ?? "" }
}

extension String {
  /// Demands something of the setting with a key behind this path.
  ///
  /// - Throws: `SettingError.outOfRange` where it is not so.
  package func demand(_ isFine: Bool, _ key: String, _ found: some Any, _ why: String) throws {
    guard isFine else { throw SettingError.outOfRange("\(self).\(key)", found: "\(found)", why: why) }
  }
}

/// The known name that differs least from a given one; nil when none is near.
public func nearest(to name: String, among known: [String]) -> String? {
  let scored = known.map { ($0, distance(Array(name.lowercased()), Array($0.lowercased()))) }
  guard let best = scored.min(by: { $0.1 < $1.1 }), best.1 <= max(2, name.count / 2) else { return nil }
  return best.0
}

/// Levenshtein's edit distance.
private func distance(_ a: [Character], _ b: [Character]) -> Int {
  var row = Array(0...b.count)
  for (i, x) in a.enumerated() {
    var diagonal = row[0]
    row[0] = i + 1
    for (j, y) in b.enumerated() {
      let above = row[j + 1]
      row[j + 1] = min(above + 1, row[j] + 1, diagonal + (x == y ? 0 : 1))
      diagonal = above
    }
  }
  return row[b.count]
}
