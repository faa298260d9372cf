import Foundation
import Testing

/// The list of experiments stands where it is needed: a script that is on one list only is lost on the others.
@Suite struct `The shelf of experiments` {
  private let shelf: [String]

  init() throws {
    shelf = try Manifest.ofThisPackage().targets.filter { $0.path.hasPrefix("experiments/") }.map(\.name)
    try #require(!shelf.isEmpty)
  }

  private func text(_ path: String) throws -> String {
    try String(contentsOf: Manifest.root.appending(path: path), encoding: .utf8)
  }

  @Test func `is the same for make`() throws {
    let names = try #require(try text("Makefile").firstMatch(of: /EXPERIMENTS := (.*)/)).1
    #expect(names.split(separator: " ").map(String.init) == shelf)
  }

  @Test func `is the same for the command`() throws {
    let list = try #require(
      try text("Sources/CommandLine/Processes/Sibling.swift").firstMatch(of: /static let known = \[([^\]]*)\]/)
    ).1
    #expect(list.matches(of: /"([^"]*)"/).map { String($0.1) } == shelf)
  }

  @Test func `has its woven pages, and the index names them`() throws {
    let index = try text("docs/index.md")
    for name in shelf {
      #expect(index.contains("notebooks/\(name).md"), "docs/index.md does not name \(name)")
      #expect(try text("docs/notebooks/\(name).md").hasPrefix("# "))
    }
  }
}
