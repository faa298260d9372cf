/// What `-h` of an experiment prints: examples first, then the settings, then the flags.
package enum Help {
  package static func text(for name: String, settings: String, flags: String) -> String {
    let indented = settings.split(separator: "\n").map { "  \($0)" }.joined(separator: "\n")
    return """
      Examples:
        \(name)                                      one run with the defaults
        \(name) --set memory.tokens=64,128           a run for each value
        \(name) --config \(name).yaml --limit 8      settings from a file, 8 questions
        \(name) --dry-run                            what would be run

      Settings and their defaults (keys of the file and of --set):
      \(indented)

      \(flags)
      """
  }
}
