import Basics
import Foundation
import Palimpsest
import Plots

/// The files of one figure.
public struct Drawn: Sendable, Hashable {
  /// File name without its ending.
  public var name: String
  /// What is to be seen, in a sentence.
  public var caption: String
  /// The files from which it can be drawn again: the graph, or the script and its table.
  public var sources: [URL]
  /// The files that could be drawn, a format each.
  public var pictures: [URL]
  /// Why pictures are missing; nil when none is.
  public var missing: String?
}

/// A folder of figures: for each its source and its pictures.
///
///     let drawn = try await FigureFolder(folder).draw(figures)
public struct FigureFolder: Sendable {
  /// File format of a picture, and the ending of its name.
  public enum Format: String, Sendable, Codable, CaseIterable { case svg, png, pdf }

  /// The folder; it is made where it is missing.
  public let url: URL
  /// Pictures that are drawn of each figure.
  public var formats: [Format]
  /// Draws charts; nil keeps their scripts and tables alone.
  public var gnuplot: Gnuplot?

  /// Draws SVG and PNG, with the gnuplot on the path if there is one.
  public init(_ url: URL, formats: [Format] = [.svg, .png], gnuplot: Gnuplot? = Gnuplot()) {
    self.url = url
    self.formats = formats
    self.gnuplot = gnuplot
  }

  /// Draws figures. A figure that cannot be drawn keeps its source and the reason.
  ///
  /// - Throws: `FigureError.unwritable` when the folder or a source cannot be written.
  public func draw(_ figures: [Figure]) async throws -> [Drawn] {
    do {
      try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
    } catch {
      throw FigureError.unwritable(url.path, reason: error.systemReason)
    }
    var drawn: [Drawn] = []
    var taken: Set<String> = []
    for figure in figures {
      var name = Self.fileName(figure.name)
      while !taken.insert(name).inserted { name += "-2" }
      drawn.append(try await draw(figure, as: name))
    }
    return drawn
  }

  private func draw(_ figure: Figure, as name: String) async throws -> Drawn {
    var drawn = Drawn(name: name, caption: figure.caption, sources: [], pictures: [])
    switch figure.source {
    case .dot(let dot):
      drawn.sources = [try write(Data(dot.utf8), "\(name).dot")]
      do {
        for format in formats {
          let picture = try await Graphviz.shared.render(dot, as: Graphviz.Format(rawValue: format.rawValue) ?? .svg)
          drawn.pictures.append(try write(picture, "\(name).\(format.rawValue)"))
        }
      } catch let error as FigureError {
        if case .unwritable = error { throw error }
        drawn.missing = error.description
      }
    case .chart(let script, let table):
      let script = script.replacing("$table", with: "\(name).csv")
      // In this form `gnuplot NAME.gp` draws it again.
      let head = "\(Gnuplot.terminal(.svg, (720, 432)))\nset output '\(name).svg'\n"
      drawn.sources = [
        try write(Data((head + script).utf8), "\(name).gp"), try write(Data(table.utf8), "\(name).csv"),
      ]
      do {
        guard let gnuplot else { throw FigureError.noGnuplot }
        drawn.pictures = try await gnuplot.draw(
          name, script: script, in: url, as: formats.compactMap { Gnuplot.Format(rawValue: $0.rawValue) })
      } catch let error as FigureError {
        drawn.missing = error.description
      }
    }
    return drawn
  }

  private func write(_ data: Data, _ name: String) throws -> URL {
    let file = url.appending(path: name)
    do {
      try data.write(to: file, options: .atomic)
    } catch {
      throw FigureError.unwritable(file.path, reason: error.systemReason)
    }
    return file
  }

  /// A name that is a file name on every system, and no path.
  static func fileName(_ name: String) -> String {
    var safe = ""
    for scalar in name.unicodeScalars.prefix(100) {
      let isSafe =
        scalar.isASCII && (scalar.properties.isAlphabetic || "0123456789-_.=".unicodeScalars.contains(scalar))
      safe.unicodeScalars.append(isSafe ? scalar : "-")
    }
    while safe.hasPrefix(".") || safe.hasPrefix("-") { safe.removeFirst() }
    return safe.isEmpty ? "figure" : safe
  }
}
