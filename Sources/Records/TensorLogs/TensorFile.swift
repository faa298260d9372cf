import CHDF5
import Foundation
import Tensors

/// A plain HDF5 file of named arrays, written at once: for data that is not a log, such as the activations
/// of a model for one text. Any HDF5 tool reads it (`h5dump`, h5py); slashes in names are groups.
///
///     var file = TensorFile()
///     file["tokens"] = .integers(ids)
///     file["layer.3/keys"] = .floats(keys)
///     try file.write(to: url)
public struct TensorFile: Sendable {
  /// One array of the file.
  public enum Values: Sendable, Hashable {
    /// float32, of the tensor's shape.
    case floats(Tensor)
    /// int64, one axis.
    case integers([Int])
    /// UTF-8 of any length.
    case text(String)

    var shape: [Int] {
      switch self {
      case .floats(let tensor): tensor.shape
      case .integers(let values): [values.count]
      case .text: []
      }
    }
  }

  /// In the order they are written.
  public private(set) var names: [String] = []
  private var values: [String: Values] = [:]

  /// A file without arrays.
  public init() {}

  /// An array by name; slashes make groups.
  /// - Precondition: a name is not empty and neither begins nor ends with a slash.
  public subscript(name: String) -> Values? {
    get { values[name] }
    set {
      precondition(!name.isEmpty && !name.hasPrefix("/") && !name.hasSuffix("/"), "an array called “\(name)”")
      if values[name] == nil { names.append(name) }
      values[name] = newValue
      if newValue == nil { names.removeAll { $0 == name } }
    }
  }

  /// Writes the file aside and renames it when it is whole.
  ///
  /// - Throws: `TensorLogError.unwritable`; an earlier file is then untouched.
  public func write(to url: URL) throws {
    let part = url.path + ".part"
    do {
      try HDF5.use {
        let file = try Handle(H5Fcreate(part, palimpsest_h5f_acc_trunc(), 0, 0), "making \(part)", release: H5Fclose)
        let links = try Handle(H5Pcreate(palimpsest_h5p_link_create()), "making groups", release: H5Pclose)
        _ = try HDF5.checked(H5Pset_create_intermediate_group(links.id, 1), "making groups")
        for name in names { if let values = values[name] { try write(values, as: name, in: file.id, links.id) } }
        _ = try HDF5.checked(H5Fflush(file.id, H5F_SCOPE_GLOBAL), "writing \(part)")
      }
      guard rename(part, url.path) == 0 else { throw HDF5Fault(String(cString: strerror(errno))) }
    } catch {
      unlink(part)
      throw TensorLogError.unwritable(url.path, reason: "\(error)")
    }
  }

  private func write(_ values: Values, as name: String, in file: hid_t, _ links: hid_t) throws(HDF5Fault) {
    let what = "writing \(name)"
    let type: Handle
    switch values {
    case .floats: type = try Handle(H5Tcopy(palimpsest_h5t_float()), what, release: H5Tclose)
    case .integers: type = try Handle(H5Tcopy(palimpsest_h5t_int64()), what, release: H5Tclose)
    case .text(let text):
      type = try Handle(H5Tcopy(palimpsest_h5t_c_s1()), what, release: H5Tclose)
      _ = try HDF5.checked(H5Tset_size(type.id, max(1, text.utf8.count)), what)
      _ = try HDF5.checked(H5Tset_cset(type.id, H5T_CSET_UTF8), what)
    }
    var sizes = values.shape.map { hsize_t($0) }
    let space = try Handle(H5Screate_simple(Int32(sizes.count), &sizes, nil), what, release: H5Sclose)
    let dataset = try Handle(H5Dcreate2(file, name, type.id, space.id, links, 0, 0), what, release: H5Dclose)
    func write(_ bytes: UnsafeRawPointer?) throws(HDF5Fault) {
      guard let bytes, !values.shape.contains(0) else { return }
      _ = try HDF5.checked(H5Dwrite(dataset.id, type.id, 0, 0, 0, bytes), what)
    }
    switch values {
    case .floats(let tensor): try Self.lend(tensor.scalars, to: write)
    case .integers(let integers): try Self.lend(integers.map(Int64.init), to: write)
    case .text(let text): try Self.lend(text.utf8.isEmpty ? [0] : Array(text.utf8), to: write)
    }
  }

  /// `withUnsafeBytes` with a typed error.
  private static func lend<Value>(
    _ values: [Value], to body: (UnsafeRawPointer?) throws(HDF5Fault) -> Void
  ) throws(HDF5Fault) {
    let result = values.withUnsafeBytes { bytes -> Result<Void, HDF5Fault> in
      do throws(HDF5Fault) { return .success(try body(bytes.baseAddress)) } catch { return .failure(error) }
    }
    try result.get()
  }
}
