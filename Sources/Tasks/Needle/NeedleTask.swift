import Foundation
import Palimpsest
import SentenceRules

/// Unimportant facts hidden in a long text; the question asks which number belongs to a word.
///
///     One of the special magic numbers for quiet-harbour is: 4810577.
///
/// The eight varieties of RULER (Hsieh et al., arXiv:2404.06654), with the same sentence, so that a
/// model's scores are comparable where the hay is the same. Lengths are the tokens of the text alone,
/// by the run's tokenizer: the text fits, and one unit of hay more would not. (RULER includes prompt
/// and answer; a reader in chunks has no such prompt.) Needles depend on seed and number alone, so
/// the same needles are hidden in texts of every length. Texts are made while they are read; only one
/// number for every 64 lines is stored.
///
/// Traits: `variety`, `hay`, `depth` (percent of the text before the first needle asked for), `match`:
/// `all` where every answer is wanted.
public struct NeedleTask: ReadingTask {
  /// Variety, length and hay of the items; all have defaults.
  public struct Settings: Codable, Sendable {
    /// Which of RULER's eight kinds of needle.
    public var variety = NeedleVariety.single1
    /// Tokens of a text.
    public var tokens = 16_384
    /// Questions, each with a text of its own.
    public var count = 32
    /// The part of the text in which the needles stand.
    public var placement = Placement.uniform
    /// The text around the needles; `auto` is RULER's choice for the variety, or the given text.
    public var hay = NeedleVariety.Hay.auto
    /// A text file to hide the needles in; the varieties that RULER hides in essays need one.
    public var text = ""
    /// A folder with `adjectivelist.txt` and `nounlist.txt`, one word a line; a small list of our
    /// own where none is given.
    public var words = ""

    /// 32 texts of 16,384 tokens with one needle each by default.
    public init(
      variety: NeedleVariety = .single1, tokens: Int = 16_384, count: Int = 32,
      placement: Placement = .uniform, hay: NeedleVariety.Hay = .auto, text: String = "", words: String = ""
    ) {
      self.variety = variety
      self.tokens = tokens
      self.count = count
      self.placement = placement
      self.hay = hay
      self.text = text
      self.words = words
    }
  }

  /// Checked when questions are made.
  public var settings: Settings
  /// Counts `settings.tokens`.
  public var tokenizer: any Tokenizer

  /// Settings are checked when questions are made.
  public init(_ settings: Settings, tokenizer: any Tokenizer = WordTokenizer()) {
    self.settings = settings
    self.tokenizer = tokenizer
  }

  /// The lists of words.
  public func filesInFolders() throws -> [FilesInFolder] { WordList.files(in: settings.words) }

  /// - Throws: `TextError` where a file is missing or empty; `SettingError` where the word lists are too short, a text
  ///   is needed and not named, or the length leaves no room for the needles.
  public func questions(seed: UInt64) throws -> any Sequence<Question> { try questions(seed: seed, limit: nil) }

  /// The first ones: questions derive from the seed and their number, and each has a text of its own.
  public func questions(seed: UInt64, limit: Int?) throws -> any Sequence<Question> {
    let words = try settings.words.isEmpty ? NeedleWords.own : NeedleWords(folder: settings.words)
    let isText = settings.hay == .auto ? !settings.text.isEmpty : settings.hay == .essay
    let hay = isText ? .essay : settings.hay == .auto ? settings.variety.hay : settings.hay
    if hay == .essay, settings.text.isEmpty {
      throw SettingError.outOfRange(
        "task.text", found: "empty",
        why: "the variety \(settings.variety.rawValue) hides its needles in a text; name a file with task.text=FILE "
          + "(RULER uses essays; scores with another text are not comparable with published ones)")
    }
    // No more is read than the longest text could need: hardly a token has sixteen bytes.
    let sentences = hay == .essay ? try Self.sentences(of: settings.text, limit: 16 * settings.tokens + 4096) : nil
    let maker = NeedleMaker(
      settings: settings, tokenizer: tokenizer, words: words, hay: hay, sentences: sentences, seed: seed)
    guard maker.fits else {
      throw SettingError.outOfRange(
        "task.tokens", found: "\(settings.tokens)",
        why: "that leaves no room for the needles and a line around each; give at least \(maker.least)")
    }
    return items(min(settings.count, limit ?? .max)) { maker.question($0) }
  }

  /// The sentences of a file, white space collapsed, each with the space behind it.
  private static func sentences(of path: String, limit: Int) throws -> [[UInt8]] {
    let text = try String(decoding: start(of: path, limit: limit), as: UTF8.self)
    let collapsed = text.split(whereSeparator: \.isWhitespace).joined(separator: " ")
    let sentences = Sentences.of(collapsed).map { sentence in
      Array(sentence.utf8.reversed().drop { $0 == 0x20 }.reversed()) + [0x20]
    }
    guard !sentences.isEmpty else { throw TextError.empty(path) }
    return sentences
  }

  /// The first bytes of a file, however long it is.
  static func start(of path: String, limit: Int) throws -> [UInt8] {
    let file = try FileText(path)
    var bytes: [UInt8] = []
    while bytes.count < min(limit, byteLimit), let piece = try file.piece(from: bytes.count) { bytes += piece }
    return bytes
  }

  private static let byteLimit = 64 << 20
}

/// The needle tasks of RULER, its Table 2.
public enum NeedleVariety: String, Choice {
  case single1 = "single_1"
  case single2 = "single_2"
  case single3 = "single_3"
  case multikey1 = "multikey_1"
  case multikey2 = "multikey_2"
  case multikey3 = "multikey_3"
  case multivalue, multiquery

  /// The text around the needles.
  public enum Hay: String, Choice {
    /// RULER's choice for the variety, or the given text.
    case auto
    /// Five short sentences, again and again.
    case noise
    /// The sentences of a file, again from the start when they are used up.
    case essay
    /// Needles that no question asks for.
    case needles
  }

  enum Sort: String, Sendable { case number, word, uuid }

  var hay: Hay {
    switch self {
    case .single1: .noise
    case .multikey2, .multikey3: .needles
    default: .essay
    }
  }

  var key: Sort { self == .multikey3 ? .uuid : .word }
  var value: Sort { self == .single3 || self == .multikey3 ? .uuid : .number }
  /// Keys that are hidden, distractors among them.
  var keys: Int { self == .multikey1 || self == .multiquery ? 4 : 1 }
  var valuesPerKey: Int { self == .multivalue ? 4 : 1 }
  var queries: Int { self == .multiquery ? 4 : 1 }

  /// Accepts `single1` for `single_1`, too.
  public init(from decoder: any Decoder) throws {
    let name = try decoder.singleValueContainer().decode(String.self)
    guard
      let variety = Self.allCases.first(where: { $0.rawValue.replacing("_", with: "") == name.replacing("_", with: "") }
      )
    else {
      throw DecodingError.dataCorrupted(
        .init(
          codingPath: decoder.codingPath,
          debugDescription: "one of \(Self.allCases.map(\.rawValue).joined(separator: ", "))"))
    }
    self = variety
  }
}
