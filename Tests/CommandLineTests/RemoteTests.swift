#if Remote
  import FakeEndpoint
  import Foundation
  import Palimpsest
  import Testing

  @Suite(.enabled(if: Command.isBuilt, "the command is not built: swift build --product palimpsest"))
  struct `An endpoint` {
    let place: Place

    init() throws { place = try Place() }

    @Test func `is read with, and looked at by doctor`() async throws {
      let model = try await FakeModel.start()
      try place.write("code.txt", "Grass is green. The secret number is 4711. Water is wet.\n")
      let read = try await inBackground([
        "read", "code.txt", "--ask", "What is the secret number?", "--endpoint", model.url, "--model", "fake-1",
        "--set", "policy.keyVariable=none", "--json",
      ])
      let doctor = try await inBackground(["doctor", "--endpoint", model.url, "--model", "fake-1"])
      await model.stop()
      #expect(read.code == 0, "\(read.messages)")
      #expect(try read.objects.first?["answer"] == .string("4711"))
      #expect(
        read.messages.contains("remote fake-1: 2 calls, 0 made again, 0 given up; a call took "), "\(read.messages)")
      #expect(doctor.code == 0 && doctor.output.contains("answers"), "\(doctor.output)")
    }

    @Test func `without a key is refused before anything is read`() throws {
      let outcome = try place.run(
        "read", "text.txt", "--ask", "who?", "--endpoint", "http://127.0.0.1:9/v1", "--model", "m", "--set",
        "policy.keyVariable=PALIMPSEST_TEST_NO_SUCH_KEY")
      #expect(outcome.code == 2)
      #expect(outcome.output.isEmpty && outcome.messages.contains("PALIMPSEST_TEST_NO_SUCH_KEY"), "\(outcome.messages)")
      #expect(!FileManager.default.fileExists(atPath: place.url.appending(path: "runs/read").path))
    }

    @Test(arguments: ["no url", "ftp://host/v1", "http://user:word@host/v1"])
    func `that no call can be made to is refused with code 2`(_ endpoint: String) throws {
      let outcome = try place.run("read", "text.txt", "--ask", "who?", "--endpoint", endpoint, "--model", "m")
      #expect(outcome.code == 2 && outcome.messages.contains("cannot be used"), "\(outcome.messages)")
    }

    @Test func `that is down is named in our words, with the flag that reads again, every time`() throws {
      for _ in 0..<2 {
        let outcome = try place.run(
          "read", "text.txt", "--ask", "who?", "--endpoint", "http://127.0.0.1:9/v1", "--model", "m", "--set",
          "policy.keyVariable=none", "--set", "policy.retries=0")
        #expect(outcome.code == 1)
        #expect(outcome.messages.contains("could not be reached: nothing listens there"), "\(outcome.messages)")
        #expect(outcome.messages.contains("--retry-failed\n") && !outcome.messages.contains("errno"))
      }
    }

    @Test func `with too small a window is refused, and says what takes the room`() throws {
      let outcome = try place.run(
        "read", "text.txt", "--ask", "who?", "--endpoint", "http://127.0.0.1:9/v1", "--model", "m", "--set",
        "policy.keyVariable=none", "--set", "policy.window=1500")
      #expect(outcome.code == 2)
      #expect(outcome.messages.contains("policy.contextLength is 1500 tokens"), "\(outcome.messages)")
    }

    @Test func `grades what a policy without a model answered, and its cost stands apart`() async throws {
      // It refuses to grade the second question it is asked about.
      let model = try await FakeModel.start { request in
        request.prompt.contains("Anna sings") ? "yes" : "I would rather not say"
      }
      let songs = ["Anna", "Ben"].map {
        "{\"title\": \"\($0)\", \"paragraphs\": [{\"context\": \"\($0) sings every song.\", \"qas\": [{\"id\": \"\($0)\", "
          + "\"question\": \"Who sings what \($0) sings?\", \"answers\": [{\"text\": \"\($0)\"}]}]}]}"
      }
      try place.write("songs.json", "{\"data\": [\(songs.joined(separator: ","))]}")
      let outcome = try await inBackground([
        "eval", "--task", "qa", "--set", "task.file=songs.json", "--no-controls", "--json", "--set",
        "metrics=[em, judge]", "--set",
        "policy={kind: divided, grade: {kind: remote, endpoint: '\(model.url)', model: fake-1, keyVariable: none}}",
      ])
      await model.stop()
      #expect(outcome.code == 0, "\(outcome.messages)")
      let result = try #require(try outcome.objects.first)
      #expect(result["n"] == .int(2) && result["judge.value"] == .number(0.5), "\(outcome.output)")
      #expect(result["judgeUngraded.value"] == .number(0.5) && result["judge.n"] == .int(2))
      let read = try #require(result["judgeTokensRead.value"].flatMap { Double($0.line) }, "\(outcome.output)")
      #expect(read > 50)
      #expect(outcome.messages.contains("grade (remote fake-1): 2 calls, "), "\(outcome.messages)")
    }

    /// The fake answers from this process, so waiting for the command may not hold its threads.
    private func inBackground(_ arguments: [String]) async throws -> Outcome {
      let place = place
      return try await withCheckedThrowingContinuation { continuation in
        Thread.detachNewThread { continuation.resume(with: Result { try place.run(arguments) }) }
      }
    }
  }
#endif
