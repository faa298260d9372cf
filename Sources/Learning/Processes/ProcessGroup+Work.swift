import Foundation
import Palimpsest

extension ProcessGroup {
  /// The results of numbered parts, each computed by one process and given to all.
  ///
  /// - Parameters:
  ///   - parts: how many there are. It must not depend on the group: it decides results where they depend on what is
  ///     computed side by side.
  ///   - label: what is done, for errors.
  ///   - body: the result of a part; it is called for the parts of `share(of:)`, in their order.
  /// - Returns: in the order of the numbers.
  /// - Throws: on every process, where the body threw on one: there its own error, elsewhere `LearningError.member`.
  public func divided<Value: Codable>(_ parts: Int, as label: String, _ body: (Int) throws -> Value) throws -> [Value] {
    guard count > 1 else { return try (0..<parts).map(body) }
    return try joined(parts, label, Result { try share(of: parts).map(body) })
  }

  /// The same for a body that awaits.
  public func divided<Value: Codable>(
    _ parts: Int, as label: String, isolation: isolated (any Actor)? = #isolation, _ body: (Int) async throws -> Value
  ) async throws -> [Value] {
    var own: [Value] = []
    do {
      for part in share(of: parts) { own.append(try await body(part)) }
    } catch {
      return try joined(parts, label, .failure(error))
    }
    return count > 1 ? try joined(parts, label, .success(own)) : own
  }

  private func joined<Value: Codable>(
    _ parts: Int, _ label: String, _ own: Result<[Value], any Error>
  ) throws -> [Value] {
    let encoder = PropertyListEncoder()
    encoder.outputFormat = .binary
    let gathered = try exchange("\(label), \(parts) parts") { [UInt8](try encoder.encode(try own.get())) }
    return try gathered.flatMap { try PropertyListDecoder().decode([Value].self, from: Data($0)) }
  }

  /// Whether a flag is set on any process: what one of them is told, all do.
  ///
  /// - Throws: where a process has left the group.
  public func anyone(_ flag: Bool) throws -> Bool {
    guard count > 1 else { return flag }
    return try exchange("asking each other") { [flag ? 1 : 0] }.contains { $0 == [1] }
  }

  /// Makes sure that facts are the same on all processes.
  ///
  /// - Throws: `LearningError.disagreement` on every process where one has another value.
  public func agree(on facts: [(what: String, value: String)]) throws {
    guard count > 1 else { return }
    let gathered = try exchange("comparing") { [UInt8](try JSONEncoder().encode(facts.map { [$0.what, $0.value] })) }
    let all = try gathered.map { try JSONDecoder().decode([[String]].self, from: Data($0)) }
    for (other, theirs) in all.enumerated() where theirs != all[0] {
      let differing = zip(all[0], theirs).first { $0 != $1 } ?? ([], [])
      throw LearningError.disagreement(
        what: differing.0.first ?? "facts", first: differing.0.last ?? "\(all[0].count) facts", rank: other,
        other: differing.1.last ?? "\(theirs.count) facts")
    }
  }

  /// Runs a body on every process and gives all what each returned.
  ///
  /// A process on which the body throws takes part nevertheless, so that the others do not wait for it.
  ///
  /// - Throws: the body's own error; `LearningError.member` where it threw elsewhere, `.disagreement` where the
  ///   processes are not at the same place of the program.
  func exchange(_ label: String, _ body: () throws -> [UInt8]) throws -> [[UInt8]] {
    let own = Result { try body() }
    var bytes = Bytes()
    bytes.put(label)
    switch own {
    case .success(let payload):
      bytes.put("")
      bytes.put(payload)
    case .failure(let error): bytes.put("\(error)".isEmpty ? "an error without words" : "\(error)")
    }
    let gathered = try gather(bytes.all)
    _ = try own.get()
    var (payloads, labels): ([[UInt8]], [String]) = ([], [])
    for (other, bytes) in gathered.enumerated() {
      var reading = BytesReading(bytes)
      guard let theirs = reading.text(), let complaint = reading.text() else {
        throw LearningError.member(rank: other, reason: "its message of \(bytes.count) bytes has no head")
      }
      guard complaint.isEmpty else { throw LearningError.member(rank: other, reason: complaint) }
      labels.append(theirs)
      payloads.append(reading.rest)
    }
    if let other = labels.firstIndex(where: { $0 != labels[0] }) {
      throw LearningError.disagreement(
        what: "the work at hand", first: labels[0], rank: other, other: labels[other])
    }
    return payloads
  }
}
