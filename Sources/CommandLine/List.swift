import ArgumentParser
import Terminal

struct List: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "list",
    abstract: "List the variants that settings and other verbs accept by name.",
    discussion: """
      Examples:
        palimpsest list
        palimpsest list memory
        palimpsest list task --json
      """)

  @Argument(
    help: "chunker, memory, gate, policy, tokenizer, task, verifier, learner, rule, experiment, …; by default all.")
  var family: String?

  @Flag(help: "Print JSON.") var json = false

  func run() throws {
    let families = try Listing.families(named: family)
    let console = Console()
    console.result(json ? Listing.settings(of: families).line : Listing.text(of: families))
  }
}

struct Describe: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "describe",
    abstract: "Describe a variant: its idea, its source and its settings.",
    discussion: """
      Examples:
        palimpsest describe overwrite
        palimpsest describe gate.oracle --json
      """)

  @Argument(help: "A name that list prints; family.name where two families share it.")
  var name: String

  @Flag(help: "Print JSON.") var json = false

  func run() throws {
    let found = try Listing.variants(named: name)
    let console = Console()
    console.result(
      json ? Listing.settings(describing: found).line : try Listing.text(describing: found))
  }
}
