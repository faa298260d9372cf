// # What does a model of a million parameters learn from a few licences?
//
// ## Method
//
// A decoder like published language models, but a thousand times smaller, is trained from scratch on the
// licence texts of a Debian machine, or on any text of yours. The vocabulary is learned from the same
// text. The experiment shows that every part of a neural policy works (tokens, gradients, optimiser,
// checkpoints, generation), on a machine without a network.
//
// N-gram models stand beside it: unigrams, trigrams and 5-grams (Kneser and Ney 1995). A model that has
// learned something beats them on unseen text. With so little text this is not certain: after ten passes the
// model has memorised the text, and its predictions of unseen text get worse. So some tokens of the model's
// input are replaced by wrong ones (arXiv:1703.02573).
//
// Stated before the run, and judged below by these thresholds:
//
// 1. On the held-out text the decoder needs fewer bits per byte than the trigrams; the interval of the
//    difference excludes 0.
// 2. It uses its context: with 129 to 256 tokens before a token its perplexity is at most 0.9 of that with
//    5 to 8.
// 3. The training takes less than ten minutes on two cores: 1200 seconds of processor time.
//
// Eight short runs on the choosing text set the number of steps, the rate, the share of wrong tokens and
// the size of the vocabulary; the held-out text was not used.
//
// Run: swift run -c release bookworm --set text=book.txt

import PalimpsestKit

import struct Foundation.URL

// ## What may vary
//
// Each property is a key of `bookworm.yaml` and of `--set`. The last tenth of each text is held out, and
// the tenth before it chooses between weights; paragraphs that repeat others are left out first, since
// licences quote each other.

struct Bookworm: ExperimentSettings {
  var seed: UInt64 = 1
  /// A file, or a folder of files.
  var text = "/usr/share/common-licenses"
  var corpus = Corpus.Settings()
  /// The size of the vocabulary.
  var vocabulary = 512
  var width = 128
  var innerWidth = 448
  var layers = 4
  var heads = 4
  /// The context length.
  var span = 256
  /// Spans of a step.
  var batch = 8
  var steps = 900
  /// The highest learning rate, after a warm-up in the first twentieth; then half a cosine down to
  /// 0.
  var rate: Float = 1e-3
  var decay: Float = 0.01
  /// The share of the input tokens that are replaced by wrong ones.
  var noise = 0.15
  /// The number of steps after which losses are measured and everything is saved.
  var stretch = 50

  var decoder: DecoderConfiguration {
    DecoderConfiguration(
      vocabulary: vocabulary, width: width, innerWidth: innerWidth, layers: layers, heads: heads, contextLength: span)
  }

  var training: TrainingSettings {
    var optimiser = AdamW.Settings()
    optimiser.decay = decay
    return TrainingSettings(
      Schedule(.cosine, peak: rate, warmUp: steps / 20, steps: steps), optimiser: optimiser, clipping: 1)
  }

  func check(_ full: Setting) throws {
    let sizes = [
      ("vocabulary", vocabulary, 257), ("width", width, 2), ("innerWidth", innerWidth, 1), ("layers", layers, 1),
      ("heads", heads, 1), ("span", span, 2), ("batch", batch, 1), ("steps", steps, 1), ("stretch", stretch, 1),
    ]
    for (key, value, least) in sizes where value < least {
      throw SettingError.outOfRange(key, found: "\(value)", why: "it must be \(least) or more")
    }
    guard (0..<1).contains(noise) else {
      throw SettingError.outOfRange("noise", found: "\(noise)", why: "it is a share, 0 or more and below 1")
    }
    guard width % (2 * heads) == 0 else {
      throw SettingError.outOfRange("width", found: "\(width)", why: "each of \(heads) heads needs an even share of it")
    }
    let learned = try Corpus(Documents(text).texts(), corpus).training.reduce(0) { $0 + $1.utf8.count }
    guard learned > 32 * span else { throw LearningError.tooShort("for spans of \(span) tokens", found: learned) }
  }
}

let bench = try await Bench.open("bookworm", defaults: Bookworm())

