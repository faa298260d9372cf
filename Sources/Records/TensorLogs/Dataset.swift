import CHDF5

/// A table of a file that is read.
final class Dataset {
  let table: Layout.Table
  let count: Int
  private let dataset: Handle
  private let type: Handle

  /// - Throws: when the file does not have the table, or has one of another type or shape.
  init(_ table: Layout.Table, in file: hid_t) throws(HDF5Fault) {
    self.table = table
    let what = "it has no table \(table.name)"
    dataset = try Handle(H5Dopen2(file, table.name, 0), what, release: H5Dclose)
    type = try table.type()
    let found = try Handle(H5Dget_type(dataset.id), what, release: H5Tclose)
    let space = try Handle(H5Dget_space(dataset.id), what, release: H5Sclose)
    var size: hsize_t = 0
    // Only then may the sizes be asked for: there is room for one.
    guard H5Tequal(found.id, type.id) > 0, H5Sget_simple_extent_ndims(space.id) == 1,
      H5Sget_simple_extent_dims(space.id, &size, nil) == 1, size <= hsize_t(1) << 48
    else { throw HDF5Fault("its table \(table.name) has another type or shape") }
    count = Int(size)
  }

  /// The bytes of rows.
  func rows(_ range: Range<Int>, limit: Int) throws(HDF5Fault) -> [UInt8] {
    guard !range.isEmpty else { return [] }
    let what = "reading \(table.name)"
    guard range.count <= limit / table.width else {
      throw HDF5Fault("\(range.count) rows of \(table.name) are more than \(limit) bytes")
    }
    var start = hsize_t(range.lowerBound)
    var count = hsize_t(range.count)
    let there = try Handle(H5Dget_space(dataset.id), what, release: H5Sclose)
    _ = try HDF5.checked(H5Sselect_hyperslab(there.id, H5S_SELECT_SET, &start, nil, &count, nil), what)
    let here = try Handle(H5Screate_simple(1, &count, nil), what, release: H5Sclose)
    var bytes = [UInt8](repeating: 0, count: range.count * table.width)
    _ = try HDF5.checked(H5Dread(dataset.id, type.id, here.id, there.id, 0, &bytes), what)
    return bytes
  }
}
