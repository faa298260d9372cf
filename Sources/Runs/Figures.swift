import Figures
import Foundation
import Palimpsest
import Plots

extension Figure {
  /// Draws the figure into a folder, its source beside it.
  ///
  /// - Returns: its files, the best picture first; without gnuplot the sources alone, and why.
  func drawn(into folder: URL) async throws -> (files: [URL], missing: String?) {
    guard let drawn = try await FigureFolder(folder).draw([self]).first else { return ([], nil) }
    return (drawn.pictures + drawn.sources, drawn.missing)
  }
}
