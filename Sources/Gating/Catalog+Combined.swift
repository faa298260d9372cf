import Palimpsest

/// Settings of gates made of gates: `{kind: either, of: [replied, {kind: every, n: 10}]}`.
public struct GatesOfGates: Codable, Sendable {
  /// The gates that are asked, each a name or a table with its settings.
  public var of = [Spec("replied")]

  /// One gate, `replied`.
  public init() {}
}

/// Settings of a gate around one other: `{kind: not, of: novelty}`.
public struct GateOfGate: Codable, Sendable {
  /// The gate that is asked, a name or a table with its settings.
  public var of = Spec("replied")

  /// Around `replied`.
  public init() {}
}

/// The gates that are made of others, which may be made of others in turn.
func combinedGates(of simple: [Catalog<any Gate>.Entry]) -> [Catalog<any Gate>.Entry] {
  @Sendable func make(_ spec: Spec, in setup: Setup, at place: String) throws -> any Gate {
    var setup = setup
    setup.path += place
    return try Catalog("gate", simple + combinedGates(of: simple)).make(spec, in: setup)
  }
  @Sendable func makeAll(_ settings: GatesOfGates, in setup: Setup) throws -> [any Gate] {
    guard !settings.of.isEmpty else {
      throw SettingError.outOfRange(setup.path + ".of", found: "empty", why: "name at least one gate")
    }
    return try settings.of.enumerated().map { try make($0.element, in: setup, at: ".of.\($0.offset)") }
  }
  return [
    .init("either", "opens and exits where any of its gates does", defaults: GatesOfGates()) {
      EitherGate(try makeAll($0, in: $1))
    },
    .init("both", "opens and exits where all of its gates do", defaults: GatesOfGates()) {
      BothGate(try makeAll($0, in: $1))
    },
    .init("not", "writes what another gate leaves", defaults: GateOfGate()) {
      NegatedGate(try make($0.of, in: $1, at: ".of"))
    },
  ]
}
