/// A refusal in the middle of a step, with what the calls before it cost: nothing that was paid for is lost.
public struct RefusedStep: Refusal {
  public let refusal: any Refusal
  /// The exchanges of the step that came before it.
  public let exchanges: [Exchange]

  public var attempts: Int { refusal.attempts }
  public var exitClass: ExitClass { refusal.exitClass }
  public var stopsRun: Bool { refusal.stopsRun }
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
