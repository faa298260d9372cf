import CHDF5
import Foundation
import Palimpsest
import Tensors

/// The five tables of a file that is being written, filled row by row.
final class Columns {
  private let values, names, questions, tensors, steps: GrowingTable
  private var nameIndices: [String: Int] = [:]
  /// The row of each question that is written to now.
  private var rows: [Question.ID: Int] = [:]
  private var lastSteps: [Question.ID: Int] = [:]

  init(in file: hid_t, gzip: Int) throws(HDF5Fault) {
    values = try GrowingTable(Layout.values, in: file, gzip: gzip)
    names = try GrowingTable(Layout.names, in: file, gzip: gzip)
    questions = try GrowingTable(Layout.questions, in: file, gzip: gzip)
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
    [values, names, questions, tensors, steps].reduce(0) { $0 + $1.waiting.bytes.count }
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

  func add(_ tensor: Tensor, at path: TensorPath) {
    precondition(tensor.shape.count <= 8, "a tensor of shape \(tensor.shape); at most 8 axes are kept")
    let row = row(of: path.question)
    add(row: row, step: path.step, name: index(of: path.name), tensor.scalars, tensor.shape)
  }

  private func add(row: Int, step: Int, name: Int, _ scalars: [Float], _ shape: [Int]) {
    tensors.waiting.add(row)
    tensors.waiting.add(step)
    tensors.waiting.add(name)
    tensors.waiting.add(values.count)
    tensors.waiting.add(scalars.count)
    tensors.waiting.add(shape.count)
    for axis in 0..<8 { tensors.waiting.add(axis < shape.count ? shape[axis] : 0) }
    tensors.advance(1)
    values.waiting.add(scalars)
    values.advance(scalars.count)
  }

  /// A row is written after the rows it refers to.
  func flush() throws(HDF5Fault) {
    try values.flush()
    try names.flush()
    try questions.flush()
    try tensors.flush()
    try steps.flush()
  }

  /// Copies the kept part of an earlier file, a block at a time.
  func copy(_ old: HDF5File, limits: [Question.ID: Int]?) throws {
    func isKept(_ question: Question.ID, _ step: Int) -> Bool {
      guard let limits else { return true }
      return step < limits[question] ?? 0
    }
    try old.forEachTensor { path, entry in
      guard isKept(path.question, path.step) else { return }
      add(
        row: row(of: path.question), step: path.step, name: index(of: path.name), try old.scalars(of: entry),
        entry.shape)
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
