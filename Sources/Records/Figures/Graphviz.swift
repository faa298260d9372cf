import CGraphviz
import Foundation

/// Lays out graphs and renders them, in this process: one context, made once, used by one at a time.
public actor Graphviz {
  /// File format of a picture; `dot` is the graph with its layout.
  public enum Format: String, Sendable, Codable, CaseIterable { case svg, png, pdf, dot }

  /// The shared instance: making a context reads Graphviz's configuration and takes a while.
  public static let shared = Graphviz()

  /// The most text that is laid out: the time it takes grows faster than the graph.
  public static let limit = 1 << 20

  private let context: OpaquePointer?

  private init() { context = gvContext() }

  /// A graph, drawn.
  ///
  /// - Throws: `FigureError` with Graphviz's own words, which it does not print.
  public func render(_ dot: String, as format: Format) throws(FigureError) -> Data {
    guard let context else { throw .noGraphviz }
    guard dot.utf8.count <= Self.limit else { throw .tooLarge("a graph of \(dot.utf8.count) bytes", limit: "1 MB") }
    guard !dot.utf8.contains(0) else { throw .badGraph("there is a NUL in it") }
    // Only this actor calls Graphviz, so its complaints concern this graph.
    complaints = ""
    agseterrf { text in
      if let text, complaints.utf8.count < 2000 { complaints += String(cString: text) }
      return 0
    }
    guard let graph = agmemread(dot) else { throw .badGraph(Self.said("it is not DOT")) }
    defer { agclose(graph) }
    guard gvLayout(context, graph, "dot") == 0 else { throw .badGraph(Self.said("it cannot be laid out")) }
    defer { gvFreeLayout(context, graph) }
    var bytes: UnsafeMutablePointer<CChar>?
    var count: UInt32 = 0
    guard gvRenderData(context, graph, format.rawValue, &bytes, &count) == 0, let bytes else {
      throw .badGraph(Self.said("it cannot be rendered as \(format.rawValue)"))
    }
    defer { gvFreeRenderData(bytes) }
    return Data(bytes: bytes, count: Int(count))
  }

  private static func said(_ otherwise: String) -> String {
    let said = complaints.split(separator: "\n").joined(separator: " ").trimmingCharacters(in: .whitespaces)
    return said.isEmpty ? otherwise : said
  }
}

/// The complaints of Graphviz. Its callback carries no context, so this cannot be a property; only the
/// actor's calls write it, one after the other.
nonisolated(unsafe) private var complaints = ""
