import Figures
import Foundation
import Notebooks
import Palimpsest
import Plots
import Terminal

extension Figure {
  /// Draws the figure into a folder, its source beside it.
  ///
  /// - Returns: its files, the best picture first; without gnuplot the sources alone, and why.
  func drawn(into folder: URL) async throws -> (files: [URL], missing: String?) {
    guard let drawn = try await FigureFolder(folder).draw([self]).first else { return ([], nil) }
    return (drawn.pictures + drawn.sources, drawn.missing)
  }

  /// Draws the figure into a folder, says where it is, and keeps it for the page.
  func show(in folder: URL, on console: Console, among showings: Showings, line: Int) async throws {
    let (drawn, missing) = try await drawn(into: folder)
    if let missing { console.warn(missing) }
    guard let picture = drawn.first else { return }
    let others = drawn.dropFirst().map { ".\($0.pathExtension)" }.joined(separator: " ")
    console.note("\(caption)\n  \(picture.relativePath)\(others.isEmpty ? "" : "  (\(others))")")
    try await showings.add(Showing(line: line, .figure(path: picture.relativePath, caption: caption)))
  }
}
