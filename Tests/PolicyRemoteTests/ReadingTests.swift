#if Remote
  import FakeEndpoint
  import Gating
  import MemoryGated
  import MemoryOverwrite
  import Palimpsest
  import PolicyRemote
  import Testing

  /// Cuts at the first line break behind every 200 bytes.
  private struct LineChunker: Chunker {
    let limit = 4096
    func cut(_ text: Span<UInt8>, isEnd: Bool) -> Cut? {
      for index in 0..<text.count where index >= 200 && text[index] == 0x0a { return Cut(index + 1) }
      return text.count >= limit ? Cut(limit) : isEnd ? Cut(text.count) : nil
    }
  }

  @Suite struct `A reading over the network` {
    static func question(_ number: Int) -> Question {
      var generator = SeededGenerator(seed: 9, session: "q\(number)", purpose: "text")
      let hay = ["The river rose in the night.", "Nobody had seen the ferry.", "Rain fell on the empty square."]
      let code = Int.random(in: 1000...9999, using: &generator)
      let place = Int.random(in: 0..<24, using: &generator)
      let lines = (0..<24).map { line in
        line == place ? "The secret number of vault\(number) is \(code)." : hay.randomElement(using: &generator) ?? ""
      }
      return Question(
        id: "q\(number)", ask: "What is the number of vault\(number)?", answers: ["\(code)"],
        source: .text(lines.joined(separator: "\n") + "\n"))
    }

    static func reader(_ memory: any Memory, _ gate: any Gate, _ policy: RemotePolicy) -> Reader {
      Reader(chunker: LineChunker(), memory: memory, gate: gate, policy: policy, sampling: Sampling(maxTokens: 64))
    }

    /// What a reading comes to; a refusal is a trace that failed, as in a run.
    static func read(_ question: Question, with reader: Reader) async throws -> Trace {
      do {
        return try await reader.read(question)
      } catch let refusal as any Refusal {
        var trace = Trace(of: question)
        trace.fail(with: refusal)
        return trace
      }
    }

    static func isRight(_ trace: Trace) -> Bool {
      trace.answer?.reply.text == "\\boxed{\(trace.question.answers[0])}"
    }

    @Test(arguments: [false, true], [false, true])
    func `finds what stands in the text`(isGated: Bool, streams: Bool) async throws {
      let fake = try await FakeModel.start(key: testKey)
      let policy = try RemotePolicy.asking(fake.url) { $0.stream = streams }
      let memory: any Memory = isGated ? GatedMemory(.init(tokens: 256)) : OverwriteMemory(.init(tokens: 256))
      let gate: any Gate = isGated ? RepliedGate() : OpenGate()
      let reader = Self.reader(memory, gate, policy)
      for number in 0..<5 {
        let trace = try await reader.read(Self.question(number))
        #expect(Self.isRight(trace), "\(trace.answer?.reply.text ?? "")")
        #expect(trace.end == .finished && trace.tally.malformed == 0 && trace.tally.retries == 0)
        #expect(trace.tally.steps >= 3)
        #expect(trace.answer?.reply.model == "fake-1")
        #expect(trace.tally.usage.read > 0 && !trace.tally.usage.isEstimated)
      }
      await policy.shutdown()
      await fake.stop()
    }

    /// 300 readings of which many calls fail; each ends right, or as a trace that failed and says
    /// after how many calls. How many run at once changes nothing.
    @Test func `ends right or as a failed trace, whatever the width`() async throws {
      var results: [[String]] = []
      for width in [1, 64] {
        let fake = try FakeWire.flaky(seed: 3, rate: 0.25, fatal: 0.01)
        let time = VirtualTime()
        let policy = try RemotePolicy.asking(fake.url, time: time) {
          $0.retries = 4
          $0.concurrency = .init(start: 64, floor: 10, ceiling: 64)
        }
        let reader = Self.reader(OverwriteMemory(.init(tokens: 256)), OpenGate(), policy)
        let traces = try await Self.traces(300, with: reader, width: width)
        let failed = traces.filter { if case .failed = $0.end { true } else { false } }
        let statistics = await policy.statistics

        #expect(traces.count == 300)
        #expect(!failed.isEmpty && failed.count < 60, "\(failed.count)")
        for trace in traces {
          if case .failed(let reason, let attempts) = trace.end {
            // Refused for good after some attempts, or out of attempts: 1 + 4.
            #expect(reason.contains("bad luck") ? (1...5).contains(attempts) : attempts == 5, "\(reason)")
          } else {
            #expect(Self.isRight(trace))
          }
        }
        #expect(traces.map(\.tally.retries).reduce(0, +) > 300)
        #expect(statistics.attempts == fake.requests.count)
        #expect(statistics.failures == failed.count)
        #expect(time.slept.allSatisfy { (0.375...8).contains($0) })
        results.append(traces.map(Self.summary))
        await policy.shutdown()
        fake.stop()
      }
      #expect(results[0] == results[1])
    }

    private static func traces(_ count: Int, with reader: Reader, width: Int) async throws -> [Trace] {
      try await withThrowingTaskGroup(of: (Int, Trace).self) { group in
        var traces = [Trace?](repeating: nil, count: count)
        for number in 0..<count {
          if number >= width, let (done, trace) = try await group.next() { traces[done] = trace }
          group.addTask { (number, try await read(question(number), with: reader)) }
        }
        for try await (done, trace) in group { traces[done] = trace }
        return traces.compactMap { $0 }
      }
    }

    /// All that must not depend on order and width; the port of the fake is left out.
    private static func summary(_ trace: Trace) -> String {
      var end = "\(trace.end)"
      if let port = end.firstRange(of: /127\.0\.0\.1:\d+/) { end.removeSubrange(port) }
      return "\(trace.question.id) \(end) \(trace.answer?.reply.text ?? "") \(trace.state?.text ?? "") "
        + "\(trace.tally.steps) \(trace.tally.retries) \(trace.tally.usage)"
    }
  }
#endif
