import Foundation
import Palimpsest

/// Questions about documents: the documents with the answer stand among distractors.
///
/// Every item is one text: its supporting documents, its own others, and distractors from the same
/// file, up to a wanted number of documents or tokens, in an order that the seed and the item's id
/// alone decide. An item of 50 documents holds the same ones as the item of 10, and more.
///
///     Document 1:
///     Title
///     Sentences of the document. They follow each other on one line.
///
///     Document 2:
///     …
///
/// Items are made one by one on request; only the file's documents stay in memory, each once.
/// Sources: the document mix of RULER (arXiv:2404.06654), its `qa` tasks, on HotpotQA
/// (arXiv:1809.09600), SQuAD (arXiv:1606.05250, 1806.03822), MuSiQue (arXiv:2108.00573) and
/// 2WikiMultihopQA (arXiv:2011.01060).
public struct QATask: ReadingTask {
  /// The file, and how much of it a text holds.
  public struct Settings: Codable, Sendable {
    /// Path of the data set's own JSON or JSON Lines file.
    public var file = ""
    /// The data set the file comes from; `auto` recognises it by its first record.
    public var format = QAFormat.auto
    /// Documents per text; 0 uses the item's own.
    public var documents = 0
    /// Tokens per text, at most; 0 sets no such bound. Not together with `documents`.
    public var tokens = 0
    /// Questions drawn from the file by the seed, evenly over clusters; 0 takes all, in the file's order.
    public var limit = 0
    /// Only records with this `split`; empty takes all.
    public var split = ""
    /// Whether distractors may be used again when the file has too few.
    public var repeating = false
    /// In which order the documents stand.
    public var order = DocumentOrder.perItem
    /// A text, or a folder of texts: the item's own documents then stand among their sentences, and `tokens` is the length
    /// of the whole. Empty takes documents of the file as distractors.
    public var hay = ""
    /// Where in the hay the documents with evidence stand.
    public var placement = Placement.uniform

    /// All questions of the file, each with its own documents, by default.
    public init(
      file: String = "", format: QAFormat = .auto, documents: Int = 0, tokens: Int = 0,
      limit: Int = 0, split: String = "", repeating: Bool = false, order: DocumentOrder = .perItem,
      hay: String = "", placement: Placement = .uniform
    ) {
      self.file = file
      self.format = format
      self.documents = documents
      self.tokens = tokens
      self.limit = limit
      self.split = split
      self.repeating = repeating
      self.order = order
      self.hay = hay
      self.placement = placement
    }
  }

  /// The file, and how much of it a text holds.
  public var settings: Settings
  /// Counts `settings.tokens`.
  public var tokenizer: any Tokenizer

  /// The file is read when questions are made.
  public init(_ settings: Settings, tokenizer: any Tokenizer = ByteTokenizer()) {
    self.settings = settings
    self.tokenizer = tokenizer
  }

  /// - Throws: `QAError` where the file is missing, is not of its format, or has too few documents.
  public func questions(seed: UInt64) throws -> any Sequence<Question> { try questions(seed: seed, limit: nil) }

  /// At most `limit` questions, drawn by the seed and evenly over documents.
  public func questions(seed: UInt64, limit: Int?) throws -> any Sequence<Question> {
    let collection = try QACollection(
      contentsOf: settings.file, format: settings.format, split: settings.split)
    let limit = min(limit ?? .max, settings.limit > 0 ? settings.limit : .max)
    let items = evenSample(of: collection.items.map { $0.cluster ?? $0.id }, limit: limit, seed: seed)
      .map { collection.items[$0] }
    guard settings.hay.isEmpty else {
      let mix = try BookMix(of: collection, for: items, settings: settings, tokenizer: tokenizer, seed: seed)
      return items.lazy.map { mix.question($0) }
    }
    let mix = try DocumentMix(of: collection, for: items, settings: settings, tokenizer: tokenizer, seed: seed)
    return items.lazy.map { mix.question($0) }
  }
}

extension QATask {
  /// The books.
  public func filesInFolders() throws -> [FilesInFolder] {
    settings.hay.isEmpty ? [] : PublishedFile.files("hay", settings.hay, try Documents(settings.hay).files)
  }
}

/// In which order the documents of a text stand.
public enum DocumentOrder: String, Choice {
  /// Every item has a permutation of its own, which derives from the seed and its id.
  case perItem
  /// As in MemAgent's RULER-HQA: the item's own documents first, then others, all shuffled by Python's generator with
  /// the seed 4, anew for every item. The permutation depends on the number of documents alone, so that an item's own
  /// ten always stand in the same ten places (counted from 0, of 200: 6, 9, 16, 80, 87, 95, 108, 153, 176, 190), and every
  /// length probes one placement. For reproducing published figures; `perItem` is the correction.
  case memagent
}

/// How a file of questions is written.
public enum QAFormat: String, Choice {
  /// Recognised by the file's first record.
  case auto
  case hotpotqa, squad, musique
  case twoWiki = "2wiki"
}
