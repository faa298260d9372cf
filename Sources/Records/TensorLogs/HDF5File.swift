import CHDF5
import Foundation
import Palimpsest
import Tensors

/// Reads a tensor log, also while its writer runs and after its writer was killed.
///
/// The file is not trusted: types, counts and places are checked before use. Rows that a tensor log
/// cannot have written are errors.
///
/// A value shows the file as it was when it was opened. While one is kept, others of the same file in this process show
/// that state too, so let go of one before the next is opened.
public final class HDF5File {
  /// The place of a tensor in `values`.
  struct Entry {
    var start: Int
    var count: Int
    var shape: [Int]
  }

  /// How much a foreign file may ask for.
  public struct Limits: Sendable, Hashable {
    /// The most that is read at once, in bytes: a tensor, or the questions, or the names.
    public var bytes = 1 << 30

    /// At most 1 GiB at once by default.
    public init(bytes: Int = 1 << 30) { self.bytes = bytes }
  }

  /// The file that is read.
  public let url: URL
  private let limits: Limits
  private let file: Handle
  private var datasets: [String: Dataset] = [:]
  /// The id of each row of `questions`.
  private let questionRows: [String]
  private let names: [String]
  /// Rows that a later one of the same question makes void.
  private let void: Set<Int>
  private var index: [TensorPath: Entry]?
  private var contents: [TensorDigest: Entry]?

  /// - Throws: `TensorLogError`.
  public convenience init(_ url: URL, limits: Limits = Limits()) throws {
    try self.init(url, limits: limits, tables: Layout.tables)
  }

  /// - Parameter tables: those that are opened; the others are as if they were empty.
  init(_ url: URL, limits: Limits = Limits(), tables: [Layout.Table]) throws {
    self.url = url
    self.limits = limits
    let path = url.path
    do {
      file = try HDF5.use {
        let access = try Handle(H5Pcreate(palimpsest_h5p_file_access()), "opening", release: H5Pclose)
        // Other than the usual driver, this one does not share a file with a writer in this process.
        _ = try HDF5.checked(H5Pset_fapl_stdio(access.id), "opening")
        return try Handle(H5Fopen(path, palimpsest_h5f_acc_rdonly(), access.id), "opening", release: H5Fclose)
      }
    } catch {
      throw TensorLogError.unreadable(path, reason: "\(error)")
    }
    do {
      let file = file.id
      let (datasets, questions, names) = try HDF5.use {
        try Self.check(file)
        var datasets: [String: Dataset] = [:]
        for table in tables {
          // Files of version 1 have no contents.
          if table.name == Layout.contents.name, H5Lexists(file, table.name, 0) == 0 { continue }
          datasets[table.name] = try Dataset(table, in: file)
        }
        return (
          datasets, try Self.texts(datasets[Layout.questions.name], limits),
          try Self.texts(datasets[Layout.names.name], limits)
        )
      }
      self.datasets = datasets
      self.names = names
      questionRows = questions
    } catch {
      throw TensorLogError.foreign(path, reason: "\(error)")
    }
    var last: [String: Int] = [:]
    var void: Set<Int> = []
    for (row, id) in questionRows.enumerated() {
      if let earlier = last.updateValue(row, forKey: id) { void.insert(earlier) }
    }
    self.void = void
  }

  /// The questions, in the order in which their last attempts began.
  public var questions: [Question.ID] { questionRows.indices.filter { !void.contains($0) }.map { questionRows[$0] } }

  /// How many rows each table has.
  public var counts: [String: Int] { datasets.mapValues(\.count) }

  /// The tensor at a path; nil when there is none.
  public func tensor(at path: TensorPath) throws -> Tensor? {
    guard let entry = try entries()[key(path)] else { return nil }
    return Tensor(try scalars(of: entry), shape: entry.shape)
  }

  /// The tensor of a content; nil when the file does not keep it.
  ///
  /// - Throws: `TensorLogError`, also where the scalars are not those that the digest was made of.
  public func tensor(of digest: TensorDigest) throws -> Tensor? {
    if contents == nil { contents = try contentEntries() }
    return try contents?[digest].map { try tensor(of: digest, at: $0) }
  }

  /// Where each content stands.
  func contentEntries() throws -> [TensorDigest: Entry] {
    var entries: [TensorDigest: Entry] = [:]
    try forEachContent { entries[$0] = $1 }
    return entries
  }

  /// - Throws: `TensorLogError`, also where the scalars at a place are not those that the digest was made of.
  func tensor(of digest: TensorDigest, at entry: Entry) throws -> Tensor {
    let tensor = Tensor(try scalars(of: entry), shape: entry.shape)
    guard TensorDigest(of: tensor) == digest else {
      throw TensorLogError.foreign(url.path, reason: "the tensor \(digest) has other scalars than its digest says")
    }
    return tensor
  }

  /// The paths of a question's tensors, by step and name.
  public func paths(of question: Question.ID) throws -> [TensorPath] {
    try entries().keys.filter { $0.question == abbreviated(question, width: Layout.questions.width) }
      .sorted { ($0.step, $0.name) < ($1.step, $1.name) }
  }

  /// Visits the readings of all steps, in the order in which they were made.
  public func forEachStep(_ body: (StepReading) throws -> Void) throws {
    try forEachRow(of: Layout.steps) { row in
      var questions = row
      let index = questions.int()
      guard let reading = StepReading(&row, questions: questionRows) else {
        throw TensorLogError.foreign(url.path, reason: "a row of steps cannot have been written")
      }
      if !void.contains(index) { try body(reading) }
    }
  }

