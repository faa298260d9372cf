import Palimpsest
import Tasks

/// What is measured, as `name=value` arguments.
struct Options {
  /// The folder of the data sets.
  var data = "../shared/data"
  var sets = ["hotpotqa", "musique", "2wiki", "squad"]
  var documents = [10, 50, 400]
  var arms = Arm.allCases
  /// Questions of SQuAD; all of the others are asked.
  var limit = 400
  /// Length of the page, and of a chunk.
  var tokens = 512
  var chunk = 1000
  var seed: UInt64 = 1
  /// The numbers of the policy were tuned on one half of the questions; `report` is the other.
  var half = "report"
  /// Whether each question is shown with its answer and the reply.
  var show = false
  /// Whether every text is read twice over, so that the second time all bridges and counts are known.
  var twice = false
  /// Whether to measure how often an answer in the last sentence of a text is held, instead of the table.
  var borders = false
  /// Where to write the weights of the clues that are learnt from these questions, instead of measuring.
  var fit = ""
  /// Penalties that are tried; the last one is taken.
  var penalties = [1.0]
  /// What a question of several hops counts against one of SQuAD.
  var hopWeight = 3.0
  /// `weights.NAME=…`: other numbers of the policy.
  var weights = Setting.table([:])

  init(_ arguments: some Sequence<String>) throws {
    for argument in arguments {
      let parts = argument.split(separator: "=", maxSplits: 1).map(String.init)
      guard parts.count == 2 else { throw Mistake(argument: argument) }
      let (name, value) = (parts[0], parts[1])
      let list = value.split(separator: ",").map(String.init)
      func number() throws -> Int {
        guard let number = Int(value), number > 0 else { throw Mistake(argument: argument) }
        return number
      }
      switch name {
      case "data": data = value
      case "sets": sets = list
      case "documents": documents = list.compactMap { Int($0) }
      case "arms": arms = list.compactMap(Arm.init)
      case "limit": limit = try number()
      case "tokens": tokens = try number()
      case "chunk": chunk = try number()
      case "seed": seed = UInt64(try number())
      case "half": half = value
      case "twice": twice = value == "yes"
      case "borders": borders = value == "yes"
      case "fit": fit = value
      case "penalties": penalties = list.compactMap(Double.init)
      case "hopWeight": hopWeight = Double(value) ?? 1
      case "show": show = value == "yes"
      case _ where name.hasPrefix("weights."): weights[String(name.dropFirst(8))] = Double(value).map(Setting.number)
      default: throw Mistake(argument: argument)
      }
    }
  }

  struct Mistake: Error, CustomStringConvertible {
    var argument: String
    var description: String { "'\(argument)' is no option; see Tests/Benchmarks/Reading/Options.swift" }
  }

  /// Whether a question belongs to the half that is wanted; by its id alone.
  func wants(_ question: Question) -> Bool {
    var generator = SeededGenerator(seed: 0, session: question.id, purpose: "half")
    let isTuned = generator.next() % 2 == 0
    return half == "all" || (half == "tune") == isTuned
  }

  /// The wanted questions of a data set.
  func questions(of set: String, documents: Int) throws -> [Question] {
    try QATask(.init(file: file(of: set), documents: documents, limit: set == "squad" ? limit : 0))
      .questions(seed: seed).filter(wants).map(doubled)
  }

  private func doubled(_ question: Question) -> Question {
    guard twice, case .text(let text as StringText) = question.source else { return question }
    var question = question
    question.source = .text(
      String(decoding: text.bytes, as: UTF8.self) + "\n\n" + String(decoding: text.bytes, as: UTF8.self))
    return question
  }

  func file(of set: String) -> String {
    switch set {
    case "hotpotqa": data + "/hotpotqa/hotpotqa-subset.json"
    case "musique": data + "/musique/musique-ans-subset.jsonl"
    case "2wiki": data + "/2wikimultihop/2wiki-subset.json"
    case "squad": data + "/squad/squad-dev-v1.1.json"
    default: set
    }
  }
}
