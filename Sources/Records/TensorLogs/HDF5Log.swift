import CHDF5
import Foundation
import Palimpsest
import Tensors

/// Writes tensors and the readings of each step to HDF5 as they happen.
///
/// The file is columnar: six tables that only grow (see docs/records.md), so that each of 50,000 steps
/// costs as much as the first. Steps are written to the file in batches of `batch`. h5py, h5dump and
/// `HDF5File` read every written batch without repairs, in whatever state the writer ended.
///
/// An existing file is resumed by copying what is kept into a new file, which then replaces it. Steps
/// that the trace log does not have are left out, and so are abandoned attempts.
public actor HDF5Log: TensorKeeper {
  /// How often steps are written, and how; all have defaults.
  public struct Settings: Codable, Sendable, Hashable {
    /// Steps that are written to the file together.
    public var batch = 16
    /// 0 is no compression; 1 shrinks readings and makes the writer slower. With compression each batch
    /// writes the last chunk of each table again, at another place, so use larger batches.
    public var gzip = 0
    /// Whether vectors and rows that slots hold are written for each step that puts one.
    public var keepsSlots = true

    /// Batches of 16 steps without compression, with the vectors of slots, by default.
    public init(batch: Int = 16, gzip: Int = 0, keepsSlots: Bool = true) {
      self.batch = batch
      self.gzip = gzip
      self.keepsSlots = keepsSlots
    }
  }

  /// The file that is written.
  public nonisolated let url: URL
  /// As given when the log was opened.
  public nonisolated let settings: Settings

  private let file: WritingFile
  private let columns: Columns
  /// The error after which nothing more can be written.
  private var refusal: TensorLogError?
  private var waitingSteps = 0

  /// - Parameter limits: the number of steps of each question that are kept of an existing file, as in
  ///   the trace log; nil keeps everything.
  /// - Throws: `TensorLogError`.
  /// - Precondition: a batch of at least 1, a compression level of 0 to 9.
  public init(_ url: URL, settings: Settings = Settings(), limits: [Question.ID: Int]? = nil) throws {
    precondition(settings.batch >= 1, "a batch of \(settings.batch) steps")
    precondition((0...9).contains(settings.gzip), "a compression level of \(settings.gzip)")
    self.url = url
    self.settings = settings
    (file, columns) = try HDF5.use {
      let old = FileManager.default.fileExists(atPath: url.path) ? try HDF5File(url) : nil
      var columns: Columns?
      let file = try WritingFile(url) { file in
        let made = try Columns(in: file, gzip: settings.gzip)
        if let old { try made.copy(old, limits: limits) }
        columns = made
      }
      guard let columns else { throw TensorLogError.unwritable(url.path, reason: "no table was made") }
      return (file, columns)
    }
  }

  /// Writes the readings of a step, and the tensors its replies and slots brought along. What slots hold is
  /// kept once for all steps and slots that hold the same.
  public func record(_ step: Step, of question: Question) throws {
    if let refusal { throw refusal }
    let id = question.id
    let index = step.chunk.index
    columns.begin(id, at: index)
    for exchange in step.draft.exchanges { try record(exchange, of: id, at: index) }
    for (name, value) in step.draft.signals.table.sorted(by: { $0.key < $1.key }) {
      columns.add(Tensor([value], shape: []), at: TensorPath(id, step: index, "signal/\(name)"))
    }
    if settings.keepsSlots {
      for change in step.changes { record(change, at: TensorPath(id, step: index, "slot")) }
    }
    columns.add(StepReading(step, of: question))
    waitingSteps += 1
    if waitingSteps >= settings.batch || columns.waitingBytes > 1 << 22 { try flush() }
  }

  /// Writes the captures of a reply; for an answer, at the step behind the last one.
  public func record(_ exchange: Exchange, of id: Question.ID, at step: Int) throws {
    if let refusal { throw refusal }
    for (name, tensor) in exchange.reply.captures.sorted(by: { $0.key < $1.key }) {
      // Two calls of one step may bring a reading of the same name.
      let call = exchange.call.call
      columns.add(tensor, at: TensorPath(id, step: step, call == 0 ? name : "call/\(call)/\(name)"))
    }
  }

  /// Keeps tensors by their content, and writes them to the file at once.
  ///
  /// - Throws: `TensorLogError`.
  public func keep(_ tensors: [TensorDigest: Tensor]) throws {
    if let refusal { throw refusal }
    if let wide = tensors.values.first(where: { $0.shape.count > Layout.axes }) {
      throw TensorLogError.unwritable(
        url.path, reason: "a tensor has shape \(wide.shape), and at most \(Layout.axes) axes are kept")
    }
    var isNew = false
    for (digest, tensor) in tensors.sorted(by: { $0.key.description < $1.key.description }) {
      if columns.keep(tensor, as: digest) { isNew = true }
    }
    if isNew { try flush() }
  }

  /// Writes a tensor of any shape.
  public func record(_ tensor: Tensor, at path: TensorPath) throws {
    if let refusal { throw refusal }
    columns.add(tensor, at: path)
    if columns.waitingBytes > 1 << 22 { try flush() }
  }

  /// Brings everything to the file.
  ///
  /// - Throws: `TensorLogError`; after that nothing more is written, and earlier batches stay
  ///   readable.
  public func flush() throws {
    if let refusal { throw refusal }
    do {
      try HDF5.use {
        try file.reserve(columns.waitingBytes)
        try columns.flush()
      }
    } catch {
      let refusal = TensorLogError.unwritable(url.path, reason: "\(error)")
      self.refusal = refusal
      file.abandon()
      throw refusal
    }
    waitingSteps = 0
  }

  /// Writes everything to the file and closes it. Without this call, rows that wait for their batch
  /// are lost.
  public func close() throws {
    defer {
      file.abandon()
      refusal = refusal ?? .closed(url.path)
    }
    try flush()
  }

  private func record(_ change: Change, at path: TensorPath) {
    switch change {
    case .added(let slot), .replaced(_, let slot):
      var place = path
      func add(_ tensor: Tensor, _ ending: String) {
        place.name = "slot/\(slot.id)\(ending)"
        columns.keep(tensor, at: place)
      }
      if let key = slot.key { add(key, "/key") }
      switch slot.content {
      case .text: break
      case .vectors(let vectors): add(vectors, "")
      case .rows(let rows):
        add(rows.keys, "/keys")
        add(rows.values, "/values")
      }
    case .erased, .evicted, .refused: break
    }
  }
}
