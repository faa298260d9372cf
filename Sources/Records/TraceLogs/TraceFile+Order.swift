import Basics
import Foundation
import Palimpsest

extension TraceFile {
  /// Rewrites the file into the form that an uninterrupted run, one question after the other, would
  /// have left: the questions in a given order, without void, repeated or torn parts. Two runs of the
  /// same settings therefore leave the same file, except for times, at any interruption and any
  /// number of questions side by side.
  ///
  /// The file is written aside and renamed; it must have no other writer. Questions that are not
  /// named keep their place behind those that are.
  public func rewrite(inOrder ids: [Question.ID]) throws {
    let (header, pieces, order) = try self.pieces()
    let named = Set(ids)
    let sequence = ids + order.filter { !named.contains($0) }
    let wanted = [header] + sequence.flatMap { pieces[$0] ?? [] }
    let size = try FileManager.default.attributesOfItem(atPath: url.path)[.size] as? Int ?? 0
    var end = 0
    let isInOrder = wanted.allSatisfy { piece in
      defer { end = piece.upperBound }
      return piece.lowerBound == end
    }
    if isInOrder, end == size { return }

    do {
      try WholeFile.write(to: url.path) { try copy(wanted, to: &$0) }
    } catch let fault as FileFault {
      throw TraceLogError.unwritable(url.path, reason: fault.reason)
    }
  }

  /// The places of the lines that count: for each question its last begin, its steps, and its last
  /// end.
  private func pieces() throws -> (Range<Int>, [Question.ID: [Range<Int>]], [Question.ID]) {
    let decoder = TraceEvent.makeDecoder()
    var lines = try LineReader(url, limit: limits.lineBytes)
    var header = 0..<0
    var pieces: [Question.ID: [Range<Int>]] = [:]
    var ends: [Question.ID: Range<Int>] = [:]
    var order: [Question.ID] = []
    var start = 0
    while let line = try lines.next() {
      let piece = start..<lines.offset
      start = lines.offset
      let kind = try TraceEvent.kind(of: line, decoder)
      if kind == .file {
        header = piece
        continue
      }
      let id = try TraceEvent.id(of: line, decoder)
      switch kind {
      case .begin:
        if pieces.updateValue([piece], forKey: id) == nil { order.append(id) }
        ends[id] = nil
      case .step: pieces[id, default: []].append(piece)
      case .end: ends[id] = piece
      case .resume, .file: break
      }
    }
    for (id, end) in ends { pieces[id]?.append(end) }
    return (header, pieces, order)
  }

  private func copy(_ pieces: [Range<Int>], to file: inout WholeFile) throws {
    do {
      let source = try FileHandle(forReadingFrom: url)
      defer { try? source.close() }  // nothing was written
      for piece in pieces {
        try source.seek(toOffset: UInt64(piece.lowerBound))
        try file.write(source.read(upToCount: piece.count) ?? Data())
      }
    } catch let fault as FileFault {
      throw fault
    } catch {
      throw TraceLogError.unreadable(url.path, reason: error.systemReason)
    }
  }
}
