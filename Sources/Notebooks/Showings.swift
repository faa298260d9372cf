import Basics
import Foundation
import Terminal

/// What a script showed so far, in order; kept in a file after every one, so that a page can be woven
/// of a script that did not end.
package actor Showings {
  private let file: URL
  private var all: [Showing] = []

  package init(_ file: URL) { self.file = file }

  package func add(_ showing: Showing) throws {
    all.append(showing)
    do {
      try FileManager.default.createDirectory(at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
    } catch {
      throw RunError.unwritable(file.path, reason: error.systemReason)
    }
    try WholeFile.write(all, asJSONTo: file)
  }
}
