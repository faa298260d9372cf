import Foundation
import MemoryBanks
import Palimpsest
import Support
import Testing

private func fact(_ body: String) -> BankOperation {
  .add(EntryContent(.fact, body, sources: [EntrySource(0)], tokens: 2))
}

@Suite struct `The file of a bank` {
  private let scratch: Scratch
  private let budget = BankBudget(tokens: 1000)

  init() throws { scratch = try Scratch() }

  private func text(_ url: URL) throws -> String { String(decoding: try Data(contentsOf: url), as: UTF8.self) }

  @Test func `gives back after a cut inside a write the operations that were whole, and goes on from there`() throws {
    let url = scratch.file("bank.jsonl")
    var random = SeededGenerator(seed: 1, purpose: "file")
    var banks: [Bank] = []
    do {
      var file = try BankFile(at: url, budget: budget)
      banks.append(file.bank)
      for operation in [
        fact("Anna lives in Ulm"), fact("Ben naps"),
        .supersede(0, EntryContent(.fact, "Anna lives in Rome", sources: [EntrySource(1)], tokens: 2)), .archive(1),
      ] {
        try file.write([operation], as: .administrator, at: Double(banks.count), because: "test", random: &random)
        banks.append(file.bank)
      }
    }
    let whole = try Data(contentsOf: url)
    let header = try #require(whole.firstIndex(of: UInt8(ascii: "\n"))) + 1
    let cutURL = scratch.file("cut.jsonl")
    // Every fifth byte, and every place where a line begins or ends.
    let newline = UInt8(ascii: "\n")
    let cuts = (header...whole.count).filter { cut in
      cut % 5 == 0 || whole[cut - 1] == newline || (cut < whole.count && whole[cut] == newline)
    }
    for cut in cuts {
      try whole.prefix(cut).write(to: cutURL)
      let lines = whole.prefix(cut).count { $0 == UInt8(ascii: "\n") } - 1
      do {
        var file = try BankFile(at: cutURL, budget: budget)
        #expect(file.bank == banks[lines], "cut at \(cut)")
        if cut % 16 == 0 {
          try file.write([fact("More")], as: .administrator, at: 9, because: "test", random: &random)
        }
      }
      if cut % 16 == 0 {
        let file = try BankFile(at: cutURL, budget: budget)
        #expect(file.bank.log.count == lines + 1)
      }
    }
    // Without its header a file is no bank.
    try whole.prefix(header / 2).write(to: cutURL)
    #expect(throws: BankLogError.self) { _ = try BankFile(at: cutURL, budget: budget) }
  }

  @Test func `keeps no byte of what was purged, and one writer at a time`() throws {
    let url = scratch.file("bank.jsonl")
    var random = SeededGenerator(seed: 1, purpose: "file")
    var file = try BankFile(at: url, budget: budget)
    try file.write([fact("the PIN is 4711"), fact("kept")], as: .administrator, at: 1, because: "", random: &random)
    #expect(try text(url).contains("4711"))
    #expect(throws: BankFileError.busy(url.path)) { _ = try BankFile(at: url, budget: budget) }
    try file.write([.purge(0)], as: .administrator, at: 2, because: "", random: &random)
    #expect(try !text(url).contains("4711"))
    #expect(throws: BankFileError.busy(url.path)) { _ = try BankFile(at: url, budget: budget) }
    // What is written behind a purge is in the new file.
    try file.write([fact("later")], as: .administrator, at: 3, because: "", random: &random)
    #expect(try text(url).contains("later"))
    #expect(try Bank(jsonLines: text(url)) == file.bank)
  }

  @Test func `says what is wrong with a file that cannot be used`() throws {
    #expect(throws: BankFileError.self) { _ = try BankFile(at: scratch.file("missing/bank.jsonl"), budget: budget) }
    let url = scratch.file("other.jsonl")
    try Data("{\"format\":\"other\"}\n".utf8).write(to: url)
    #expect(throws: BankLogError.self) { _ = try BankFile(at: url, budget: budget) }
  }
}
