import Foundation
import Palimpsest

/// Replies with an OpenAI-compatible endpoint: `POST {endpoint}/chat/completions`.
///
/// A prompt is sent as one user message with its rendered text; the reply is the text of the first
/// choice, unchanged. Each call is a conversation of its own.
///
/// Calls that may succeed later are repeated: 408, 409, 429, 5xx, broken connections, answers that
/// end early. Other refusals are not repeated. Lack of credit or permission stops the run. The
/// tokens of failed attempts are counted where the endpoint reports them.
///
/// The key goes to the endpoint's own scheme, host and port, and nowhere else.
public struct RemotePolicy: Policy {
  /// `remote` and the name of the model.
  public let name: String
  /// As given when the policy was made.
  public let settings: Settings
  /// Tokens that prompt and reply may have together, from the settings; nil sets no bound.
  public var contextLength: Int? { settings.contextLength }

  /// Text; ids and log-probabilities where the settings ask for them.
  public var serves: Set<Capability> {
    var serves: Set<Capability> = [.text]
    if settings.logProbabilities { serves.insert(.logProbabilities) }
    if settings.tokenIDs { serves.insert(.tokenIDs) }
    return serves
  }

  let seed: UInt64
  let tokenizer: any Tokenizer
  let secrets: Secrets
  let pool: Pool
  let transport: any Transport
  let watch: Watch
  let meter = Meter()

  /// - Parameters:
  ///   - seed: the run's, from which waiting times and each call's seed derive.
  ///   - tokenizer: counts tokens where the endpoint does not report them.
  /// - Throws: `RemoteError` before any call, where endpoint or key cannot be used; `SettingError`.
  package init(
    _ settings: Settings, seed: UInt64 = 1, tokenizer: any Tokenizer = ByteTokenizer(),
    transport: any Transport, watch: Watch = .real,
    environment: [String: String] = ProcessInfo.processInfo.environment
  ) throws {
    try settings.check(at: "policy")
    let endpoints = try Endpoint.list(settings.endpoint)
    secrets = try Secrets(settings, for: endpoints, environment: environment)
    pool = Pool(endpoints, bounds: settings.concurrency, watch: watch)
    name = "remote \(settings.model)"
    self.settings = settings
    self.seed = seed
    self.tokenizer = tokenizer
    self.transport = transport
    self.watch = watch
  }

  /// The text of the first choice.
  /// - Throws: `RemoteError` once calls are given up.
  public func reply(to prompt: Prompt, sampling: Sampling, call: CallID) async throws -> Reply {
    let text = prompt.text
    let body = ChatRequest(text, sampling, call, settings, seed: seed).body
    var spent = Usage()
    var attempt = 1
    while true {
      // 1. One call, at the session's replica, when there is a place for it.
      let index = try await replica(for: call.question)
      let outcome = try await pool.replicas[index].throttle.run {
        await send(index, body)
      } sign: {
        $0.sign
      }
      try Task.checkCancellation()

      // 2. A reply is handed on, with all that it cost.
      guard let fault = outcome.fault else {
        let reply = reply(outcome.completion, to: text, after: spent, attempts: attempt)
        meter.count(reply: reply.usage)
        return reply
      }

      // 3. Anything else is tried again, or is the end.
      if let usage = outcome.completion.usage { spent = spent + usage }
      guard fault.isTransient, attempt <= settings.retries else {
        meter.countFailure(spent: spent)
        throw RemoteError.failed(
          fault, at: pool.replicas[index].endpoint.description, attempts: attempt, spent: spent)
      }
      let own = Backoff.seconds(after: attempt, of: call, seed: seed)
      try await watch.sleep(max(own, outcome.wish ?? 0))
      attempt += 1
    }
  }

  private func reply(_ completion: Completion, to prompt: String, after spent: Usage, attempts: Int) -> Reply {
    let usage =
      completion.usage
      ?? Usage(
        read: tokenizer.count(prompt), generated: tokenizer.count(completion.text), isEstimated: true)
    var reply = Reply(
      completion.text, tokens: completion.tokens, finish: completion.finish, usage: spent + usage, attempts: attempts,
      model: completion.model.isEmpty ? settings.model : completion.model)
    reply.promptTokens = completion.promptTokens
    // Scores that do not fit the ids tell nothing of any token.
    let scores = completion.logProbabilities
    if reply.tokens.isEmpty || scores.count == reply.tokens.count { reply.logProbabilities = scores }
    return reply
  }

  /// Closes all connections. No reply can be had afterwards.
  public func shutdown() async { await transport.shutdown() }
}

/// The result of one call.
struct Outcome: Sendable {
  var completion = Completion()
  var fault: Fault?
  /// Seconds that the endpoint asks to wait.
  var wish: Double?

  var sign: Throttle.Sign { fault?.sign ?? .served }
}

