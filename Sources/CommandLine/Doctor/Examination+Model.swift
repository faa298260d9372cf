import Basics
import Checkpoints
import Foundation
import Models
import Palimpsest
import PolicyLocal
import Tensors
import Tokenizers
import Transformers

extension Examination {
  /// What a model's folder holds, whether it fits this machine, and how fast it is here.
  ///
  /// What can be found out without loading it comes first: a model that does not fit is not loaded.
  public static func model(_ folder: String, _ quantise: LocalPolicy.Quantisation) -> [Examination] {
    do {
      var configuration = try ModelConfiguration(folder)
      let checkpoint = try Checkpoint(folder)
      _ = try configuration.settle(with: checkpoint)
      let need = MemoryNeed(of: DecoderConfiguration(configuration), in: checkpoint, storage: quantise.storage)
      let head = [
        architecture(configuration), size(configuration, checkpoint), matrices(checkpoint, quantise),
        memory(need, configuration),
      ]
      guard !head.contains(where: { $0.state == .missing }) else { return head }
      let template = template(folder)
      let model = try LanguageModel(
        folder: folder, storage: quantise.storage, template: template.state == .fine ? .published : .plain)
      return head + [
        agreement(model), vocabulary(model), template, sampling(model), finite(checkpoint), speed(model),
      ]
    } catch {
      return [Examination("model", .missing, "\(error)", remedy: "take a folder with a model that is read here")]
    }
  }

  private static func architecture(_ model: ModelConfiguration) -> Examination {
    let heads = model.heads == model.keyHeads ? "\(model.heads) heads" : "\(model.heads) heads on \(model.keyHeads)"
    let slidingWindow = model.slidingWindows.compactMap(\.self).first.map { ", sees \($0) back in some layers" } ?? ""
    return Examination(
      "architecture", .fine,
      "\(model.family.rawValue): \(model.layers) layers of width \(model.width), \(heads) of \(model.headWidth), "
        + "vocabulary \(model.vocabulary), context length \(model.contextLength)\(slidingWindow)")
  }

  private static func size(_ model: ModelConfiguration, _ checkpoint: Checkpoint) -> Examination {
    let count = DecoderConfiguration(model).parameterCount
    let types = Set(checkpoint.tensors.values.map { "\($0.type.rawValue)" }).sorted().joined(separator: ", ")
    return Examination(
      "size", .fine,
      String(format: "%.3g million weights, %d MiB in files as %@", Double(count) / 1e6, checkpoint.bytes >> 20, types))
  }

  /// What products read where it lies, and what becomes of the rest when the model is loaded.
  private static func matrices(_ checkpoint: Checkpoint, _ quantise: LocalPolicy.Quantisation) -> Examination {
    var kinds: [String: (count: Int, bytes: Int)] = [:]
    for tensor in checkpoint.tensors.values where tensor.shape.count == 2 {
      let end =
        switch quantise.storage {
        case .trainable: "become f32 in memory"
        case .int8(let group): "become bytes in memory, with a scale for \(group) each"
        case .stored:
          tensor.copiedBytes == 0
            ? "are multiplied where they lie"
            : tensor.copiedBytes == tensor.range.count
              ? "are multiplied as stored, from a copy with their rows in order"
              : tensor.type == .float16 ? "become f32 in memory" : "become bf16 in memory"
        }
      // As the command line loads them: `StoredMatrix.Activations.rounded`.
      let rounds = quantise.storage == .stored && tensor.type.blocks?.isMultiplied == true
      let kind = "of type \(tensor.type.rawValue) \(end)\(rounds ? ", activations rounded to 8 bits" : "")"
      kinds[kind, default: (0, 0)].count += 1
      kinds[kind, default: (0, 0)].bytes += tensor.range.count
    }
    let listed = kinds.sorted { ($1.value.bytes, $0.key) < ($0.value.bytes, $1.key) }
      .map { "\($0.value.count) of \($0.value.bytes >> 20) MiB \($0.key)" }
    return Examination("matrices", .fine, listed.joined(separator: "; "))
  }

