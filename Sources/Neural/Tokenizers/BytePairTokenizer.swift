import Palimpsest
import Synchronization

/// A published vocabulary of byte pairs: text to token ids and back, as the models that were trained
/// with it expect.
///
///     let tokenizer = try BytePairTokenizer(folder: "Qwen3-0.6B")
///     let ids = tokenizer.encode("Call me Ishmael.")
///     tokenizer.decode(ids)                            // "Call me Ishmael."
///
/// - Text of documents never becomes a special token: `encode` matches added tokens only on
///   request, and a `ChatFormat` names the markers of a conversation.
/// - Encoding takes time linear in the text, and n log n within one word, for any content.
/// - As a `Tokenizer` it counts and cuts as `encode` does without added tokens. A border is reported
///   only where both sides, encoded alone, have the tokens they have together: between words, and
///   between two tokens of a word where each side splits and merges as before.
///
/// Copies share the vocabulary and a cache of words, which are safe to use from many tasks at once.
///
/// Source: byte-pair encoding (Sennrich et al., arXiv:1508.07909) over bytes (GPT-2, Radford et al.
/// 2019). Conforms to the reference implementation, Hugging Face tokenizers, in every id;
/// docs/tokenizers.md says which files we refuse that it accepts, and how added tokens decode
/// differently.
public struct BytePairTokenizer: Tokenizer {
  /// Stands in run records and tables.
  public let name: String
  let vocabulary: Vocabulary

  /// The ids that the files put before and behind a text: begin of text for Llama 3, none for Qwen.
  public var opening: [Int] { vocabulary.opening }
  /// The ids that the files put behind a text; most files have none.
  public var closing: [Int] { vocabulary.closing }
  /// All added tokens, special or not.
  public var addedTokens: [AddedToken] { vocabulary.added.tokens }
  /// One more than the greatest id. Ids below may be without a token.
  public var idEnd: Int { max(vocabulary.table.end, (vocabulary.added.tokens.map(\.id).max() ?? -1) + 1) }
  /// The rule by which text is cut into words; nil where it is not cut.
  public var pattern: SplitPattern? { vocabulary.splitting.pattern }
  /// The normal form that text is brought to before it is cut; nil where it is left as it is.
  public var normalization: Normalization? { vocabulary.form }

  init(name: String, vocabulary: Vocabulary) {
    self.name = name
    self.vocabulary = vocabulary
  }

  /// The bytes of a token; nil where no token has this id.
  public func bytes(of id: Int) -> [UInt8]? {
    if let added = vocabulary.added.token(id) { return Array(added.content.utf8) }
    if let byte = vocabulary.symbols.byte(of: UInt32(id)) { return [byte] }
    let bytes = vocabulary.table[id]
    return bytes.isEmpty ? nil : Array(bytes)
  }

  /// The id of an added token by its text: `<|im_end|>`.
  public func id(ofAdded content: String) -> Int? { vocabulary.added.token(content)?.id }

  /// The token of exactly these bytes; added tokens are ignored.
  public func id(of bytes: [UInt8]) -> Int? {
    if let id = vocabulary.table.id(of: bytes), vocabulary.symbols.byte(of: UInt32(id)) == nil { return id }
    guard bytes.count == 1, vocabulary.symbols.byteIDs[Int(bytes[0])] != Symbols.none else { return nil }
    return Int(vocabulary.symbols.byteIDs[Int(bytes[0])])
  }

  /// How many of the 256 bytes have no token.
  public var missingBytes: Int { vocabulary.symbols.byteIDs.count { $0 == Symbols.none } }
  /// Bytes of all texts encoded so far, by any copy of this value, that had no token.
  public var lostBytes: Int { vocabulary.lost.load(ordering: .relaxed) }
  /// Bytes of a text that become no token of their own: they are left out, or become the unknown token.
  public func lostBytes(in text: String) -> Int {
    var text = text
    return text.withUTF8 { vocabulary.symbols.lost(in: $0) }
  }
  /// The warning about texts with such bytes; nil while there were none.
  public var warning: String? { lostBytes > 0 ? missingBytesWarning : nil }
  /// What becomes of the bytes without a token; nil where each has one.
  public var missingBytesWarning: String? {
    guard missingBytes > 0 else { return nil }
    let fate = vocabulary.symbols.unknown.map { "become the unknown token (\($0))" } ?? "are left out"
    return "\(missingBytes) of the 256 bytes have no token in the vocabulary \(name); in texts they \(fate), as in the "
      + "reference implementation"
  }

  /// Whether the id is an added token that stands for something other than text.
  public func isSpecial(_ id: Int) -> Bool { vocabulary.added.token(id)?.isSpecial ?? false }
}

/// The parts of a tokenizer; they never change after creation.
final class Vocabulary: Sendable {
  let table: TokenTable
  let merges: MergeTable
  /// The merges in their order, for writing them down.
  let mergeList: [MergeTable.Merge]
  let symbols: Symbols
  /// Whether a word that is a token is encoded as that token, regardless of merges.
  let ignoresMerges: Bool
  let splitting: Splitting
  let form: Normalization?
  let added: AddedVocabulary
  let opening: [Int]
  let closing: [Int]
  /// Which blank at the beginning of a text was put there by encoding.
  let strip: Strip
  /// Bytes of encoded texts that had no token.
  let lost = Atomic<Int>(0)

  /// What decoding leaves out at the beginning.
  enum Strip: Sendable {
    case nothing
    /// One blank.
    case blank
    /// All blanks of the first token.
    case firstToken
  }

  private let idle = Mutex<[WordEncoder]>([])
  private static let keptIdle = 8

  init(
    table: TokenTable, merges: [MergeTable.Merge], symbols: Symbols, ignoresMerges: Bool, splitting: Splitting,
    form: Normalization?, added: [AddedToken], opening: [Int], closing: [Int], strip: Strip = .nothing
  ) {
    self.table = table
    self.merges = MergeTable(merges)
    mergeList = merges
    self.symbols = symbols
    self.strip = strip
    self.ignoresMerges = ignoresMerges
    self.splitting = splitting
    self.form = form
    self.added = AddedVocabulary(added, form: form)
    self.opening = opening
    self.closing = closing
  }

  /// The place behind a token in a word in which it was found.
  @inline(__always)
  func end(of token: UInt32, from place: Int, in text: UnsafeBufferPointer<UInt8>, to stop: Int) -> Int {
    let bytes = table[Int(token)]
    return symbols.isExact ? place + bytes.count : symbols.end(of: token, bytes, from: place, in: text, to: stop)
  }

  /// Lends an encoder whose cache earlier texts have filled.
  func withEncoder<Result>(_ body: (WordEncoder) -> Result) -> Result {
    let encoder =
      idle.withLock { $0.popLast() }
      ?? WordEncoder(
        merger: Merger(merges: merges, symbols: symbols), whole: ignoresMerges ? (table, added) : nil,
        normalizer: form.map { Normalizer($0) })
    defer { idle.withLock { if $0.count < Self.keptIdle { $0.append(encoder) } } }
    return body(encoder)
  }
}
