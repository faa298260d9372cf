/// The metric of BABILong (arXiv:2406.10149): the target is the only label of its task that the
/// reply mentions, labels in the question aside.
public enum BABILong {
  /// - Throws: `PythonError.keyError` for a task without labels.
  public static func compare(
    task: String, target: String, output: String, question: String
  ) throws(PythonError) -> Bool {
    guard let labels = labels[task] else { throw .keyError("there is no task '\(task)'; they are qa1 to qa20") }
    // The original also cuts at "Question", which the lower-cased text can never contain.
    var reply = PythonText(output).lowercased()
    for end: PythonText in [".", "<context>", "<example>"] { reply = reply.split(by: end)[0] }
    let question = PythonText(question).lowercased()
    let found = Set(labels.map { PythonText($0).lowercased() }.filter { reply.contains($0) && !question.contains($0) })
    let target = PythonText(target).lowercased()
    if target.points.contains(0x2C), target.count > 3 {
      let parts = target.split(by: ",")
      return parts.allSatisfy(found.contains) && found.count == parts.count
    }
    return found == [target]
  }

  /// All answers that occur in the questions of each bAbI task.
  public static let labels: [String: [String]] = {
    let rooms = ["bathroom", "bedroom", "garden", "hallway", "kitchen", "office"]
    let truth = ["no", "yes"]
    return [
      "qa1": rooms, "qa2": rooms, "qa3": rooms, "qa4": rooms,
      "qa5": ["Bill", "Fred", "Jeff", "Mary", "apple", "football", "milk"],
      "qa6": truth, "qa7": ["none", "one", "three", "two"],
      "qa8": ["apple", "football", "milk", "nothing"],
      "qa9": truth, "qa10": ["maybe"] + truth, "qa11": rooms, "qa12": rooms, "qa13": rooms,
      "qa14": ["bedroom", "cinema", "kitchen", "office", "park", "school"],
      "qa15": ["cat", "mouse", "sheep", "wolf"], "qa16": ["gray", "green", "white", "yellow"],
      "qa17": truth, "qa18": truth,
      "qa19": [
        "e,e", "e,n", "e,s", "n,e", "n,n", "n,w", "s,e", "s,s", "s,w", "w,n", "w,s", "w,w",
      ],
      "qa20": ["bedroom", "bored", "garden", "hungry", "kitchen", "thirsty", "tired"],
    ]
  }()
}
