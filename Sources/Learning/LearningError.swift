import Palimpsest

/// Faults of training data, of a training that is to be resumed, and of the count of conversations.
public enum LearningError: Failure, Hashable {
  /// Nothing is left of a text for one of its purposes.
  case tooShort(String, found: Int)
  /// A saved training has other settings or data.
  case changed(file: String, what: String, saved: String, wanted: String)
  /// A file that holds no training.
  case foreign(file: String, reason: String)
  /// A file whose rollouts cannot be learned from.
  case rollouts(file: String, reason: String)
  /// A file that cannot be written.
  case unwritable(file: String, reason: String)
  /// A loss or a gradient that is not a number.
  case diverged(step: Int, loss: Float)
  /// Conversations that were produced and not learned from, or learned from and not produced.
  case rows(produced: Int, trained: Int, leftOut: Int, reason: String)
  /// A setting of a learner that does not fit.
  case unfit(String, found: String, reason: String)
  /// Processes that were to learn together and differ.
  case disagreement(what: String, first: String, rank: Int, other: String)
  /// Another process of the group failed, or left.
  case member(rank: Int, reason: String)

  /// The user's fault where text, settings, file or rollouts do not fit; the machine's where a process is lost.
  public var exitClass: ExitClass {
    switch self {
    case .member, .unwritable: .machine
    default: .usage
    }
  }

  /// What does not fit, with both values, and what to do.
  public var description: String {
    switch self {
    case .tooShort(let purpose, let found):
      "\(found) bytes of text leave nothing \(purpose); give a longer text, 100 KB or more, in paragraphs"
    case .changed(let file, let what, let saved, let wanted):
      "\(file) was trained with \(what) \(saved), but the settings say \(wanted), so it cannot be resumed; "
        + "undo the change, or begin anew in another place"
    case .foreign(let file, let reason):
      "\(file) holds no training: \(reason); begin anew in another place"
    case .rollouts(let file, let reason):
      "\(file) has no rollouts that can be learned from: \(reason); make them again with keepRollouts: true, or name "
        + "another run in replay"
    case .unwritable(let file, let reason):
      "\(file) cannot be written: \(reason); choose another place with --out"
    case .diverged(let step, let loss):
      "the loss is \(loss) at step \(step); lower the learning rate, or clip gradients at a lower norm"
    case .unfit(let what, let found, let reason):
      "\(what) is \(found): \(reason)"
    case .disagreement(let what, let first, let rank, let other):
      "process \(rank) differs from process 0 in \(what): \(other) against \(first); start all processes with one "
        + "command, from the same files"
    case .member(let rank, let reason):
      "process \(rank) failed, so the others stop too: \(reason)"
    case .rows(let produced, let trained, let leftOut, let reason):
      "\(produced) conversations were produced, \(trained) learned from and \(leftOut) left out: \(reason)"
    }
  }
}
