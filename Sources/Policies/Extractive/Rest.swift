/// Where in the text a chunk ended: what the next chunk continues.
///
/// It travels with the counts and not on the page. So it is kept whatever a gate decides, and no memory
/// loses a sentence to the border of a chunk.
struct Rest: Equatable {
  /// The heading of the text that follows; empty for none.
  var heading = ""
  /// The sentence that the chunk's end cut, byte for byte; at most `Layout.longestSentence` bytes.
  var torn = ""
  /// Whether the chunk ended inside a block of lines, so that the next line is not a heading.
  var isInside = false
}
