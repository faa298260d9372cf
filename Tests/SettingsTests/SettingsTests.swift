import Foundation
import Palimpsest
import Settings
import Support
import Testing

@Suite struct `Settings` {
  @Test func `come from flags before the file before the defaults`() throws {
    let point = try points("length: 2\nlabel: file", "length=3")[0]
    #expect(point.settings.length == 3)
    #expect(point.settings.label == "file")
    #expect(point.settings.seed == 1)
  }

  @Test func `of a part keep what is not overridden`() throws {
    let point = try points("memory: {empty: placeholder}", "memory.tokens=64")[0]
    #expect(point.settings.memory == Spec("overwrite", ["tokens": .int(64), "empty": .string("placeholder")]))
  }

  @Test func `of another kind start from that kind's own`() throws {
    let point = try points("", "memory=append")[0]
    #expect(point.settings.memory == Spec("append"))
    #expect(point.full["memory.tokens"] == .int(1024))
  }

  @Test func `name the nearest key when one is unknown`() throws {
    #expect(complaint { try points("lenght: 2") }?.contains("did you mean length?") == true)
    #expect(complaint { try points("", "memry.tokens=2") }?.contains("did you mean memory?") == true)
  }

  @Test func `name the nearest kind and the nearest key of a part`() throws {
    func assembling(_ override: String) throws {
      _ = try Catalog.memories.make(points("", override)[0].settings.memory)
    }
    #expect(complaint { try assembling("memory=overwrit") }?.contains("did you mean overwrite?") == true)
    #expect(complaint { try assembling("memory.token=4") }?.contains("did you mean tokens?") == true)
  }

  @Test func `say where a value does not fit`() throws {
    #expect(complaint { try points("length: many") }?.contains("length is \"many\"") == true)
  }

  @Test func `may leave an optional one out or set it`() throws {
    #expect(try points()[0].settings.prompts == nil)
    #expect(try points("prompts: a.yaml")[0].settings.prompts == "a.yaml")
  }
}

@Suite struct `A sweep` {
  @Test func `is the product of its lists, the first key slowest`() throws {
    let points = try points("label: [a, b]\nlength: [1, 2, 3]")
    #expect(points.map(\.settings.label) == ["a", "a", "a", "b", "b", "b"])
    #expect(points.map(\.settings.length) == [1, 2, 3, 1, 2, 3])
  }

  @Test func `gives a setting of a part to every kind in its list`() throws {
    let points = try points("", "memory=overwrite,append", "memory.tokens=64,128")
    #expect(points.map(\.settings.memory.kind) == ["overwrite", "overwrite", "append", "append"])
    #expect(points.map { $0.full["memory.tokens"] } == [64, 128, 64, 128].map { .int($0) })
  }

  @Test func `takes a comma in a flag as a list, but not one in a sentence`() throws {
    #expect(try points("", "length=1,2").map(\.settings.length) == [1, 2])
    #expect(try points("", "label=a, b").map(\.settings.label) == ["a, b"])
    #expect(try points("", "label='a,b'").map(\.settings.label) == ["a,b"])
  }

  @Test func `leaves alone what is a list by nature`() throws {
    #expect(try points("lengths: [3, 4]").map(\.settings.lengths) == [[3, 4]])
    #expect(try points("lengths: [[3], [4, 5]]").map(\.settings.lengths) == [[3], [4, 5]])
  }

  @Test func `varies a list of lists by lists of such lists alone`() throws {
    struct Shapes: ExperimentSettings { var shapes = [[1, 2], [3]] }
    func count(_ yaml: String) throws -> Int {
      try Sweep(of: Shapes(), file: YAML.settings(in: yaml, named: "test")).points.count
    }
    #expect(try count("shapes: [[4], [5, 6]]") == 1)
    #expect(try count("shapes: [[[4], [5, 6]], [[7]]]") == 2)
  }

  #if Remote
    /// Further fields of a request are the endpoint's business, and some of them are lists.
    @Test func `takes no value out of a table that is data`() throws {
      let policy = "{kind: remote, endpoint: 'http://localhost/v1', model: m, extra: "
      let one = try points("policy: " + policy + "{stop_token_ids: [1, 2], bias: {a: [3, 4]}}}")
      #expect(one.map { $0.full["policy.extra.stop_token_ids"] } == [[1, 2]])
      #expect(one.map { $0.full["policy.extra.bias.a"] } == [[3, 4]])
      let flag = try points("policy: " + policy + "{}}", "policy.extra.stop_token_ids=1,2", "length=1,2")
      #expect(flag.map { $0.full["policy.extra.stop_token_ids"] } == [[1, 2], [1, 2]])
      let two = try points("policy: " + policy + "[{stop_token_ids: [1, 2]}, {stop_token_ids: [3]}]}")
      #expect(two.map { $0.full["policy.extra.stop_token_ids"] } == [[1, 2], [3]])
    }
  #endif

