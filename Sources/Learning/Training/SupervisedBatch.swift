import Palimpsest
import Tensors
import Transformers

/// Sequences in which some tokens are to be predicted.
public struct SupervisedBatch: Sendable, Hashable {
  /// Token ids, one list per sequence.
  public var sequences: [[Int]]
  /// Per sequence, the places whose tokens are predicted from what stands before them; none is 0.
  public var targets: [[Int]]

  /// - Precondition: one list of places per sequence.
  public init(_ sequences: [[Int]], targets: [[Int]]) {
    precondition(sequences.count == targets.count, "\(sequences.count) sequences with \(targets.count) lists of places")
    self.sequences = sequences
    self.targets = targets
  }

  /// Prompts with replies, all of whose tokens are predicted.
  public init(replies: [(prompt: [Int], reply: [Int])]) {
    self.init(
      replies.map { $0.prompt + $0.reply },
      targets: replies.map { Array($0.prompt.count..<($0.prompt.count + $0.reply.count)) })
  }

  /// Tokens that a model reads.
  public var tokens: Int { sequences.reduce(0) { $0 + max(0, $1.count - 1) } }
}

/// The loss on a batch, and what was predicted.
public struct SupervisedLoss: Sendable {
  /// Nats per predicted token, shape []. Gradients flow.
  public var loss: Tensor
  /// Per sequence and target, whether the likeliest token is the right one.
  public var hits: [[Bool]]

  /// Share of sequences all of whose targets are right.
  public var exact: Double { Double(hits.count { $0.allSatisfy(\.self) }) / Double(max(1, hits.count)) }
}

extension SupervisedBatch {
  /// The batch cut into parts of at most so many sequences, each with its share of the predicted tokens: the losses of
  /// the parts, weighted by the shares, add up to the loss of the batch. Parts without a target are left out.
  ///
  /// - Precondition: at least one sequence per part.
  public func parts(of size: Int) -> [(batch: SupervisedBatch, share: Double)] {
    let all = targets.reduce(0) { $0 + $1.count }
    return stride(from: 0, to: sequences.count, by: size).compactMap { start in
      let range = start..<min(start + size, sequences.count)
      let part = SupervisedBatch(Array(sequences[range]), targets: Array(targets[range]))
      let count = part.targets.reduce(0) { $0 + $1.count }
      return count == 0 ? nil : (part, Double(count) / Double(all))
    }
  }
}

extension Backbone {
  /// The mean of −ln p over the predicted tokens.
  ///
  /// - Parameter adapter: what is to learn, where it is not the model.
  /// - Precondition: the batch has a target.
  public func loss(on batch: SupervisedBatch, with adapter: Adapter? = nil) -> SupervisedLoss {
    let states = states(of: batch.sequences.map { Passage(Array($0.dropLast()), adapter: adapter) })
    var (rows, wanted): ([Int], [Int]) = ([], [])
    for (index, places) in batch.targets.enumerated() {
      rows += places.map { states.spans[index].lowerBound + $0 - 1 }
      wanted += places.map { batch.sequences[index][$0] }
    }
    let logits = logits(of: states, rows: rows)
    let likeliest = logits.detached.top(1).columns
    var start = 0
    let hits = batch.targets.map { places in
      defer { start += places.count }
      return places.indices.map { likeliest[start + $0][0] == wanted[start + $0] }
    }
    return SupervisedLoss(loss: logits.crossEntropy(wanted), hits: hits)
  }
}
