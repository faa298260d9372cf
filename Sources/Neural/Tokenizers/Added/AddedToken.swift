/// A token beside the vocabulary: matched in text literally, never made by merges.
public struct AddedToken: Sendable, Hashable {
  /// May lie beyond the vocabulary's ids, with a gap between.
  public var id: Int
  /// The text by which it is found.
  public var content: String
  /// Whether it means something other than text: begin of text, end of a turn.
  public var isSpecial: Bool
  /// Found only where no letter, digit or `_` is next to it.
  public var isSingleWord: Bool
  /// Whether the white space before it belongs to it.
  public var takesBlanksBefore: Bool
  /// Whether the white space behind it belongs to it.
  public var takesBlanksBehind: Bool
  /// Whether it is matched after normalization, in its normalized form; otherwise it is matched
  /// before.
  public var isNormalized: Bool

  /// By default a special token that is found exactly as written, before normalization.
  public init(
    id: Int, content: String, isSpecial: Bool = true, isSingleWord: Bool = false, takesBlanksBefore: Bool = false,
    takesBlanksBehind: Bool = false, isNormalized: Bool = false
  ) {
    self.id = id
    self.content = content
    self.isSpecial = isSpecial
    self.isSingleWord = isSingleWord
    self.takesBlanksBefore = takesBlanksBefore
    self.takesBlanksBehind = takesBlanksBehind
    self.isNormalized = isNormalized
  }
}

/// The added tokens that encoding may match in a text.
public enum AddedTokens: Sendable, Hashable {
  /// None: the text of documents, in which `<|im_end|>` is eight marks and letters like any others.
  case none
  /// The tokens that are not special: the behaviour of the reference implementation with
  /// `encode_special_tokens`. Some families have tokens among these that steer a model (`<think>`,
  /// `<tool_call>`): not for foreign text.
  case ordinary
  /// All: for trusted text, such as a rendered template.
  case all
}
