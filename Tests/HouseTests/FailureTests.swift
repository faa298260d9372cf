import Foundation
import Testing

/// An error declares where it is defined how the process ends that it stops. One that does not ends it with the code
/// of the machine, whatever it is about.
@Suite struct `Every public error` {
  /// Errors that never leave their room: another error is made of each.
  static let inner: Set = ["JinjaFault", "JSONFault", "GatedReply.Fault"]

  @Test func `declares its exit class`() throws {
    let sources = Manifest.root.appending(path: "Sources")
    let files = try FileManager.default.subpathsOfDirectory(atPath: sources.path).filter { $0.hasSuffix(".swift") }
    var errors: [String] = []
    for file in files.sorted() {
      let text = try String(contentsOf: sources.appending(path: file), encoding: .utf8)
      for match in text.matches(of: /(?m)^( *)public (?:enum|struct|final class) (\w+): ([^{\n]+)\{/) {
        let (indent, name, parents) = (match.1, String(match.2), match.3)
        let words = parents.split { !$0.isLetter }
        guard words.contains("Error") else { continue }
        let outer = indent.isEmpty ? "" : URL(filePath: file).deletingPathExtension().lastPathComponent + "."
        errors.append(outer + name)
      }
    }
    #expect(Set(errors) == Self.inner, "make each a Failure, so that it says how the process ends")
  }
}