  @Test func `varies kinds and the settings of kinds`() throws {
    let points = try points("memory: [{kind: overwrite, tokens: [64, 128]}, none]")
    #expect(points.map(\.settings.memory.kind) == ["overwrite", "overwrite", "none"])
    #expect(points.map { $0.settings.memory.settings["tokens"] } == [.int(64), .int(128), nil])
  }

  @Test func `adds ablations to the product, each on its own`() throws {
    let points = try points("length: 5\nablations:\n  long: {length: 9}\n  other: {memory.tokens: 7, label: x}")
    #expect(points.map(\.settings.length) == [5, 9, 5])
    #expect(points.map(\.settings.label) == ["plain", "plain", "x"])
    #expect(points[2].settings.memory.settings["tokens"] == .int(7))
    #expect(points.map(\.ablation) == [nil, "long", "other"])
    // A name is no setting: the same settings are the same run.
    #expect(try points[1].name == Point(["length": 9], defaults: Trial()).name)
  }

  @Test func `has each point once`() throws {
    #expect(try points("length: [1, 1, 2]").map(\.settings.length) == [1, 2])
  }

  @Test func `refuses an empty list, and more points than anyone meant`() throws {
    #expect(complaint { try points("length: []") }?.contains("empty list") == true)
    let many = "[\((0..<200).map(String.init).joined(separator: ","))]"
    #expect(complaint { try points("length: \(many)\nlabel: \(many)\nseed: \(many)") }?.contains("points") == true)
  }
}

@Suite struct `A run's name` {
  @Test func `says what differs from the defaults, sorted, and ends in a hash`() throws {
    let name = try points("", "seed=2", "memory.tokens=64")[0].name
    #expect(name.hasPrefix("memory.tokens=64_seed=2-"))
    #expect(try points()[0].name.hasPrefix("defaults-"))
  }

  @Test func `leaves lists of tables to the hash`() {
    let questions: Setting = [["ask": "who?"], ["ask": "when?"]]
    let name = RunName.of([("memory.kind", "gated"), ("task.questions", questions)], full: questions)
    #expect(name.dropLast(8) == "memory.kind=gated-")
    #expect(RunName.of([("size", [1, 2])], full: questions).dropLast(8) == "size=1+2-")
  }

  @Test func `tells by its words apart what differs in a host, a folder or the end of a sentence`() {
    func name(_ value: String) -> Substring {
      RunName.of([("x", .string(value))], full: .string(value)).dropLast(9)
    }
    #expect(name("http://gpu-7:8000/v1") == "x=gpu-7~8000~v1")
    #expect(name("https://me:word@host/v1?key=abc") == "x=host~v1")
    #expect(name("http://a/v1 http://b/v1") == "x=a~v1+b~v1")
    #expect(name("/data/hotpot/dev.json") == "x=hotpot~dev.json" && name("dev.json") == "x=dev.json")
    let long = "Which of the two rivers that meet in the old town is the longer one, the "
    #expect(name(long + "first") != name(long + "second"))
    #expect(name("Is it one and/or the other?") == "x=Is~it~one~and~or~the~other~")
  }

  @Test func `is the same for the same settings, however they were given`() throws {
    #expect(try points("length: 3")[0].name == points("", "length=3")[0].name)
    #expect(try points("length: 16")[0].name == points()[0].name)
    #expect(try points("memory: {empty: keep}")[0].name == points()[0].name)
  }

  @Test func `differs where any setting does`() throws {
    #expect(try points("memory: {empty: placeholder}")[0].name != points()[0].name)
  }

  /// Whatever stands in the settings, the folder lies inside the folder for runs.
  @Test func `never leaves its folder`() throws {
    let pieces = [
      "..", "/", "\\", "~", "\u{0}", "\n", "-", ".", "é", "a", "=", "_", "%2e", "\u{202E}", " ", "$(x)", "*",
    ]
    var random = SeededGenerator(seed: 1, purpose: "names")
    for _ in 0..<500 {
      let label = (0..<Int.random(in: 0...20, using: &random)).map { _ in pieces.randomElement(using: &random)! }
        .joined()
      let name = RunName.of([("label", .string(label))], full: .string(label))
      let place = URL(filePath: "/runs/trial").appending(path: name).standardizedFileURL
      #expect(place.deletingLastPathComponent().path == "/runs/trial")
      #expect(name.utf8.count < 200 && !name.hasPrefix(".") && name.utf8.allSatisfy { $0 > 32 && $0 < 127 })
      let safe = RunName.safe(label)
      #expect(!safe.isEmpty && !safe.contains("/") && safe != "." && safe != "..")
    }
  }
}
