import Foundation

/// Real texts that lie beside a developer's checkout and are no part of the repository: tests that
/// need them are skipped with a message where they are absent.
public enum SharedData {
  /// The folder; nil in a user's clone.
  public static let folder: URL? = {
    let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent()
    let folder = root.deletingLastPathComponent().appending(path: "shared/data")
    return FileManager.default.fileExists(atPath: folder.path) ? folder : nil
  }()

  public static var isPresent: Bool { folder != nil }

  public static func file(_ path: String) -> URL? { folder?.appending(path: path) }
}
