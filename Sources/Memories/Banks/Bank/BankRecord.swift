import Basics
import Foundation

/// One line of a bank's log: an operation that was done.
///
/// The view of a bank is a fold over its records. Records are chained by hash, so that a log that was changed
/// afterwards is noticed; a purged record keeps the hash of what it said, and no byte of it.
public struct BankRecord: Sendable, Codable, Hashable {
  /// From 0, without gaps.
  public var number: Int
  public var time: Double
  /// Who did it: a viewer, a strategy, the budget.
  public var actor: String
  /// Why, in a few words.
  public var cause: String
  public var operation: BankOperation
  /// Ids of the entries that it made.
  public var made: [Int]
  /// SHA-256 of time, actor, cause and operation as they were first written.
  public var digest: String
  /// SHA-256 of the chain of the record before and this digest.
  public var chain: String
  /// Whether a purge took its content.
  public var isRedacted: Bool

  /// The digest that the content asks for.
  func expectedDigest() -> String {
    let content = Content(number: number, time: time, actor: actor, cause: cause, operation: operation, made: made)
    return SHA256.hash(String(decoding: Self.canonical(content), as: UTF8.self))
  }

  private struct Content: Encodable {
    var number: Int
    var time: Double
    var actor: String
    var cause: String
    var operation: BankOperation
    var made: [Int]
  }

  /// The chain behind this record.
  func expectedChain(after previous: String) -> String { SHA256.hash(previous + digest) }

  /// JSON with sorted keys: the same bytes in every process.
  static func canonical(_ value: some Encodable) -> Data {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    // Every value here is finite: the bank refuses others.
    return (try? encoder.encode(value)) ?? Data()
  }
}

extension EntryContent {
  /// The content without a byte of what it said. Numbers and scope stay, so that a log is replayed to the same view.
  var redacted: EntryContent {
    EntryContent(
      kind, "", validFrom: validFrom, validUntil: validUntil, expiresAt: expiresAt, scope: scope,
      sources: sources.map { EntrySource($0.chunk) }, tokens: tokens)
  }
}

extension BankOperation {
  var redacted: BankOperation {
    switch self {
    case .add(let content): .add(content.redacted)
    case .merge(let ids, let content): .merge(ids, content.redacted)
    case .supersede(let id, let content): .supersede(id, content.redacted)
    case .revise(let id, let patch):
      .revise(
        id,
        EntryPatch(
          text: patch.text.map { .init("", tokens: $0.tokens) }, validFrom: patch.validFrom,
          validUntil: patch.validUntil, sources: patch.sources.map { EntrySource($0.chunk) }))
    default: self
    }
  }
}
