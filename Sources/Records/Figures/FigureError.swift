import Palimpsest

/// The reason why a figure cannot be drawn.
public enum FigureError: Failure, Equatable {
  case noGraphviz
  case noGnuplot
  case badGraph(String)
  case badChart(String)
  case tooLarge(String, limit: String)
  case tooSlow(seconds: Double)
  case unwritable(String, reason: String)

  /// A wrong graph or chart is the user's fault, a missing program the machine's.
  public var exitClass: ExitClass {
    switch self {
    case .badGraph, .badChart, .tooLarge: .usage
    case .noGraphviz, .noGnuplot, .tooSlow, .unwritable: .machine
    }
  }

  /// The figure or program, the reason, and what to do.
  public var description: String {
    switch self {
    case .noGraphviz: "Graphviz could not be started; install it with: apt-get install libgraphviz-dev"
    case .noGnuplot: "gnuplot is not on the path; install it with: apt-get install gnuplot-nox"
    case .badGraph(let reason): "Graphviz refused the graph: \(reason)"
    case .badChart(let reason): "gnuplot refused the chart: \(reason)"
    case .tooLarge(let what, let limit): "\(what) is too large to be drawn; at most \(limit)"
    case .tooSlow(let seconds): "drawing took longer than \(seconds) s and was stopped"
    case .unwritable(let file, let reason): "\(file) cannot be written: \(reason)"
    }
  }
}
