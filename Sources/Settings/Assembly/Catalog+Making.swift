import Palimpsest

extension Catalog {
  /// Makes what an experiment's settings name, with its seed and its tokenizer.
  ///
  ///     let task = try Catalog.tasks.make(run.settings.task, for: run.settings)
  public func make(_ spec: Spec, for parts: some Parts) throws -> Product {
    var setup = try Setup(of: parts)
    setup.path = family
    return try make(spec, in: setup)
  }
}