  private static func memory(_ need: MemoryNeed, _ model: ModelConfiguration) -> Examination {
    let own = need.total(positions: 512)
    let whole = need.total(positions: model.contextLength)
    let mapped = need.mapped > 0 ? " and \(need.mapped >> 20) MiB of mapped files" : ""
    let found =
      "\(own >> 20) MiB\(mapped) with 512 tokens, \(whole >> 20) MiB with the whole context; \(need.position) bytes a "
      + "token, half of it with policy.cache: bfloat16"
    guard let available = Machine.availableMemory else { return Examination("memory", .fine, found) }
    let free = "\(found); \(available >> 20) MiB are free"
    if own > available {
      return Examination(
        "memory", .missing, free, remedy: "it would run out of memory: --quantise int8, or a smaller model")
    }
    if own + need.mapped > available {
      return Examination(
        "memory", .warning, free, remedy: "weights would be read from disk again and again: --quantise int8 is smaller")
    }
    return Examination(
      "memory", whole > available ? .warning : .fine, free,
      remedy: whole > available ? "long prompts will be refused; policy.contextLength bounds them" : "")
  }

  private static func agreement(_ model: LanguageModel) -> Examination {
    guard !model.warnings.isEmpty else {
      return Examination(
        "agreement", .fine, "configuration, vocabulary and tensors are of one model, and all are used")
    }
    return Examination(
      "agreement", .warning, model.warnings.joined(separator: "; "),
      remedy: "take all files from the same checkpoint, or correct config.json")
  }

  private static func vocabulary(_ model: LanguageModel) -> Examination {
    guard let missing = model.tokenizer.missingBytesWarning else {
      return Examination("vocabulary", .fine, "\(model.tokenizer.idEnd) ids; every byte has a token")
    }
    return Examination(
      "vocabulary", .warning, missing,
      remedy: "texts with such bytes are not read whole; a run counts them as lostBytes in summary.json")
  }

  private static func template(_ folder: String) -> Examination {
    do {
      return Examination("chat template", .fine, "evaluated: \(try ChatFormat(model: folder).name)")
    } catch {
      return Examination(
        "chat template", .warning, "\(error)",
        remedy: "set policy.template: plain for a model without turns, or one of "
          + ChatFormat.names)
    }
  }

  private static func sampling(_ model: LanguageModel) -> Examination {
    let g = model.generation
    let ends = model.ends.sorted().map {
      model.tokenizer.bytes(of: $0).map { String(decoding: $0, as: UTF8.self) } ?? "\($0)"
    }
    let drawn =
      g.isSampled
      ? "temperature \(g.temperature), top-p \(g.topP)\(g.topK.map { ", top-k \($0)" } ?? "") where temperature is null"
      : "the likeliest token"
    let found = "\(drawn); a reply ends at \(ends.joined(separator: ", "))"
    if ends.isEmpty {
      return Examination(
        "sampling", .warning, "\(drawn); nothing ends a reply",
        remedy: "every reply takes all the tokens it may; name eos_token_id in config.json")
    }
    return Examination(
      "sampling", g.repetitionPenalty == 1 ? .fine : .warning, found,
      remedy: g.repetitionPenalty == 1
        ? "" : "repetition_penalty \(g.repetitionPenalty) of generation_config.json is not applied")
  }

  private static func finite(_ checkpoint: Checkpoint) -> Examination {
    do {
      try checkpoint.checkFinite()
      return Examination("weights", .fine, "all are finite")
    } catch {
      return Examination("weights", .missing, "\(error)", remedy: "fetch the file again")
    }
  }

  /// Reads and writes for about two seconds.
  private static func speed(_ model: LanguageModel) -> Examination {
    var batch = model.backbone.makeBatch(width: 1, piece: 64, kept: 0)
    let vocabulary = model.backbone.vocabulary
    let length = min(1 << 16, (model.backbone.contextLength ?? .max) - 1)
    guard length > 0 else { return Examination("speed", .warning, "a context length of one token has no reply") }
    func request(_ count: Int) -> GenerationRequest {
      GenerationRequest((0..<count).map { $0 * 7919 % vocabulary }, limit: 1 << 20)
    }
    let start = ContinuousClock.now
    let first = batch.add(request(length))
    while !batch.isEmpty, ContinuousClock.now - start < .seconds(1) { _ = batch.step() }
    batch.cancel(first)
    let second = batch.add(request(min(64, length)))
    while !batch.isEmpty, ContinuousClock.now - start < .seconds(2) || batch.counts.written < 3 { _ = batch.step() }
    batch.cancel(second)
    let counts = batch.counts
    return Examination(
      "speed", .fine,
      String(
        format: "%.0f tokens/s of a prompt, %.1f of a reply (one at a time, %d threads, two seconds)",
        Double(counts.read) / max(counts.readSeconds, 1e-9), Double(counts.written) / max(counts.writeSeconds, 1e-9),
        Threads.count))
  }
}
