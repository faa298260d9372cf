import CHDF5
import Foundation
import Palimpsest
import Tensors

/// The six tables of a file that is being written, filled row by row.
final class Columns {
  private let values, names, questions, contents, tensors, steps: GrowingTable
  /// Where each content that is kept begins in `values`.
  private var starts: [TensorDigest: Int] = [:]
  private var nameIndices: [String: Int] = [:]
  /// The row of each question that is written to now.
  private var rows: [Question.ID: Int] = [:]
  private var lastSteps: [Question.ID: Int] = [:]

  init(in file: hid_t, gzip: Int) throws(HDF5Fault) {
    values = try GrowingTable(Layout.values, in: file, gzip: gzip)
    names = try GrowingTable(Layout.names, in: file, gzip: gzip)
    questions = try GrowingTable(Layout.questions, in: file, gzip: gzip)
    contents = try GrowingTable(Layout.contents, in: file, gzip: gzip)
    tensors = try GrowingTable(Layout.tensors, in: file, gzip: gzip)
    steps = try GrowingTable(Layout.steps, in: file, gzip: gzip)

    let what = "describing the file"
    let type = try Handle(H5Tcopy(palimpsest_h5t_c_s1()), what, release: H5Tclose)
    _ = try HDF5.checked(H5Tset_size(type.id, Layout.format.utf8.count), what)
    let scalar = try Handle(H5Screate(H5S_SCALAR), what, release: H5Sclose)
    let format = try Handle(H5Acreate2(file, "format", type.id, scalar.id, 0, 0), what, release: H5Aclose)
    _ = try HDF5.checked(H5Awrite(format.id, type.id, Array(Layout.format.utf8)), what)
    let version = try Handle(
      H5Acreate2(file, "version", palimpsest_h5t_int64(), scalar.id, 0, 0), what, release: H5Aclose)
    var number = Int64(Layout.version).littleEndian
    _ = try HDF5.checked(H5Awrite(version.id, palimpsest_h5t_int64(), &number), what)
  }

  /// Bytes that are not in the file yet.
  var waitingBytes: Int {
    [values, names, questions, contents, tensors, steps].reduce(0) { $0 + $1.waiting.bytes.count }
  }

  /// Begins or resumes a question; a question that returns to an earlier step is a new attempt,
  /// with a new row.
  func begin(_ id: Question.ID, at step: Int) {
    if let last = lastSteps[id], step <= last { rows[id] = nil }
    lastSteps[id] = step
  }

  func add(_ reading: StepReading) {
    reading.pack(question: row(of: reading.question), into: &steps.waiting)
    steps.advance(1)
  }

  /// Adds a tensor with scalars of its own.
  func add(_ tensor: Tensor, at path: TensorPath) {
    check(tensor.shape)
    refer(to: append(tensor.scalars), count: tensor.count, tensor.shape, at: path)
  }

  /// Keeps a content unless it is there already.
  ///
  /// - Returns: whether it is new.
  @discardableResult
  func keep(_ tensor: Tensor, as digest: TensorDigest) -> Bool {
    guard starts[digest] == nil else { return false }
    check(tensor.shape)
    keep(append(tensor.scalars), count: tensor.count, tensor.shape, as: digest)
    return true
  }

  /// Adds a tensor whose scalars are kept once for all places that have the same content.
  func keep(_ tensor: Tensor, at path: TensorPath) {
    let digest = TensorDigest(of: tensor)
    keep(tensor, as: digest)
    if let start = starts[digest] { refer(to: start, count: tensor.count, tensor.shape, at: path) }
  }

  private func check(_ shape: [Int]) {
    precondition(shape.count <= Layout.axes, "a tensor of shape \(shape); at most \(Layout.axes) axes are kept")
  }

  /// - Returns: where the scalars begin in `values`.
  private func append(_ scalars: [Float]) -> Int {
    defer { values.advance(scalars.count) }
    values.waiting.add(scalars)
    return values.count
  }

  private func keep(_ start: Int, count: Int, _ shape: [Int], as digest: TensorDigest) {
    starts[digest] = start
    contents.waiting.add(digest.description, width: 64)
    contents.waiting.add(place: start, count: count, shape)
    contents.advance(1)
  }

  private func refer(to start: Int, count: Int, _ shape: [Int], at path: TensorPath) {
    tensors.waiting.add(row(of: path.question))
    tensors.waiting.add(path.step)
    tensors.waiting.add(index(of: path.name))
    tensors.waiting.add(place: start, count: count, shape)
    tensors.advance(1)
  }

  /// A row is written after the rows it refers to.
  func flush() throws(HDF5Fault) {
    try values.flush()
    try names.flush()
    try questions.flush()
    try contents.flush()
    try tensors.flush()
    try steps.flush()
  }

  /// Copies the kept part of an earlier file, a block at a time.
  func copy(_ old: HDF5File, limits: [Question.ID: Int]?) throws {
    func isKept(_ question: Question.ID, _ step: Int) -> Bool {
      guard let limits else { return true }
      return step < limits[question] ?? 0
    }
    // Contents are all kept: which of them a trace log names is not known here.
    var moved: [Int: Int] = [:]
    try old.forEachContent { digest, entry in
      guard starts[digest] == nil else { return }
      let start = append(try old.scalars(of: entry))
      // An empty tensor begins where the next one does.
      if entry.count > 0 { moved[entry.start] = start }
      keep(start, count: entry.count, entry.shape, as: digest)
      if waitingBytes > 1 << 22 { try flush() }
    }
    try old.forEachTensor { path, entry in
      guard isKept(path.question, path.step) else { return }
      let start = try moved[entry.start] ?? append(try old.scalars(of: entry))
      refer(to: start, count: entry.count, entry.shape, at: path)
      if waitingBytes > 1 << 22 { try flush() }
    }
    try old.forEachStep { reading in
      guard isKept(reading.question, reading.step) else { return }
      add(reading)
      lastSteps[reading.question] = max(lastSteps[reading.question] ?? -1, reading.step)
      if waitingBytes > 1 << 22 { try flush() }
    }
    try flush()
  }

  private func row(of question: Question.ID) -> Int {
    if let row = rows[question] { return row }
    let row = questions.count
    questions.waiting.add(question, width: Layout.questions.width)
    questions.advance(1)
    rows[question] = row
    return row
  }

  private func index(of name: String) -> Int {
    if let index = nameIndices[name] { return index }
    let index = names.count
    names.waiting.add(name, width: Layout.names.width)
    names.advance(1)
    nameIndices[name] = index
    return index
  }
}
