/// An accumulator over traces: it sees them one at a time, so a million traces need no more memory
/// than one.
public protocol Analyzer: Sendable {
  associatedtype Finding: Codable & Sendable
  mutating func observe(_ trace: Trace, _ verdict: Verdict)
  var finding: Finding { get }
  func figures() -> [Figure]
}

/// A picture as its source: a graph for Graphviz, or a gnuplot script and the table it draws.
public struct Figure: Sendable, Hashable {
  /// What the picture is drawn from.
  public enum Source: Sendable, Hashable {
    case dot(String)
    /// The script reads the table from the file that `$table` in it is replaced by.
    case chart(script: String, table: String)
  }

  /// File name without its ending.
  public var name: String
  /// What is to be seen, in a sentence.
  public var caption: String
  /// What the picture is drawn from.
  public var source: Source

  /// - Parameter name: the file name without its ending.
  public init(name: String, caption: String, source: Source) {
    self.name = name
    self.caption = caption
    self.source = source
  }
}
