/// A refusal in the middle of a step, with the cost of the calls before it, so that every paid token is
/// counted.
public struct RefusedStep: Refusal {
  /// The error of the last call.
  public let refusal: any Refusal
  /// The earlier exchanges of the step.
  public let exchanges: [Exchange]

  /// Calls of the refused exchange.
  public var attempts: Int { refusal.attempts }
  /// That of the refusal.
  public var exitClass: ExitClass { refusal.exitClass }
  /// That of the refusal.
  public var stopsRun: Bool { refusal.stopsRun }
  /// The refusal's cost and that of the exchanges before it.
  public var spent: Usage { exchanges.reduce(refusal.spent) { $0 + $1.reply.usage } }
  public var description: String { refusal.description }
}

extension Caller {
  /// - Throws: `RefusedStep` where the policy refuses after it has replied before.
  func counting<Value>(_ body: () async throws -> Value) async throws -> Value {
    do {
      return try await body()
    } catch let refusal as any Refusal {
      let exchanges = exchanges
      throw exchanges.isEmpty ? refusal : RefusedStep(refusal: refusal, exchanges: exchanges)
    }
  }
}