for run in try bench.runs() {
  let settings = run.settings

  // ## Reading
  //
  // The text is cut, the vocabulary is learned from the training part, and all parts are turned into
  // tokens. A stream begins with the token that stands between texts.

  let corpus = try Corpus(Documents(settings.text).texts(), settings.corpus)
  let tokenizer = BytePairTrainer(size: settings.vocabulary).train(on: corpus.training, name: "bookworm")
  let end = tokenizer.addedTokens[0].id
  func tokens(_ texts: [String]) -> [[Int]] { texts.map { [end] + tokenizer.encode($0) } }
  let learned = tokens(corpus.training)
  let bytes = { @Sendable (token: Int) in tokenizer.bytes(of: token)?.count ?? 0 }
  let choosing = TextScores(tokens(corpus.choosing), bytes: bytes)
  let heldOut = TextScores(tokens(corpus.heldOut), bytes: bytes)

  // ### Counting
  //
  // The n-gram models, and their surprisal of each held-out token. Their discounts are chosen on the same text
  // as the decoder's weights.

  let counting = [("unigrams", 1), ("trigrams", 3), ("5-grams", 5)].map { name, order in
    var model = KneserNey(order: order, vocabulary: tokenizer.idEnd, counting: learned)
    model.fit(on: choosing.streams)
    return (name: name, surprisals: heldOut.streams.map(model.surprisals))
  }

  // ### Learning
  //
  // A batch is a function of its step, so a run that was stopped or killed resumes at its last save
  // and ends with the same bytes.

  var configuration = settings.decoder
  configuration.vocabulary = tokenizer.idEnd
  let spans = TokenSpans(
    learned.flatMap(\.self), length: settings.span, batch: settings.batch, seed: settings.seed)
  let newborn = try Decoder(configuration, weights: RandomWeights(seed: settings.seed, layers: settings.layers))

  let training = try await run.trained(
    Training(newborn, settings.training, on: spans.fingerprint), steps: settings.steps,
    tokens: spans.tokensPerBatch, savingEvery: settings.stretch
  ) { training in
    try training.learn { decoder, step in
      decoder.loss(on: spans.batch(at: step), shown: spans.noised(at: step, share: settings.noise))
    }
    if training.step % settings.stretch == 0 || training.step == settings.steps {
      training.mark(
        choosing: choosing.loss(of: training.model, span: settings.span),
        heldOut: heldOut.loss(of: training.model, span: settings.span))
    }
  }

  // The weights with the lowest loss on the choosing text are kept as a model: a folder that this package
  // and others read.

  let decoder = training.best?.model ?? training.model
  try await run.write("model") { folder in
    try decoder.write(to: folder, metadata: ["trained": "bookworm"], ends: [end])
    try tokenizer.write(to: folder, end: end, contextLength: settings.span)
  }

  // ## What was found

  let decoded = heldOut.streams.map { decoder.surprisals(of: $0, span: settings.span) }
  let more = counting.map { "\($0.name) \(heldOut.difference($0.surprisals, decoded).words)" }.joined(separator: ", ")
  try await bench.say(
    "On text that it has not seen, the decoder of \(configuration.parameterCount) parameters needs "
      + "\(heldOut.score(decoded).bitsPerByte.words) bits per byte. The n-gram models need this much more: \(more).")

  var losses = Table(["model", "nats per token", "perplexity", "bits per byte", "more than the decoder", "tokens"])
  for (name, surprisals) in counting + [("decoder", decoded)] {
    let score = heldOut.score(surprisals)
    losses.add([
      .text(name), .interval(score.natsPerToken), .number(score.perplexity), .interval(score.bitsPerByte),
      name == "decoder" ? .missing : .interval(heldOut.difference(surprisals, decoded)), .number(Double(score.tokens)),
    ])
  }
  try await run.show(losses)

  let levels = counting.map { Chart.Level(Double(heldOut.score($0.surprisals).natsPerToken.value), $0.name) }
  try await run.show(training.curve(levels: levels))

  // ## What came out
  //
  // In the table of bits per byte each held-out token is predicted from the whole context that the model can
  // see. Intervals are 95 %, over blocks of 128 tokens. `more than the decoder` is in bits per byte, block by
  // block. The sizes of the run:

  var facts = Table(["what", "count"])
  for (what, count) in [
    ("parameters", configuration.parameterCount), ("tokens learned from", learned.reduce(0) { $0 + $1.count }),
    ("tokens to choose by", choosing.tokens), ("tokens held out", heldOut.tokens),
    ("bytes left out as repetitions", corpus.repeated), ("steps", training.step),
    ("step of the weights that are kept", training.best?.step ?? training.step),
    ("tokens trained on", training.step * spans.tokensPerBatch),
  ] { facts.add([.text(what), .number(Double(count))]) }
  facts.add([.text("passes over the text"), .number(spans.passes(after: training.step))])
  facts.add([.text("share of the held-out runs of 8 words that were learned from"), .number(corpus.overlap)])
  try await run.show(facts)

  // Times are those of one machine, so they are no part of the page.
  let pace = try await run.pace
  let rate = Double(pace.steps * spans.tokensPerBatch) / max(pace.processorSeconds, 1e-9)
  bench.options.console.note(
    "training took \(Int(pace.seconds)) s, \(Int(pace.processorSeconds)) s of processor time, \(Int(rate)) tokens a second of it"
  )

  // ### By length of the context
  //
  // Whether the model uses its context: each held-out token with a whole context length before it is judged
  // once with few and once with many tokens before it. The lines are the n-gram models on the same tokens.

  let context = ContextCurve(of: decoder, on: heldOut.streams, span: settings.span)
  var places = Table(["tokens before", "nats per token", "perplexity"])
  for point in context.points {
    places.add([
      .text(point.from == point.through ? "\(point.from)" : "\(point.from)–\(point.through)"), .interval(point.nats),
      .number(point.perplexity),
    ])
  }
  try await run.show(places)
  let beside = counting.map {
    Chart.Level(ContextCurve.nats(of: $0.surprisals, span: settings.span), $0.name)
  }
  try await run.show(context.figure(levels: beside))

  // ### What it writes
  //
  // Its continuations of the beginning of a held-out text, with the share of their runs of eight words that
  // stand in the training texts.

  let passage = heldOut.streams.max { $0.count < $1.count } ?? []
  let opening = Array(passage.prefix(min(33, settings.span)))
  try await run.show("(opening)\n" + tokenizer.decode(opening.dropFirst()))
  for temperature in [0, 0.7, 1] as [Float] {
    let request = GenerationRequest(
      Passage(opening), limit: 96, choice: TokenChoice(temperature: temperature), ends: [end],
      random: SeededGenerator(seed: settings.seed, session: "\(temperature)", purpose: "sample"))
    let text = tokenizer.decode(decoder.continuations(of: [request])[0].tokens, showingSpecial: false)
    let learned = corpus.familiarity(of: text).map { "\(Int(($0 * 100).rounded())) % learned" } ?? "too short to tell"
    try await run.show("\n(temperature \(temperature), \(learned))\n" + text)
  }

  // ### Its inside
  //
  // Its activations, for other tools: the stream that enters each layer while it reads the beginning of that
  // text, and its predictions ([records](../records.md) says how h5py reads them).

  let span = Array(passage.prefix(settings.span))
  let taps = (0...settings.layers).map { Tap(.hidden, layer: $0) }
  let states = decoder.states(of: [Passage(span)], taps: Set(taps))
  let logits = decoder.logits(of: states)
  try await run.write("activations.h5") { file in
    let log = try HDF5Log(URL(filePath: file), limits: [:])
    try await log.record(Tensor(span.map(Float.init)), at: TensorPath("held-out", step: 0, "tokens"))
    for tap in taps {
      guard let hidden = states.taps[0][tap] else { continue }
      try await log.record(hidden, at: TensorPath("held-out", step: 0, "hidden/\(tap.layer)"))
    }
    try await log.record(logits, at: TensorPath("held-out", step: 0, "logits"))
    try await log.close()
  }
  try await run.show(
    "model        \(run.place.lastPathComponent)/model\nactivations  \(run.place.lastPathComponent)/activations.h5")
}

// Judged by the thresholds above:
//
// 1. *Reached, barely:* trigrams need 0.107 bits per byte more than the decoder, [0.005, 0.244]. 5-grams equal
//    the decoder: the interval of their difference contains 0.
// 2. *Reached:* perplexity falls from 29.6 with 5 to 8 tokens before to 25.1 with 129 to 256, to 0.85 of it. Most of the
//    gain is in the first 32 tokens.
// 3. *Reached:* 98 seconds of processor time, 109 seconds of wall time beside other work.
//
// This was the second use of the held-out text. The first run had a decay of 4 and a second beta of 0.99 by
// mistake, unlike the trials; it ended at 2.91 nats on the choosing text instead of 2.73, and level with the
// trigrams (-0.022 [-0.166, 0.183]). In that run the curve over places also compared different tokens; this is
// corrected.
//
// ## Limits
//
// One text, one seed, one size. 137 KB are very little: n-grams are hard to beat on them, the text is memorised
// after some ten passes without wrong tokens, and the generated text shows it. On a novel of 1.2 MB, with the
// settings in [measurements](../measurements.md), the decoder learns enough to leave the 5-grams far behind. The
// held-out ends of licences differ from their beginnings: all models need more bits for them than for the
// choosing text.

try await bench.finish()
