import Basics
import Foundation
import Palimpsest

/// The rollouts of a stage on disk, a file for each draw: `rollouts/STAGE/DRAW.jsonl` in the folder of a run.
///
/// The first line of a file has `draw`, the number of `groups` and the `failures`; each other line is a rollout with the
/// number of its group. Rewards and log-probabilities are read as they were written, bit for bit.
///
/// Files may be of unknown origin: sizes are bounded, and every number is checked against the model that is to learn
/// from it.
public struct RolloutFolder: Sendable, Hashable {
  /// The folder of the stage.
  public let path: String

  /// The most bytes of a file, and the most rollouts in it.
  static let mostBytes = 1 << 30, mostRollouts = 1 << 20

  /// - Parameters:
  ///   - run: the folder of the run.
  ///   - stage: the name of the stage.
  public init(_ run: String, stage: String) {
    let name = stage.map { $0.isLetter || $0.isNumber || $0 == "-" || $0 == "_" ? String($0) : "-" }.joined()
    path = "\(run)/rollouts/\(name.isEmpty ? "-" : name)"
  }

  /// The file of a draw.
  public func file(of draw: Int) -> String { "\(path)/\(draw).jsonl" }

  private struct Head: Codable {
    var draw: Int
    var groups: Int
    var failures: [String]
  }

  private struct Line: Codable {
    var group: Int
    var rollout: Rollout
  }

  /// Writes the rollouts of a draw, whole or not at all.
  ///
  /// - Throws: `LearningError.unwritable`.
  public func write(_ round: RolloutRound, draw: Int) throws {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys]
    do {
      try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
      try WholeFile.write(to: file(of: draw)) { output in
        let head = Head(draw: draw, groups: round.groups.count, failures: round.failures)
        try output.write(encoder.encode(head) + Data("\n".utf8))
        for (group, rollouts) in round.groups.enumerated() {
          for rollout in rollouts.rollouts {
            try output.write(encoder.encode(Line(group: group, rollout: rollout)) + Data("\n".utf8))
          }
        }
      }
    } catch let fault as FileFault {
      throw LearningError.unwritable(file: file(of: draw), reason: fault.reason)
    } catch {
      throw LearningError.unwritable(file: file(of: draw), reason: error.systemReason)
    }
  }

  /// Reads the rollouts of a draw.
  ///
  /// - Parameters:
  ///   - vocabulary: token ids of the model that is to learn.
  ///   - contextLength: positions it may have; nil for any.
  /// - Throws: `LearningError.rollouts` for a file that is missing, too large, or has what cannot be learned from.
  public func read(draw: Int, vocabulary: Int, contextLength: Int?) throws -> RolloutRound {
    let file = file(of: draw)
    func refuse(_ reason: String) -> LearningError { .rollouts(file: file, reason: reason) }
    let data: Data
    do {
      let size = try FileManager.default.attributesOfItem(atPath: file)[.size] as? Int ?? 0
      guard size <= Self.mostBytes else { throw refuse("it has \(size) bytes, more than \(Self.mostBytes)") }
      data = try Data(contentsOf: URL(filePath: file), options: .mappedIfSafe)
    } catch let error as LearningError {
      throw error
    } catch {
      throw refuse(error.systemReason)
    }
    let lines = data.split(separator: UInt8(ascii: "\n"))
    let decoder = JSONDecoder()
    guard let first = lines.first, let head = try? decoder.decode(Head.self, from: first), head.draw == draw,
      (0...Self.mostRollouts).contains(head.groups)
    else { throw refuse("its first line does not say how many groups of draw \(draw) it has") }
    guard lines.count <= Self.mostRollouts else { throw refuse("it has more than \(Self.mostRollouts) rollouts") }
    var groups = [RolloutGroup](repeating: RolloutGroup([]), count: head.groups)
    for (index, bytes) in lines.enumerated().dropFirst() {
      guard let line = try? decoder.decode(Line.self, from: bytes) else {
        throw refuse("line \(index + 1) is no rollout")
      }
      guard groups.indices.contains(line.group) else {
        throw refuse("line \(index + 1) belongs to group \(line.group) of \(head.groups)")
      }
      if let fault = line.rollout.fault(vocabulary: vocabulary, contextLength: contextLength) {
        throw refuse("line \(index + 1): \(fault)")
      }
      groups[line.group].rollouts.append(line.rollout)
    }
    return RolloutRound(groups, failures: head.failures)
  }
}

