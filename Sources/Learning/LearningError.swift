import Palimpsest

/// Faults of training data, and of a training that is to be resumed.
public enum LearningError: Failure, Hashable {
  /// Nothing is left of a text for one of its purposes.
  case tooShort(String, found: Int)
  /// A saved training has other settings or data.
  case changed(file: String, what: String, saved: String, wanted: String)
  /// A file that holds no training.
  case foreign(file: String, reason: String)
  /// A loss or a gradient that is not a number.
  case diverged(step: Int, loss: Float)

  /// Always the user's fault: text, settings or file do not fit.
  public var exitClass: ExitClass { .usage }

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
    case .diverged(let step, let loss):
      "the loss is \(loss) at step \(step); lower the learning rate, or clip gradients at a lower norm"
    }
  }
}
