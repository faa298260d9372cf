import JSON

/// The object that is being read, for errors.
struct Site {
  let file: String
  var tensor: String?

  init(file: String) { self.file = file }

  func fault(_ rule: Rule, expected: String, found: String) -> CheckpointError {
    .broken(rule, file: file, tensor: tensor, expected: expected, found: found)
  }

  /// Names may differ in bytes and be equal as texts; a table of them could hold one only.
  func twice(_ name: String) -> CheckpointError {
    fault(.uniqueKeys, expected: "each name once", found: "\(shown(name)) twice")
  }
}
