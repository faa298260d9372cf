import Foundation

/// Values of scipy and statsmodels: Tests/Fixtures/Statistics/make.py.
struct Golden: Decodable {
  struct Share: Decodable { var hits, n: Int, low, high: Double }
  struct Split: Decodable { var first, second: Int, p: Double }
  struct Family: Decodable { var values, holm, benjaminiHochberg: [Double] }
  struct Flips: Decodable { var sums: [Double], p, tolerance: Double }
  struct Point: Decodable { var probability, quantile: Double }
  struct Pairs: Decodable { var difference, discordant, power: Double, n: Int }
  struct Resampled: Decodable {
    var name: String
    var scores: [Double]
    var others: [Double]?
    var clusters: [String]
    var low, high: Double
  }
  struct Line: Decodable { var x, y: [Double], slope, low, high: Double }
  struct Smallest: Decodable { var pairs: Int, discordant, difference: Double }

  struct Law: Decodable { var steps: [Double], n: Int, right: [Int], start, ratio, low, high, deviance: Double }

  var retention: [Law]
  var shares: [Share]
  var mcNemar: [Split]
  var corrections: [Family]
  var signFlips: [Flips]
  var normal: [Point]
  var pairs: [Pairs]
  var bootstraps: [Resampled]
  var slopes: [Line]
  var smallest: Smallest

  static let values: Golden = {
    let file = URL(filePath: #filePath).deletingLastPathComponent()
      .appending(path: "../Fixtures/Statistics/golden.json")
    do {
      return try JSONDecoder().decode(Golden.self, from: Data(contentsOf: file))
    } catch { fatalError("\(file.path): \(error)") }
  }()
}
