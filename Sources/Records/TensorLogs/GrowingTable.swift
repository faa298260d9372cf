import CHDF5
import Foundation

/// A table of the file that is being written: rows are gathered, then appended in one piece.
final class GrowingTable {
  let table: Layout.Table
  private let dataset: Handle
  private let type: Handle
  /// Rows in the file and rows that wait.
  private(set) var count = 0
  private var written = 0
  var waiting = Packing()

  /// Makes an empty table in a file.
  init(_ table: Layout.Table, in file: hid_t, gzip: Int) throws(HDF5Fault) {
    self.table = table
    let what = "making \(table.name)"
    type = try table.type()
    var size: hsize_t = 0
    var most = palimpsest_h5s_unlimited()
    var chunk = hsize_t(table.chunk)
    let space = try Handle(H5Screate_simple(1, &size, &most), what, release: H5Sclose)
    let properties = try Handle(H5Pcreate(palimpsest_h5p_dataset_create()), what, release: H5Pclose)
    _ = try HDF5.checked(H5Pset_chunk(properties.id, 1, &chunk), what)
    if gzip > 0 {
      _ = try HDF5.checked(H5Pset_shuffle(properties.id), what)
      _ = try HDF5.checked(H5Pset_deflate(properties.id, UInt32(gzip)), what)
    }
    dataset = try Handle(
      H5Dcreate2(file, table.name, type.id, space.id, 0, properties.id, 0), what, release: H5Dclose)
  }

  /// Counts rows that were added to `waiting`.
  func advance(_ rows: Int) { count += rows }

  /// Appends the waiting rows and writes them to the file.
  func flush() throws(HDF5Fault) {
    guard count > written else { return }
    let what = "appending to \(table.name)"
    var size = hsize_t(count)
    var start = hsize_t(written)
    var added = hsize_t(count - written)
    _ = try HDF5.checked(H5Dset_extent(dataset.id, &size), what)
    let there = try Handle(H5Dget_space(dataset.id), what, release: H5Sclose)
    _ = try HDF5.checked(H5Sselect_hyperslab(there.id, H5S_SELECT_SET, &start, nil, &added, nil), what)
    let here = try Handle(H5Screate_simple(1, &added, nil), what, release: H5Sclose)
    _ = try HDF5.checked(H5Dwrite(dataset.id, type.id, here.id, there.id, 0, waiting.bytes), what)
    _ = try HDF5.checked(H5Dflush(dataset.id), what)
    written = count
    waiting.removeAll()
  }
}
