import ArgumentParser
import Foundation
import Models
import Palimpsest
import Terminal
import Tokenizers

struct Tokens: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "tokens",
    abstract: "Print the tokens of a text as a checkpoint counts them: ids, pieces, and how many.",
    discussion: """
      Special text in the file, such as <|im_end|>, is text like any other. A piece that is not whole UTF-8 is \
      printed as <0xE5>, byte by byte.

      Examples:
        palimpsest tokens book.txt --tokenizer Qwen3-0.6B
        palimpsest tokens - --weights Qwen3-0.6B --json < book.txt
      """)

  @Argument(help: "A text in UTF-8; - for standard input.") var file: String

  @Option(help: ArgumentHelp("A folder with tokenizer.json.", valueName: "folder")) var tokenizer: String?
  @Option(help: ArgumentHelp("A checkpoint's folder or .gguf file, whose vocabulary is read.", valueName: "path"))
  var weights: String?

  @Flag(help: "Print JSON.") var json = false

  func validate() throws {
    guard (tokenizer == nil) != (weights == nil) else { throw ValidationError("name one of --tokenizer and --weights") }
  }

  func run() throws {
    let tokenizer = try BytePairTokenizer(model: tokenizer ?? weights ?? "")
    let text = try InputText.read(file)
    let ids = tokenizer.encode(text)
    let pieces = ids.map { Self.printable(tokenizer.bytes(of: $0) ?? []) }
    let console = Console()
    if json {
      console.result(
        Setting.table([
          "count": .int(ids.count), "ids": .list(ids.map(Setting.int)), "pieces": .list(pieces.map(Setting.string)),
        ]).line)
      return
    }
    let lines = zip(ids, pieces).map { "\($0)\t\($1.debugDescription)" }
    console.result((lines + ["\(ids.count) tokens, \(text.utf8.count) bytes"]).joined(separator: "\n"))
  }

  private static func printable(_ bytes: [UInt8]) -> String {
    if let text = String(validating: bytes, as: UTF8.self) { return text }
    return bytes.map { byte in
      byte < 0x80 ? String(Character(Unicode.Scalar(byte))) : "<0x" + String(byte, radix: 16).uppercased() + ">"
    }
    .joined()
  }
}
