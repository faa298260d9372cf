import Basics
import Foundation
import Palimpsest

/// Why a log is no log of a bank.
public enum BankLogError: Failure, Hashable {
  /// The file is of another version of this format.
  case version(String)
  /// A line is not what it must be.
  case line(Int, reason: String)
  /// The record does not follow from those before it.
  case broken(record: Int, reason: String)

  public var exitClass: ExitClass { .usage }

  public var description: String {
    switch self {
    case .version(let found):
      "the bank is of version '\(found)', and this program reads '\(Bank.format)'; export it with the program that made it"
    case .line(let line, let reason): "line \(line) of the bank is no record: \(reason); restore it from a copy"
    case .broken(let record, let reason):
      "record \(record) does not follow from those before it: \(reason); the log was changed or is of another bank"
    }
  }
}

extension Bank {
  /// The bank that a log leads to.
  ///
  /// - Throws: `BankLogError.broken` for the first record that does not follow from those before it.
  public init(
    replaying log: [BankRecord], budget: BankBudget, embedder: (any Embedder)? = nil
  ) throws(BankLogError) {
    self.init(budget: budget, embedder: embedder)
    for record in log { try replay(record) }
  }

  /// Does the operation of a record again, and keeps the record.
  mutating func replay(_ record: BankRecord) throws(BankLogError) {
    func broken(_ reason: String) -> BankLogError { .broken(record: record.number, reason: reason) }
    guard record.number == log.count else { throw broken("record \(log.count) was expected") }
    guard record.isRedacted || record.digest == record.expectedDigest() else { throw broken("its digest differs") }
    guard record.chain == record.expectedChain(after: log.last?.chain ?? "") else { throw broken("its chain differs") }
    let made: [Int]
    do throws(BankRefusal) {
      made = try apply(
        record.operation, as: BankViewer(record.actor, rights: [.delete, .purge]), at: record.time)
    } catch {
      throw broken(error.description)
    }
    guard made == record.made else { throw broken("it made the entries \(made), not \(record.made)") }
    log.append(record)
  }

  /// SHA-256 of the view: the same in every process for the same log.
  public var digest: String {
    var hash = SHA256()
    for id in entries.keys.sorted() {
      if let entry = entries[id] { hash.update(Array(BankRecord.canonical(entry))) }
    }
    hash.update(Array("\(clock) \(freshID)".utf8))
    return hash.finish()
  }

  static let format = "palimpsest-bank 1"

  private struct Header: Codable {
    var format: String
    var budget: BankBudget
  }

  /// The bank as JSON Lines: a header with the budget, then a record a line. Nothing is lost; vectors are made again
  /// by whatever embedder opens it.
  public var jsonLines: String {
    ([BankRecord.canonical(Header(format: Self.format, budget: budget))] + log.map { BankRecord.canonical($0) })
      .map { String(decoding: $0, as: UTF8.self) + "\n" }.joined()
  }

  /// A bank from JSON Lines.
  ///
  /// - Throws: `BankLogError` with the line.
  public init(jsonLines text: String, embedder: (any Embedder)? = nil) throws(BankLogError) {
    let lines = text.split(separator: "\n", omittingEmptySubsequences: true)
    guard let first = lines.first else { throw .line(1, reason: "there is none") }
    let header: Header = try Self.decoded(first, line: 1)
    guard header.format == Self.format else { throw .version(header.format) }
    guard header.budget.isPossible else { throw .line(1, reason: "no budget is \(header.budget)") }
    self.init(budget: header.budget, embedder: embedder)
    for (index, line) in lines.dropFirst().enumerated() {
      try replay(try Self.decoded(line, line: index + 2))
    }
  }

  private static func decoded<Value: Decodable>(_ line: Substring, line number: Int) throws(BankLogError) -> Value {
    do {
      return try JSONDecoder().decode(Value.self, from: Data(line.utf8))
    } catch let error as DecodingError {
      throw .line(number, reason: "expected \(Expected.words(for: error))")
    } catch {
      throw .line(number, reason: "\(error)")
    }
  }
}