  /// The readings of a question's steps.
  public func steps(of question: Question.ID) throws -> [StepReading] {
    var steps: [StepReading] = []
    let id = abbreviated(question, width: Layout.questions.width)
    try forEachStep { if $0.question == id { steps.append($0) } }
    return steps
  }

  func forEachTensor(_ body: (TensorPath, Entry) throws -> Void) throws {
    let scalars = datasets[Layout.values.name]?.count ?? 0
    try forEachRow(of: Layout.tensors) { row in
      let (question, step, name) = (row.int(), row.int(), row.int())
      guard let entry = entry(&row, of: scalars), questionRows.indices.contains(question), names.indices.contains(name)
      else { throw TensorLogError.foreign(url.path, reason: "a row of tensors cannot have been written") }
      if void.contains(question) { return }
      try body(TensorPath(questionRows[question], step: step, names[name]), entry)
    }
  }

  func forEachContent(_ body: (TensorDigest, Entry) throws -> Void) throws {
    let scalars = datasets[Layout.values.name]?.count ?? 0
    try forEachRow(of: Layout.contents) { row in
      guard let digest = TensorDigest(row.text(width: 64)), let entry = entry(&row, of: scalars) else {
        throw TensorLogError.foreign(url.path, reason: "a row of contents cannot have been written")
      }
      try body(digest, entry)
    }
  }

  /// The place of a tensor among so many scalars; nil for one that cannot have been written.
  private func entry(_ row: inout Unpacking, of scalars: Int) -> Entry? {
    let (start, count, rank) = (row.int(), row.int(), row.int())
    let axes = (0..<Layout.axes).map { _ in row.int() }
    guard (0...axes.count).contains(rank), start >= 0, count >= 0, start <= scalars, count <= scalars - start,
      Self.product(axes.prefix(rank)) == count
    else { return nil }
    return Entry(start: start, count: count, shape: Array(axes.prefix(rank)))
  }

  func scalars(of entry: Entry) throws -> [Float] {
    let bytes = try rows(of: Layout.values, entry.start..<(entry.start + entry.count))
    return bytes.withUnsafeBytes { raw in
      (0..<entry.count).map {
        Float(bitPattern: UInt32(littleEndian: raw.loadUnaligned(fromByteOffset: 4 * $0, as: UInt32.self)))
      }
    }
  }

  private func key(_ path: TensorPath) -> TensorPath {
    TensorPath(
      abbreviated(path.question, width: Layout.questions.width), step: path.step,
      abbreviated(path.name, width: Layout.names.width))
  }

  private func entries() throws -> [TensorPath: Entry] {
    if let index { return index }
    var made: [TensorPath: Entry] = [:]
    try forEachTensor { made[$0] = $1 }
    index = made
    return made
  }

  private func forEachRow(of table: Layout.Table, _ body: (inout Unpacking) throws -> Void) throws {
    let count = datasets[table.name]?.count ?? 0
    let block = 4096
    for start in stride(from: 0, to: count, by: block) {
      let end = min(start + block, count)
      let bytes = try rows(of: table, start..<end)
      for row in 0..<(end - start) {
        var unpacking = Unpacking(bytes: bytes, offset: row * table.width)
        try body(&unpacking)
      }
    }
  }

  private func rows(of table: Layout.Table, _ range: Range<Int>) throws -> [UInt8] {
    do {
      guard let dataset = datasets[table.name] else { throw HDF5Fault("there is no \(table.name)") }
      return try HDF5.use { try dataset.rows(range, limit: limits.bytes) }
    } catch {
      throw TensorLogError.unreadable(url.path, reason: "\(error)")
    }
  }

  private static func product(_ shape: ArraySlice<Int>) -> Int? {
    var product = 1
    for size in shape {
      let (next, isOver) = product.multipliedReportingOverflow(by: size)
      guard size >= 0, !isOver else { return nil }
      product = next
    }
    return product
  }

  private static func check(_ file: hid_t) throws(HDF5Fault) {
    let wanted = Array(Layout.format.utf8)
    let attribute = try Handle(H5Aopen(file, "format", 0), "it has no attribute format", release: H5Aclose)
    let type = try Handle(H5Aget_type(attribute.id), "its format", release: H5Tclose)
    let space = try Handle(H5Aget_space(attribute.id), "its format", release: H5Sclose)
    guard H5Tget_class(type.id) == H5T_STRING, H5Tis_variable_str(type.id) == 0, H5Tget_size(type.id) == wanted.count,
      H5Sget_simple_extent_npoints(space.id) == 1
    else { throw HDF5Fault("its format is not \(Layout.format)") }
    var found = [UInt8](repeating: 0, count: wanted.count)
    _ = try HDF5.checked(H5Aread(attribute.id, type.id, &found), "its format")
    guard found == wanted else { throw HDF5Fault("its format is not \(Layout.format)") }
  }

  private static func texts(_ dataset: Dataset?, _ limits: Limits) throws(HDF5Fault) -> [String] {
    guard let dataset else { return [] }
    let width = dataset.table.width
    let bytes = try dataset.rows(0..<dataset.count, limit: limits.bytes)
    return (0..<dataset.count).map { row in
      String(decoding: bytes[(row * width)..<((row + 1) * width)].prefix { $0 != 0 }, as: UTF8.self)
    }
  }
}
