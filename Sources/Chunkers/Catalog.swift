import Palimpsest

/// The ways to cut a text, by name.
///
/// `size` and `overlap` are in tokens of the run's tokenizer (`setup.tokenizer`), for `characters`
/// in Unicode scalars. `size` is what a chunk may be in all: of that, `overlap` is the begin of the
/// next one.
public let chunkers: [Catalog<any Chunker>.Entry] = [
  .init("tokens", "exactly so many tokens, wherever that falls", defaults: Measure()) { settings, setup in
    try settings.check(in: setup)
    return TokenChunker(size: settings.own, by: setup.tokenizer).overlapped(by: settings.overlap)
  },
  .init(
    "characters", "exactly so many Unicode scalars, wherever that falls", defaults: Measure(size: 4096)
  ) { settings, setup in
    try settings.check(in: setup)
    return TokenChunker(size: settings.own, by: ScalarTokenizer()).overlapped(by: settings.overlap)
  },
  .init("lines", "whole lines up to a size", defaults: Packing()) { settings, setup in
    try settings.check(in: setup)
    return LineChunker(size: settings.own, count: settings.count, by: setup.tokenizer)
      .overlapped(by: settings.overlap)
  },
  .init(
    "sentences", "whole sentences up to a size", source: "Unicode Standard Annex 29", defaults: Packing()
  ) { settings, setup in
    try settings.check(in: setup)
    return SentenceChunker(size: settings.own, count: settings.count, by: setup.tokenizer)
      .overlapped(by: settings.overlap)
  },
  .init("paragraphs", "whole paragraphs up to a size", defaults: Packing()) { settings, setup in
    try settings.check(in: setup)
    return ParagraphChunker(size: settings.own, count: settings.count, by: setup.tokenizer)
      .overlapped(by: settings.overlap)
  },
  .init(
    "semantic", "up to where the vocabulary changes most", source: "TextTiling, Hearst 1997",
    defaults: Tiling()
  ) { settings, setup in
    try settings.check(in: setup)
    return SemanticChunker(
      size: settings.own, least: settings.least ?? settings.own / 4, block: settings.block, by: setup.tokenizer
    ).overlapped(by: settings.overlap)
  },
]

extension MeasuredChunker {
  fileprivate func overlapped(by overlap: Int) -> any Chunker {
    overlap == 0 ? self : overlapping(by: overlap)
  }
}
