import Basics
import Synchronization

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// Rows of texts by what determines them: text, weights, layer and precision.
///
/// It is no state of a memory: whatever is missing is made again from its text, to the same bits. So readings share one
/// store, and none can see another's entries but by reading the same text with the same weights.
///
/// Rows stay in memory up to a number of bytes; those that were used longest ago then move to the file, or, without a
/// file, are forgotten. The file is only appended to, one whole record at a time, and mapped to be read.
public final class RowStore: Sendable {
  private let residentBytes: Int
  private let file: BankFile?
  private let shelf: Mutex<Shelf>

  private struct Shelf {
    var resident: [String: (rows: StoredRows, used: Int)] = [:]
    var bytes = 0
    var clock = 0
  }

  /// - Parameters:
  ///   - residentBytes: the most that is kept in memory.
  ///   - path: a file for what does not fit, which is made where there is none; nil forgets it.
  /// - Throws: `BankError` for a file that is no bank, ends inside a record, is damaged, or is open elsewhere.
  public init(residentBytes: Int = .max, file path: String? = nil) throws {
    precondition(residentBytes >= 0, "\(residentBytes) bytes")
    self.residentBytes = residentBytes
    file = try path.map(BankFile.shared)
    shelf = Mutex(Shelf())
  }

  /// The name of rows.
  static func name(of text: String, layer: Int, precision: RowPrecision, version: String, policy: String) -> String {
    SHA256.hash("\(policy)\0\(version)\0\(layer)\0\(precision.rawValue)\0\(text)")
  }

  /// Bytes of rows that are in memory now.
  public var bytes: Int { shelf.withLock(\.bytes) }
  /// Records in the file.
  public var records: Int { file?.count ?? 0 }

  /// - Returns: nil for rows that are neither in memory nor in the file.
  package func rows(_ name: String) throws -> StoredRows? {
    let held = shelf.withLock { shelf -> StoredRows? in
      shelf.clock += 1
      shelf.resident[name]?.used = shelf.clock
      return shelf.resident[name]?.rows
    }
    if let held { return held }
    return try file?.rows(name)
  }

  /// Takes rows in, and moves or forgets those that were used longest ago.
  package func insert(_ rows: StoredRows, as name: String) throws {
    let leaving = shelf.withLock { shelf -> [(name: String, rows: StoredRows)] in
      shelf.clock += 1
      if let old = shelf.resident.updateValue((rows, shelf.clock), forKey: name) { shelf.bytes -= old.rows.byteCount }
      shelf.bytes += rows.byteCount
      var leaving: [(name: String, rows: StoredRows)] = []
      while shelf.bytes > residentBytes, let oldest = shelf.resident.min(by: { $0.value.used < $1.value.used }) {
        shelf.resident[oldest.key] = nil
        shelf.bytes -= oldest.value.rows.byteCount
        leaving.append((oldest.key, oldest.value.rows))
      }
      return leaving
    }
    for (name, rows) in leaving { try file?.append(rows, as: name) }
  }
}

/// The file of a store: a line that names the format, then records.
///
/// A record is `name` (64 ASCII digits), precision, three numbers of 32 bits (heads, count, width), the bytes, and the
/// FNV-1a of all that. Numbers are little-endian.
private final class BankFile: Sendable {
  private static let opening = Array("palimpsest rows 1\n".utf8)
  private static let head = 64 + 1 + 12

  private struct Place {
    var begin: Int
    var precision: RowPrecision
    var heads, count, width: Int
    var bytes: Int { 2 * StoredRows.size(precision, heads * count, width) }
  }

  private struct Table {
    var places: [String: Place] = [:]
    var end = 0
  }

  private let path: String
  private let descriptor: Int32
  private let table: Mutex<Table>

  var count: Int { table.withLock { $0.places.count } }

  private struct Weak: Sendable {
    weak var file: BankFile?
  }

  /// The files that this process has open, by device and number of the file: a lock belongs to an open file, so that a
  /// second memory of the same settings would lock itself out.
  private static let open = Mutex<[[UInt64]: Weak]>([:])

  /// The file of a path, which all stores of this process share.
  static func shared(_ path: String) throws -> BankFile {
    try open.withLock { files in
      var status = stat()
      if stat(path, &status) == 0, let file = files[identity(of: status)]?.file { return file }
      let file = try BankFile(path)
      guard fstat(file.descriptor, &status) == 0 else {
        throw BankError.system(path, reason: String(cString: strerror(errno)))
      }
      files = files.filter { $0.value.file != nil }
      files[identity(of: status)] = Weak(file: file)
      return file
    }
  }

  private static func identity(of status: stat) -> [UInt64] {
    [UInt64(truncatingIfNeeded: status.st_dev), UInt64(truncatingIfNeeded: status.st_ino)]
  }

  private init(_ path: String) throws {
    self.path = path
    descriptor = Self.descriptor(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o644)
    guard descriptor >= 0 else { throw BankError.system(path, reason: String(cString: strerror(errno))) }
    do {
      guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else { throw BankError.busyFile(path) }
      table = Mutex(try Self.read(path, descriptor))
    } catch {
      close(descriptor)
      throw error
    }
  }

  deinit { close(descriptor) }

