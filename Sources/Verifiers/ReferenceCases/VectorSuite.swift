import Basics
import Foundation
import Palimpsest

/// A file of metric cases with the results of each metric's original code: scores every case with
/// our metric and reports the differences.
public struct VectorSuite: Sendable {
  /// How many cases agree with the original code, and those that do not.
  public struct Report: Sendable {
    /// Cases whose result is equal to the original's.
    public var passed = 0
    /// The other cases, in the order of the file.
    public var failures: [Failure] = []
    /// `234 passed, 0 failed`
    public var summary: String { "\(passed) passed, \(failures.count) failed" }
  }

  /// One case whose result differs.
  public struct Failure: Sendable, CustomStringConvertible {
    /// The case's id in the file.
    public var id: String
    /// The metric's name in the file.
    public var metric: String
    /// What the original gave, as JSON or as the name of its error.
    public var expected: String
    /// What our metric gave, in the same form.
    public var found: String
    /// The case, its metric, the expected and the found value.
    public var description: String { "\(id) \(metric): expected \(expected), found \(found)" }
  }

  struct Case: Decodable, Sendable {
    var id: String
    var metric: String
    var input: [String: Setting]
    /// nil in a file means that the original returned None, so what is missing is looked at too.
    var expected: Setting?
    var raises: String?
  }

  private struct File: Decodable {
    var format: String
    var version: Int
    var floatTolerance: Double?
    var cases: [Case]

    enum CodingKeys: String, CodingKey {
      case floatTolerance = "float_tolerance"
      case format, version, cases
    }
  }

  let cases: [Case]
  let tolerance: Double

  /// The metrics there are, by the names that vectors use.
  public static var metrics: [String] { Metric.all.keys.sorted() }

  private static let byteLimit = 256 << 20

  /// - Throws: `VectorError` where the file cannot be read or is none of vectors.
  public init(contentsOf path: String) throws {
    guard let handle = FileHandle(forReadingAtPath: path) else {
      throw VectorError.unreadable(path, reason: "there is no such file, or opening it is not permitted")
    }
    defer { try? handle.close() }
    let data: Data
    do { data = try handle.read(upToCount: Self.byteLimit + 1) ?? Data() } catch {
      throw VectorError.unreadable(path, reason: error.systemReason)
    }
    guard data.count <= Self.byteLimit else {
      throw VectorError.unreadable(path, reason: "it is longer than \(Self.byteLimit) bytes")
    }
    try self.init(data, name: path)
  }

  init(_ data: Data, name: String) throws {
    let file: File
    do { file = try JSONDecoder().decode(File.self, from: data) } catch {
      throw VectorError.malformed(name, reason: Self.reason(error))
    }
    guard file.format == "palimpsest-verifier-vectors", file.version == 1 else {
      throw VectorError.malformed(name, reason: "its format is '\(file.format.prefix(60))', version \(file.version)")
    }
    cases = file.cases
    tolerance = file.floatTolerance ?? 1e-9
  }

  /// Scores every case; errors of metrics are results, so nothing is thrown.
  public func run() -> Report {
    var report = Report()
    for one in cases {
      let expected = one.raises.map { "a \($0)" } ?? (one.expected ?? .null).line
      let found: String
      do {
        let result = try Metric.score(one.metric, Inputs(one.input))
        if one.raises == nil, agree(result, one.expected ?? .null) {
          report.passed += 1
          continue
        }
        found = result.line
      } catch let error as PythonError {
        if error.name == one.raises {
          report.passed += 1
          continue
        }
        found = "a \(error.name): \(error)"
      } catch {
        found = "\(error)"
      }
      report.failures.append(Failure(id: one.id, metric: one.metric, expected: expected, found: found))
    }
    return report
  }

  /// As Python compares: True is 1, texts by code points, numbers within the file's tolerance.
  private func agree(_ a: Setting, _ b: Setting) -> Bool {
    switch (a, b) {
    case (.null, .null): return true
    case (.string(let a), .string(let b)): return PythonText(a) == PythonText(b)
    case (.list(let a), .list(let b)): return a.count == b.count && zip(a, b).allSatisfy(agree)
    case (.table(let a), .table(let b)):
      return a.count == b.count && a.allSatisfy { key, value in b[key].map { agree(value, $0) } ?? false }
    default:
      guard let a = a.double, let b = b.double else { return false }
      return a == b || abs(a - b) <= tolerance
    }
  }

  private static func reason(_ error: any Error) -> String {
    func place(_ path: [any CodingKey]) -> String {
      path.map { $0.intValue.map { "[\($0)]" } ?? $0.stringValue }.joined(separator: ".")
    }
    switch error {
    case DecodingError.keyNotFound(let key, let context):
      return "\(place(context.codingPath + [key])) is missing"
    case DecodingError.dataCorrupted(let context) where context.codingPath.isEmpty: return "it is no JSON"
    case DecodingError.typeMismatch(_, let context), DecodingError.valueNotFound(_, let context),
      DecodingError.dataCorrupted(let context):
      guard let error = error as? DecodingError else { return "it cannot be read" }
      return "\(place(context.codingPath)) must be \(Expected.words(for: error))"
    default: return "it cannot be read"
    }
  }
}

/// What can be wrong with a file of cases.
public enum VectorError: Failure, Equatable {
  case unreadable(String, reason: String)
  case malformed(String, reason: String)
  case unknownMetric(String, nearest: String?)
  case wrongInput(String, expected: String)

  /// Always the user's fault: the file is missing or wrong.
  public var exitClass: ExitClass { .usage }

  /// The file, the reason, and what is expected.
  public var description: String {
    switch self {
    case .unreadable(let file, let reason): "\(file) cannot be read: \(reason)"
    case .malformed(let file, let reason):
      "\(file) is not a file of vectors (format palimpsest-verifier-vectors, version 1): \(reason)"
    case .unknownMetric(let name, let nearest):
      "there is no metric '\(name)'" + (nearest.map { "; did you mean \($0)?" } ?? "")
    case .wrongInput(let key, let expected): "the input \(key) is missing or is not \(expected)"
    }
  }
}

extension Setting {
  /// A number, or a truth value as 0 or 1.
  var double: Double? {
    switch self {
    case .int(let int): Double(int)
    case .number(let number): number
    case .bool(let bool): bool ? 1 : 0
    default: nil
    }
  }
}