extension Rollout {
  /// Why nothing can be learned from it; nil where it is sound.
  fileprivate func fault(vocabulary: Int, contextLength: Int?) -> String? {
    guard reward.isFinite, turnRewards.values.allSatisfy(\.isFinite), measures.values.allSatisfy(\.isFinite) else {
      return "a reward is not a number"
    }
    for sample in samples {
      let count = sample.tokens.count
      guard sample.mask.count == count, sample.logProbabilities.count == count, count > 0, !sample.prompt.isEmpty else {
        return
          "\(sample.call) has \(sample.prompt.count) tokens read, \(count) written, \(sample.mask.count) marks and "
          + "\(sample.logProbabilities.count) log-probabilities"
      }
      let length = sample.prompt.count + count - 1
      if let contextLength, length > contextLength { return "\(sample.call) has \(length) tokens of \(contextLength)" }
      guard (sample.prompt + sample.tokens).allSatisfy({ (0..<vocabulary).contains($0) }) else {
        return "\(sample.call) has a token that the model does not know"
      }
      // A little above 0 by rounding.
      guard sample.logProbabilities.allSatisfy({ $0.isFinite && $0 < 1e-3 }), sample.advantage.isFinite else {
        return "\(sample.call) has a log-probability that is none"
      }
      guard sample.call.step >= 0, sample.call.rollout >= 0, sample.call.call >= 0 else {
        return "a call of \(sample.call.question) has a negative number"
      }
    }
    return nil
  }
}

/// A lesson whose rollouts are kept on disk. What is learned is the same.
public struct KeptLesson<Base: Lesson>: Lesson {
  /// Makes the material.
  public var base: Base
  /// Where its rollouts are kept.
  public var folder: RolloutFolder

  /// - Parameter folder: files of the same draw are replaced.
  public init(_ base: Base, in folder: RolloutFolder) {
    self.base = base
    self.folder = folder
  }

  public var source: String { base.source }

  public func material(by model: Base.Model, at moment: LessonMoment) async throws -> LessonMaterial {
    try await material(by: model, at: moment, in: OneProcess())
  }

  /// The first process writes.
  public func material(
    by model: Base.Model, at moment: LessonMoment, in group: any ProcessGroup
  ) async throws -> LessonMaterial {
    let material = try await base.material(by: model, at: moment, in: group)
    if group.isFirst, case .rollouts(let round) = material { try folder.write(round, draw: moment.draw) }
    return material
  }

  public func note(_ outcome: RoundOutcome, of material: LessonMaterial, in readings: inout [String: Double]) {
    base.note(outcome, of: material, in: &readings)
  }

  public func isLearned(_ readings: [String: Double]) -> Bool { base.isLearned(readings) }
}

/// A lesson whose rollouts come from disk instead of the model, so that learning can be looked at without generation:
/// with the rollouts of its own training, it ends with the same bytes.
public struct ReplayedLesson<Base: Lesson>: Lesson {
  /// What the rollouts were made by.
  public var base: Base
  /// Where they are.
  public var folder: RolloutFolder

  /// - Parameter folder: has a file for each draw.
  public init(_ base: Base, from folder: RolloutFolder) {
    self.base = base
    self.folder = folder
  }

  public var source: String { base.source }

  /// - Throws: `LearningError.rollouts` for a draw that is not there, or cannot be learned from.
  public func material(by model: Base.Model, at moment: LessonMoment) async throws -> LessonMaterial {
    let backbone = model.backbone
    return .rollouts(
      try folder.read(draw: moment.draw, vocabulary: backbone.vocabulary, contextLength: backbone.contextLength))
  }

  public func note(_ outcome: RoundOutcome, of material: LessonMaterial, in readings: inout [String: Double]) {
    base.note(outcome, of: material, in: &readings)
  }

  public func isLearned(_ readings: [String: Double]) -> Bool { base.isLearned(readings) }
}
