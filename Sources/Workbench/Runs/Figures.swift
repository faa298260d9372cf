import Foundation
import Palimpsest

/// Puts figures into a run folder.
enum Figures {
  static func draw(_ figure: Figure, into folder: URL) throws -> [URL] {
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    let place = folder.appending(path: RunName.safe(figure.name))
    switch figure.source {
    case .dot(let text):
      let file = place.appendingPathExtension("dot")
      try WholeFile.write(text, to: file)
      return [file]
    case .chart(let script, let table):
      let files = [place.appendingPathExtension("gp"), place.appendingPathExtension("csv")]
      try WholeFile.write(script, to: files[0])
      try WholeFile.write(table, to: files[1])
      return files
    }
  }
}