extension RemotePolicy {
  /// The replica of a session, after a look at those that have rested.
  private func replica(for session: String) async throws -> Int {
    while true {
      switch await pool.choose(for: session) {
      case .ask(let index): return index
      case .examine(let index):
        let look = await examine(index)
        // Reported before anything else: a cancelled look must not leave the replica unseen for good.
        if look.isReachable {
          await pool.succeeded(index)
        } else {
          await pool.failed(index, isUnreachable: true)
        }
        try Task.checkCancellation()
      }
    }
  }

  private func send(_ index: Int, _ body: [UInt8]) async -> Outcome {
    let start = ContinuousClock.now
    let outcome = await answer(index, body)
    meter.count(outcome.fault, at: index, seconds: (ContinuousClock.now - start) / .seconds(1))
    if let fault = outcome.fault, fault.blamesReplica {
      await pool.failed(index, isUnreachable: fault.isUnreachable)
    } else {
      await pool.succeeded(index)
    }
    return outcome
  }

  private func answer(_ index: Int, _ body: [UInt8]) async -> Outcome {
    var outcome = Outcome()
    do {
      let answer = try await send("POST", "/chat/completions", body, to: pool.replicas[index].endpoint)
      do {
        guard (200...299).contains(answer.status) else { throw Fault.of(answer) }
        outcome.completion = try Completion(answer)
        outcome.completion.text = scrub(outcome.completion.text)
        outcome.completion.model = scrub(outcome.completion.model)
      } catch {
        let cost = answer.isEventStream ? EventStream.cost(of: answer.body) : Completion.cost(of: answer.body)
        outcome.completion.usage = cost
        outcome.wish = Backoff.wish(of: answer, now: watch.date())
        throw error
      }
    } catch let fault as Fault {
      outcome.fault = fault.mapping(scrub)
      if let wish = outcome.wish, wish > Backoff.patience, fault.isTransient {
        outcome.fault = .tooPatient(seconds: wish)
      }
    } catch {
      // Only cancellation is left, and the caller looks for that.
      outcome.fault = .lost(.answer, "the call was cancelled")
    }
    return outcome
  }

  private func scrub(_ text: String) -> String { secrets.scrubbing(text) }

  /// Sends a request and follows redirects within the endpoint's origin: neither the key nor the
  /// text is sent elsewhere, and a POST stays a POST.
  ///
  /// - Parameter total: seconds; nil for those of the settings.
  func send(
    _ method: String, _ path: String, _ body: [UInt8] = [], to endpoint: Endpoint, total: Double? = nil
  ) async throws -> HTTPAnswer {
    var request = Request(
      method: method, url: endpoint.url(path), headers: headers(hasBody: !body.isEmpty), body: body,
      total: total ?? settings.timeouts.total, stall: settings.timeouts.stall, limit: settings.responseLimit)
    for _ in 0...Self.redirects {
      var answer = try await transport.carry(request)
      if !secrets.isEmpty { answer = answer.mapping(secrets.scrubbing) }
      guard [301, 302, 303, 307, 308].contains(answer.status) else { return answer }

      let place = answer["location"].first ?? ""
      guard !place.isEmpty, let base = URL(string: request.url), let next = URL(string: place, relativeTo: base),
        let parts = URLComponents(url: next, resolvingAgainstBaseURL: true), let url = parts.string
      else { throw Fault.redirected(to: "nowhere", "its redirect (\(answer.status)) names no place") }
      let shown = Endpoint.shown(url)
      guard Origin(parts) == endpoint.origin, parts.user == nil, parts.password == nil else {
        throw Fault.redirected(to: shown, "neither key nor text is sent to another scheme, host or port")
      }
      guard method == "GET" || [307, 308].contains(answer.status) else {
        throw Fault.redirected(to: shown, "status \(answer.status) would make a GET of it")
      }
      request.url = url
    }
    throw Fault.redirected(to: Endpoint.shown(request.url), "that was redirect \(Self.redirects + 1) of one call")
  }

  private static let redirects = 5

  private func headers(hasBody: Bool) -> [(name: String, value: String)] {
    var headers = [
      (name: "Accept", value: settings.stream && hasBody ? "text/event-stream, application/json" : "application/json"),
      (name: "Accept-Encoding", value: "gzip, deflate"),
      (name: "User-Agent", value: "palimpsest"),
    ]
    if hasBody { headers.append((name: "Content-Type", value: "application/json")) }
    return headers + secrets.fields
  }
}

extension HTTPAnswer {
  /// The same with body and headers changed, where the change finds something.
  func mapping(_ change: (String) -> String) -> HTTPAnswer {
    var answer = self
    let text = String(decoding: body, as: UTF8.self)
    let changed = change(text)
    if changed != text { answer.body = Array(changed.utf8) }
    answer.headers = headers.map { (name: $0.name, value: change($0.value)) }
    return answer
  }
}
