import Models
import Palimpsest
import Tensors
import Tokenizers
import Transformers

/// A row source whose rows all have positions: 0 where the source gives none, at which nothing is rotated.
private struct PlacedRows: RowSource {
  let source: any RowSource

  var layers: Set<Int> { source.layers }

  func spans(of positions: Range<Int>) -> [Range<Int>] { source.spans(of: positions) }

  func rows(for query: RowQuery) async throws -> Rows? {
    guard var rows = try await source.rows(for: query) else { return nil }
    rows.positions = rows.positions ?? Array(repeating: 0, count: rows.count)
    return rows
  }
}

extension LanguageModel {
  /// The passage that a prompt gives a model.
  struct Reading {
    var passage: Passage
    var interjector: (any Interjector)?
    /// Warnings, such as two begin-of-text tokens.
    var warnings: [String]
    /// Bytes without a token.
    var lostBytes: Int
  }

  /// A prompt as one user's turn, with its parts at the sites where they enter: vectors where they stand in
  /// the text, everything else beside it.
  ///
  /// - Parameters:
  ///   - chat: nil reads the text itself, behind the vocabulary's own opening.
  ///   - system: the text of the system's turn; nil for the format's own.
  ///   - rowPosition: nil takes the positions of the rows, and 0 for rows without.
  /// - Throws: `TokenizerError` where the vocabulary lacks a marker of the format.
  func reading(
    of prompt: Prompt, chat: ChatFormat?, system: String?, rowPosition: Injections.RowPosition?
  ) throws -> Reading {
    var pieces = [""]
    var vectors: [Tensor] = []
    var injections = Injections(rowPosition: rowPosition ?? .own)
    var interjectors: [any Interjector] = []
    for section in prompt.sections {
      switch section {
      case .text(let text), .part(.text(let text)): pieces[pieces.count - 1] += text
      case .part(.vectors(let tensor)):
        vectors.append(tensor)
        pieces.append("")
      case .part(.rows(let source)):
        injections.rows.append(rowPosition == nil ? PlacedRows(source: source) : source)
      case .part(.residual(let tensor, let layer)): injections.residuals.append((tensor, layer))
      case .part(.distribution(let tensor, let weight)): injections.distributions.append((tensor, weight))
      case .part(.onDemand(let interjector)): interjectors.append(interjector)
      }
    }
    let chat = try written(pieces, chat: chat, system: system)
    let passage = Passage(parts(chat.ids, chat.gaps, vectors), injections: injections)
    return Reading(
      passage: passage,
      interjector: interjectors.count > 1 ? JoinedInterjectors(interjectors: interjectors) : interjectors.first,
      warnings: chat.warnings, lostBytes: chat.lostBytes)
  }

  private func written(_ pieces: [String], chat: ChatFormat?, system: String?) throws -> RenderedChat {
    if let chat {
      let turns = (system.map { [ChatMessage(.system, $0)] } ?? []) + [ChatMessage(.user, pieces: pieces)]
      return try chat.render(turns, with: tokenizer)
    }
    var text = RenderedChat(ids: tokenizer.opening)
    for (index, piece) in pieces.enumerated() {
      if index > 0 { text.gaps.append(text.ids.count) }
      text.ids += tokenizer.encode(piece)
      text.lostBytes += tokenizer.lostBytes(in: piece)
    }
    if text.lostBytes > 0, let warning = tokenizer.missingBytesWarning { text.warnings.append(warning) }
    return text
  }

  /// Tokens, with vectors in the gaps.
  private func parts(_ ids: [Int], _ gaps: [Int], _ vectors: [Tensor]) -> [Passage.Part] {
    var parts: [Passage.Part] = []
    var done = 0
    for (gap, vectors) in zip(gaps, vectors) {
      parts += [.tokens(Array(ids[done..<gap])), .vectors(vectors)]
      done = gap
    }
    parts.append(.tokens(Array(ids[done...])))
    return parts.filter { if case .tokens(let tokens) = $0 { !tokens.isEmpty } else { true } }
  }
}