  private static func descriptor(_ path: String, _ flags: Int32, _ mode: mode_t) -> Int32 {
    #if canImport(Glibc)
      Glibc.open(path, flags, mode)
    #else
      Darwin.open(path, flags, mode)
    #endif
  }

  /// Goes through all records, and checks each.
  private static func read(_ path: String, _ descriptor: Int32) throws -> Table {
    var status = stat()
    guard fstat(descriptor, &status) == 0 else {
      throw BankError.system(path, reason: String(cString: strerror(errno)))
    }
    let size = Int(status.st_size)
    var table = Table(end: opening.count)
    if size == 0 {
      try write(opening, at: 0, path, descriptor)
      return table
    }
    try map(path, descriptor, 0..<size) { bytes in
      guard size >= opening.count, bytes.prefix(opening.count).elementsEqual(opening) else {
        throw BankError.foreignFile(path)
      }
      var record = 0
      while table.end < size {
        let begin = table.end
        guard size - begin >= head else { throw BankError.cutFile(path, record: record, begin: begin, size: size) }
        let names = bytes[begin..<(begin + 64)]
        guard names.allSatisfy({ (48...57).contains($0) || (97...102).contains($0) }),
          let precision = RowPrecision.allCases.first(where: { $0.code == bytes[begin + 64] })
        else { throw BankError.damagedFile(path, record: record, begin: begin) }
        let numbers = (0..<3).map {
          Int(UInt32(littleEndian: bytes.loadUnaligned(fromByteOffset: begin + 65 + 4 * $0, as: UInt32.self)))
        }
        // Products of three numbers of a damaged file may exceed an integer.
        let (rows, a) = numbers[0].multipliedReportingOverflow(by: numbers[1])
        let (all, b) = rows.multipliedReportingOverflow(by: 8 * (numbers[2] + 4))
        guard !a, !b, all >= 0 else { throw BankError.damagedFile(path, record: record, begin: begin) }
        let place = Place(
          begin: begin, precision: precision, heads: numbers[0], count: numbers[1], width: numbers[2])
        guard size - begin - head - 8 >= place.bytes else {
          throw BankError.cutFile(path, record: record, begin: begin, size: size)
        }
        let end = begin + head + place.bytes
        var sum = FNV1a()
        for byte in bytes[begin..<end] { sum.mix(byte) }
        guard UInt64(littleEndian: bytes.loadUnaligned(fromByteOffset: end, as: UInt64.self)) == sum.hash else {
          throw BankError.damagedFile(path, record: record, begin: begin)
        }
        table.places[String(decoding: names, as: UTF8.self)] = place
        table.end = end + 8
        record += 1
      }
    }
    return table
  }

  func rows(_ name: String) throws -> StoredRows? {
    guard let place = table.withLock({ $0.places[name] }) else { return nil }
    let start = place.begin + Self.head
    return try Self.map(path, descriptor, start..<(start + place.bytes)) { bytes in
      StoredRows(place.precision, heads: place.heads, count: place.count, width: place.width, bytes: Array(bytes))
    }
  }

  func append(_ rows: StoredRows, as name: String) throws {
    var record = Array(name.utf8) + [rows.precision.code]
    for number in [rows.heads, rows.count, rows.width] {
      withUnsafeBytes(of: UInt32(number).littleEndian) { record += $0 }
    }
    record += rows.bytes
    var sum = FNV1a()
    for byte in record { sum.mix(byte) }
    withUnsafeBytes(of: sum.hash.littleEndian) { record += $0 }
    try table.withLock { table in
      guard table.places[name] == nil else { return }
      do {
        try Self.write(record, at: table.end, path, descriptor)
      } catch {
        // Nothing half-written stays.
        ftruncate(descriptor, off_t(table.end))
        throw error
      }
      table.places[name] = Place(
        begin: table.end, precision: rows.precision, heads: rows.heads, count: rows.count, width: rows.width)
      table.end += record.count
    }
  }

  private static func write(_ bytes: [UInt8], at offset: Int, _ path: String, _ descriptor: Int32) throws {
    var done = 0
    while done < bytes.count {
      let written = bytes.withUnsafeBytes { bytes in
        bytes.baseAddress.map { pwrite(descriptor, $0 + done, bytes.count - done, off_t(offset + done)) } ?? 0
      }
      if written < 0 && errno == EINTR { continue }
      guard written > 0 else { throw BankError.system(path, reason: String(cString: strerror(errno))) }
      done += written
    }
  }

  private static func map<Result>(
    _ path: String, _ descriptor: Int32, _ range: Range<Int>, _ body: (UnsafeRawBufferPointer) throws -> Result
  ) throws -> Result {
    if range.isEmpty { return try body(UnsafeRawBufferPointer(start: nil, count: 0)) }
    let page = Int(sysconf(Int32(_SC_PAGESIZE)))
    let start = range.lowerBound / page * page
    let size = range.upperBound - start
    guard let memory = mmap(nil, size, PROT_READ, MAP_SHARED, descriptor, off_t(start)), memory != MAP_FAILED else {
      throw BankError.system(path, reason: String(cString: strerror(errno)))
    }
    defer { munmap(memory, size) }
    return try body(
      UnsafeRawBufferPointer(start: memory + (range.lowerBound - start), count: range.count))
  }
}
