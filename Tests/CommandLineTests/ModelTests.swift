import Foundation
import Palimpsest
import Testing
import TinyModel

@Suite(.enabled(if: Command.isBuilt, "the command is not built: swift build --product palimpsest"))
struct `A model on this machine` {
  let place: Place

  init() throws {
    place = try Place()
    try TinyModel.write(to: place.url.appending(path: "model"))
  }

  @Test func `answers from what it read, and its run says which weights it had`() throws {
    let outcome = try place.run(
      "read", "text.txt", "--ask", "Who wrote the letter?", "--policy", "local", "--weights", "model", "--quantise",
      "int8", "--json", "--set", "chunker.size=64", "--set", "memory.tokens=32")
    #expect(outcome.code == 0, "\(outcome.messages)")
    let object = try #require(try outcome.objects.first, "\(outcome.messages)")
    guard case .string(let run)? = object["run"] else {
      Issue.record("no run in \(object)")
      return
    }
    let surroundings = try String(contentsOfFile: run + "/env.json", encoding: .utf8)
    #expect(surroundings.contains("policy.weights.config") && surroundings.contains("policy.weights.sample"))
    #expect(try String(contentsOfFile: run + "/settings.yaml", encoding: .utf8).contains("checkpoint"))
    #expect(outcome.messages.contains("replies; prompts: ") && outcome.messages.contains(" tok/s"))
    // The same again asks nobody.
    let again = try place.run(
      "read", "text.txt", "--ask", "Who wrote the letter?", "--weights", "model", "--quantise", "int8", "--json",
      "--set", "chunker.size=64", "--set", "memory.tokens=32")
    #expect(!again.messages.contains("replies; prompts: "))
  }

  @Test func `whose configuration contradicts its tensors says so in doctor and in a run`() throws {
    let folder = place.url.appending(path: "model")
    try TinyModel.write(to: folder, isTied: false)
    let file = folder.appending(path: "config.json")
    let text = try String(contentsOf: file, encoding: .utf8)
    try place.write(
      "model/config.json", text.replacing("\"tie_word_embeddings\" : false", with: "\"tie_word_embeddings\" : true"))
    let doctor = try place.run("doctor", "--weights", "model")
    #expect(doctor.output.contains("agreement") && doctor.output.contains("tie_word_embeddings: true"))
    let run = try place.run(
      "read", "text.txt", "--ask", "Who?", "--weights", "model", "--set", "chunker.size=64", "--set",
      "memory.tokens=32", "--quiet")
    #expect(
      run.messages.split(separator: "\n").count { $0.contains("warning: ") && $0.contains("lm_head.weight") } == 1)
  }

  @Test func `whose window is too small says what takes the room`() throws {
    let outcome = try place.run(
      "read", "text.txt", "--ask", "Who?", "--weights", "model", "--set", "policy.window=100", "--set",
      "chunker.size=64")
    #expect(outcome.code == 2 && outcome.messages.contains("100 tokens"), "\(outcome.messages)")
  }

  @Test func `is looked at before it is used`() throws {
    let outcome = try place.run("doctor", "--weights", "model", "--json")
    let checks = try #require(try outcome.objects.first, "\(outcome.messages)")
    guard case .list(let list) = checks else {
      Issue.record("\(checks)")
      return
    }
    let found = Dictionary(
      uniqueKeysWithValues: list.compactMap { check -> (String, String)? in
        guard case .string(let name)? = check["name"], case .string(let found)? = check["found"] else { return nil }
        return (name, found)
      })
    #expect(found["architecture"]?.hasPrefix("qwen2: 2 layers of width 32, 4 heads on 2 of 8") == true)
    #expect(found["chat template"]?.hasSuffix("model/tokenizer_config.json") == true)
    #expect(found["speed"]?.contains("tokens/s of a prompt") == true)
    #expect(found["memory"]?.contains("bytes a token") == true)
    #expect(found["chat template"]?.hasPrefix("evaluated: ") == true)
    #expect(found["vocabulary"]?.hasSuffix("every byte has a token") == true)
    #expect(found["weights"] == "all are finite")
    #expect(found["agreement"] == "configuration, vocabulary and tensors are of one model, and all are used")
    let missing = try place.run("doctor", "--weights", "nowhere")
    #expect(missing.code == 4 && missing.messages.contains("missing"))
    #expect(missing.output.contains("nowhere/config.json"))
  }

  @Test func `opens its inside`() throws {
    let outcome = try place.run(
      "tap", "--weights", "model", "--text", "Call me Ishmael.", "--layers", "0,2", "-o", "inside.h5")
    #expect(outcome.code == 0, "\(outcome.messages)")
    let data = try Data(contentsOf: place.url.appending(path: "inside.h5"))
    #expect(data.starts(with: [0x89] + Array("HDF\r\n".utf8)))
    for name in ["tokens", "logits", "layer.0", "layer.2", "hidden", "keys", "values"] {
      #expect(data.firstRange(of: Data(name.utf8)) != nil, "no \(name)")
    }
    for wrong in [["--layers", "3"], ["--layers", "x"], ["--tokens", "99999"], ["--tokens", ""]] {
      let input = wrong[0] == "--tokens" ? [] : ["--text", "a"]
      let outcome = try place.run(["tap", "--weights", "model", "-o", "none.h5"] + input + wrong)
      #expect(outcome.code == 2, "\(wrong): \(outcome.messages)")
    }
    #expect(!FileManager.default.fileExists(atPath: place.url.appending(path: "none.h5").path))
  }
}

@Suite(.enabled(if: Command.isBuilt, "the command is not built: swift build --product palimpsest"))
struct `A tiny model of the package` {
  let place: Place

  init() throws { place = try Place() }

  /// The model is found where its context length is what the command complains of.
  @Test func `is found behind a link, and missed by name where the program was moved without it`() throws {
    let program = try #require(Command.executable)
    let (link, moved) = (place.url.appending(path: "link"), place.url.appending(path: "moved"))
    try FileManager.default.createSymbolicLink(at: link, withDestinationURL: program)
    try FileManager.default.copyItem(at: program, to: moved)
    let arguments = ["read", "text.txt", "--ask", "Who?", "--policy", "miniature", "--set", "policy.weights=gated"]
    let linked = try place.run(arguments, program: link)
    #expect(linked.code == 2 && linked.messages.contains("contextLength is 256"), "\(linked.messages)")
    let alone = try place.run(arguments, program: moved)
    #expect(alone.code == 2 && alone.messages.contains("Palimpsest_Miniature.resources"), "\(alone.messages)")
  }
}
