import Figures
import Foundation
import Palimpsest
import Testing

@Suite(.enabled(if: Gnuplot.installed != nil, "this system has no gnuplot")) struct `A chart drawn by gnuplot` {
  private func draw(_ chart: Chart, as format: Gnuplot.Format) throws -> Data {
    let folder = FileManager.default.temporaryDirectory.appending(path: "palimpsest-chart-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    try Data(chart.table.utf8).write(to: folder.appending(path: "chart.csv"))
    let gnuplot = try #require(Gnuplot.installed)
    let file = try gnuplot.draw(chart.script, named: "chart", in: folder, as: format)
    return try Data(contentsOf: file)
  }

  private static let hostile = "a'; system('touch /tmp/x') \"b\" `id` 100 % {/Symbol a}_2\n\\"

  /// Every mark, every axis, names that are code.
  private static let everything = Chart(
    hostile, x: .sizes([8192, 65536], hostile), y: .init(hostile, range: 0...1),
    series: [
      .init(hostile, [.init(8192, 0.2, 0.1...0.3), .init(65536, 0.4, 0.3...0.6)], as: .lineWithBand),
      .init("points", [.init(8192, 0.5)], as: .points), .init("steps", [.init(8192, 0.5), .init(65536, 0.6)], as: .steps),
      .init("bars", [.init(8192, 0.7, 0.6...0.8)], as: .pointsWithBars), .init("rug", [.init(8192, 0)], as: .rug),
      .init("boxes", [.init(8192, 0.7, 0.6...0.8)], as: .bars), .init("none", []),
    ], levels: [.init(0.9, hostile)])

  @Test(arguments: Gnuplot.Format.allCases)
  func `draws every mark, whatever the names say`(_ format: Gnuplot.Format) throws {
    let data = try draw(Self.everything, as: format)
    let begin = ["svg": "<?xml", "png": "\u{89}PNG", "pdf": "%PDF"][format.rawValue] ?? ""
    #expect(data.count > 1000)
    #expect(data.starts(with: begin.unicodeScalars.map { UInt8($0.value & 0xFF) }))
  }

  @Test func `says what gnuplot said of a script it cannot read`() throws {
    let folder = FileManager.default.temporaryDirectory
    let gnuplot = try #require(Gnuplot.installed)
    let error = #expect(throws: GnuplotError.self) {
      try gnuplot.draw("plot nonsense(", named: "palimpsest-none", in: folder, as: .svg)
    }
    #expect(error?.description.contains("nonsense") == true)
    try? FileManager.default.removeItem(at: folder.appending(path: "palimpsest-none.svg"))
  }
}
