/// Something a script showed while it ran, with the place in the script that showed it: what is
/// woven back into its page.
public struct Showing: Sendable, Codable, Hashable {
  /// What was shown.
  public enum Content: Sendable, Codable, Hashable {
    /// Printed text, shown as it is.
    case text(String)
    /// A sentence that the script computed. It reads as prose of the page; markup in it has no effect.
    case sentence(String)
    /// A table in Markdown.
    case table(String)
    /// A picture in a file: the path that the page will link to.
    case figure(path: String, caption: String)
  }

  /// The line of the call, counted from 1.
  public var line: Int
  /// What was shown.
  public var content: Content

  /// - Parameter line: of the call, counted from 1.
  public init(line: Int, _ content: Content) {
    self.line = line
    self.content = content
  }
}
