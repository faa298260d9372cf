/// A picture as its source: a graph for Graphviz, or a gnuplot script and the table it draws.
public struct Figure: Sendable, Hashable {
  public enum Source: Sendable, Hashable {
    case dot(String)
    /// The script reads the table from the file that `$table` in it is replaced by.
    case chart(script: String, table: String)
  }

  /// File name without its ending.
  public var name: String
  /// What is to be seen, in a sentence.
  public var caption: String
  public var source: Source

  public init(name: String, caption: String, source: Source) {
    self.name = name
    self.caption = caption
    self.source = source
  }
}
