import Basics
import Foundation
import Terminal

/// Weaves the page of an experiment from its script and from what the script showed when it last ran.
public struct Weaver: Sendable {
  /// The experiment's name, which the page's file has too.
  public var name: String
  /// The text of the script.
  public var script: String
  /// Where the runs stand, and `showings.json` with them.
  public var shelf: URL

  /// - Throws: `RunError` where the script or what it showed cannot be read.
  public init(_ name: String, script file: URL, shelf: URL) throws {
    self.name = name
    self.shelf = shelf
    guard let data = FileManager.default.contents(atPath: file.path), let text = String(data: data, encoding: .utf8)
    else {
      throw RunError.unreadable(
        file.relativePath,
        reason: "it is the script of \(name), and there is no such file in UTF-8; call this in the folder of the "
          + "working copy")
    }
    script = text
  }

  /// Writes `NAME.md` into a folder, its pictures beside it in `NAME/`.
  ///
  /// - Returns: the page.
  public func weave(into folder: URL) throws -> URL {
    let pictures = folder.appending(path: name)
    var pages: [Showing] = []
    var taken: Set<String> = []
    if FileManager.default.fileExists(atPath: pictures.path) { try FileManager.default.removeItem(at: pictures) }
    for showing in try showings() {
      guard case .figure(let path, let caption) = showing.content else {
        pages.append(showing)
        continue
      }
      guard let picture = Self.picture(for: path) else {
        pages.append(Showing(line: showing.line, .text("\(caption)\n(not drawn on the machine that made this page)")))
        continue
      }
      try FileManager.default.createDirectory(at: pictures, withIntermediateDirectories: true)
      // Two runs may draw figures of the same name: a page tells them apart by a number.
      let (stem, ending) = (picture.deletingPathExtension().lastPathComponent, picture.pathExtension)
      var copy = picture.lastPathComponent
      var number = 1
      while !taken.insert(copy).inserted {
        number += 1
        copy = "\(stem)-\(number).\(ending)"
      }
      try WholeFile.write(Data(contentsOf: picture), to: pictures.appending(path: copy))
      pages.append(Showing(line: showing.line, .figure(path: "\(name)/\(copy)", caption: caption)))
    }
    let page = folder.appending(path: "\(name).md")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    try WholeFile.write(Notebook(script: script).page(showing: pages) + "\n" + footer, to: page)
    return page
  }

  /// Writes the page as one HTML file that needs no other: pictures stand in it.
  public func weave(toHTML file: URL) throws {
    var pictures: [String: Data] = [:]
    let pages = try showings()
    for case .figure(let path, _) in pages.map(\.content) {
      if let picture = Self.picture(for: path) { pictures[path] = try Data(contentsOf: picture) }
    }
    let notebook = Notebook(script: script)
    let blocks = notebook.page(showing: pages) + "\n" + footer
    try FileManager.default.createDirectory(at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
    try WholeFile.write(HTMLPage(markdown: blocks, pictures: pictures, title: name).text, to: file)
  }

  private func showings() throws -> [Showing] {
    let file = shelf.appending(path: "showings.json")
    guard let data = try? Data(contentsOf: file) else {
      throw RunError.unreadable(
        file.path, reason: "\(name) has shown nothing yet; run it: palimpsest run \(name)")
    }
    do {
      return try JSONDecoder().decode([Showing].self, from: data)
    } catch {
      throw RunError.unreadable(file.path, reason: "it is not what a script showed (\(error))")
    }
  }

  /// The drawing of a figure, whichever of its files is named.
  private static func picture(for path: String) -> URL? {
    let stem = URL(filePath: path).deletingPathExtension()
    return ["svg", "png"].map { stem.appendingPathExtension($0) }
      .first { FileManager.default.fileExists(atPath: $0.path) }
  }

  private var footer: String {
    "---\n\nMade by `palimpsest page \(name)` from [its script](../../experiments/\(name)/main.swift).\n"
  }
}
