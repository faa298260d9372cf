import Foundation
import Palimpsest

/// The result of probing one replica.
public struct Probe: Sendable, Codable, Hashable {
  /// Base URL of the replica.
  public var endpoint: String
  /// Whether it answers, with any content.
  public var isReachable: Bool
  /// Whether calls will probably succeed.
  public var isReady: Bool
  /// Wall seconds until it answered.
  public var seconds: Double
  /// The models it lists; empty where it lists none.
  public var models: [String]
  /// The fault and its remedy; nil for a healthy replica.
  public var complaint: String?
}

extension RemotePolicy {
  /// Probes every replica before a run: requests its list of models and, where the answer is no such list, one
  /// token of a chat.
  public func probe() async -> [Probe] {
    var probes: [Probe] = []
    for index in pool.replicas.indices { probes.append(await examine(index)) }
    return probes
  }

  func examine(_ index: Int) async -> Probe {
    let endpoint = pool.replicas[index].endpoint
    let start = ContinuousClock.now
    // A list, or one token: nothing that takes long on a replica that is well.
    let patience = min(settings.timeouts.total, 30)
    var probe = Probe(
      endpoint: endpoint.description, isReachable: false, isReady: false, seconds: 0, models: [])
    do {
      let answer = try await send("GET", "/models", to: endpoint, total: patience)
      probe.isReachable = answer.status < 500
      // 5xx but "not implemented" is a fault of the server, which a call would meet too; a refused key likewise.
      guard answer.status < 500 || answer.status == 501, ![401, 402].contains(answer.status) else {
        throw Fault.of(answer)
      }
      if let models = answer.status == 200 ? try? Listing(answer.body).models : nil {
        probe.models = models.prefix(1000).map(secrets.scrubbing)
        probe.isReady = models.isEmpty || probe.models.contains(settings.model)
        if !probe.isReady { probe.complaint = unknownModel(among: probe.models, at: endpoint) }
      } else {
        // No list, or something that is none: what counts is whether a chat is answered.
        let ask = ChatRequest("Hello", Sampling(maxTokens: 1), CallID(), settings, seed: seed)
        let reply = try await send("POST", "/chat/completions", ask.body, to: endpoint, total: patience)
        guard (200...299).contains(reply.status) else { throw Fault.of(reply) }
        _ = try Completion(reply)
        probe.isReachable = true
        probe.isReady = true
      }
    } catch let fault as Fault {
      let fault = fault.mapping(secrets.scrubbing)
      if case .status = fault, !fault.blamesReplica { probe.isReachable = true }
      probe.complaint = "\(endpoint) \(fault); \(fault.remedy)"
    } catch {
      probe.complaint = "the look at \(endpoint) was cancelled"
    }
    probe.seconds = (ContinuousClock.now - start) / .seconds(1)
    return probe
  }

  private func unknownModel(among models: [String], at endpoint: Endpoint) -> String {
    let near = nearest(to: settings.model, among: models).map { "; did you mean \($0)?" } ?? ""
    let list = models.prefix(10).joined(separator: ", ") + (models.count > 10 ? ", …" : "")
    return "\(endpoint) does not list the model '\(settings.model)'\(near); it lists \(list)"
  }
}

/// The answer to `GET /models`.
private struct Listing: Decodable {
  private struct Model: Decodable { var id: String }
  private var data: [Model]

  var models: [String] { data.map { Wire.line($0.id) } }

  init(_ body: [UInt8]) throws(Fault) {
    self = try Wire.decode(Listing.self, from: Wire.json(body))
  }
}
