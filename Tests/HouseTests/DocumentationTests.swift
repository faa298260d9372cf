import Foundation
import Testing

/// Scans the sources line by line: a public declaration counts as documented where a `///` line stands before it, or
/// before its attributes.
@Suite struct `Public declarations` {
  @Test func `have a doc comment, nine of ten`() throws {
    var rooms: [String: Share] = [:]
    for file in try swiftFiles() {
      let lines = try String(contentsOf: file, encoding: .utf8)
        .split(separator: "\n", omittingEmptySubsequences: false).map { $0.drop { $0 == " " } }
      for index in lines.indices where isDeclaration(lines[index]) {
        rooms[room(of: file), default: Share()].all += 1
        if isDocumented(index, in: lines) { rooms[room(of: file), default: Share()].documented += 1 }
      }
    }
    let total = rooms.values.reduce(into: Share()) {
      $0.all += $1.all
      $0.documented += $1.documented
    }
    let table = rooms.sorted { $0.key < $1.key }.map { "\($0.key) \($0.value)" }.joined(separator: "\n")
    #expect(total.all > 1000, "the scan finds the declarations")
    #expect(Double(total.documented) >= 0.9 * Double(total.all), "\(total) are documented:\n\(table)")
  }

  @Test func `count as documented by the line before their attributes`() {
    let lines = """
      /// A flag.
      @Option(
        help: "long")
      public var a = 1

      public var b = 2
      public private(set) var c = 3
      /// A function.
      public static func d() {}
      extension E { public init() {} }
      """.split(separator: "\n", omittingEmptySubsequences: false).map { $0.drop { $0 == " " } }
    let found = lines.indices.filter { isDeclaration(lines[$0]) }
    #expect(found == [3, 5, 6, 8])
    #expect(found.map { isDocumented($0, in: lines) } == [true, false, false, true])
  }
}

/// A line that begins with `public`, any modifiers and the keyword of a declaration; attributes may stand before it.
private func isDeclaration(_ line: Substring) -> Bool {
  guard line.contains("public ") else { return false }
  return line.prefixMatch(
    of:
      /(?:@\w+(?:\([^)]*\))?\s+)*public\s+(?:\w+(?:\(set\))?\s+)*?(?:func|var|let|init|struct|enum|class|actor|protocol|typealias|subscript)\b/
  ) != nil
}

private func isDocumented(_ index: Int, in lines: [Substring]) -> Bool {
  var place = index - 1
  while place >= 0, !lines[place].hasPrefix("///") {
    // An attribute stands between; it may take up to five lines.
    let attribute = (max(0, place - 4)...place).last {
      lines[$0].hasPrefix("@") && lines[$0...place].allSatisfy { !$0.isEmpty && !isDeclaration($0) }
    }
    guard let attribute else { return false }
    place = attribute - 1
  }
  return place >= 0
}

private func swiftFiles() throws -> [URL] {
  let all = FileManager.default.enumerator(at: sources, includingPropertiesForKeys: nil)?.allObjects as? [URL] ?? []
  return all.filter { $0.pathExtension == "swift" }
}

/// The folders below `Sources`, at most two: `Neural/Tensors`.
private func room(of file: URL) -> String {
  file.deletingLastPathComponent().path.dropFirst(sources.path.count).split(separator: "/").prefix(2)
    .joined(separator: "/")
}

private let sources = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
  .deletingLastPathComponent().appending(path: "Sources")

private struct Share: CustomStringConvertible {
  var documented = 0
  var all = 0

  var description: String { "\(documented) of \(all)" }
}
