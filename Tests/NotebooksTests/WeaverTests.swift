import Foundation
import Notebooks
import Terminal
import Testing

@Suite struct `A weaver` {
  /// A shelf with a script and what it showed.
  private func shelf(_ script: String, _ showings: (URL) -> [Showing]) throws -> (folder: URL, weaver: Weaver) {
    let folder = FileManager.default.temporaryDirectory.appending(path: "palimpsest-weaver-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder.appending(path: "figures"), withIntermediateDirectories: true)
    try Data(script.utf8).write(to: folder.appending(path: "main.swift"))
    try Data("<svg/>".utf8).write(to: folder.appending(path: "figures/sizes.svg"))
    try JSONEncoder().encode(showings(folder)).write(to: folder.appending(path: "showings.json"))
    return (folder, try Weaver("try", script: folder.appending(path: "main.swift"), shelf: folder))
  }

  @Test func `copies pictures beside the page and links to them`() throws {
    let (folder, weaver) = try shelf("// # So?\nshow()\n") { folder in
      [
        Showing(line: 2, .text("a")),
        // The script of a chart is named; its drawing lies beside it.
        Showing(line: 2, .figure(path: folder.appending(path: "figures/sizes.gp").path, caption: "Sizes.")),
        Showing(line: 2, .figure(path: folder.appending(path: "figures/none.gp").path, caption: "Not drawn.")),
        Showing(line: 2, .figure(path: folder.appending(path: "figures/sizes.gp").path, caption: "Of another run.")),
      ]
    }
    defer { try? FileManager.default.removeItem(at: folder) }
    let page = try weaver.weave(into: folder.appending(path: "docs"))
    let text = try String(contentsOf: page, encoding: .utf8)
    #expect(text.contains("![Sizes.](try/sizes.svg)") && text.contains("![Of another run.](try/sizes-2.svg)"))
    for name in ["sizes", "sizes-2"] {
      #expect(try String(contentsOf: folder.appending(path: "docs/try/\(name).svg"), encoding: .utf8) == "<svg/>")
    }
    #expect(text.contains("Not drawn.\n(not drawn on"))
  }

  @Test func `makes one HTML file with its pictures in it, and lets no text be markup`() throws {
    let (folder, weaver) = try shelf("// # Is **it** <so>?\nshow(\"<b>\")\n") { folder in
      [
        Showing(line: 2, .table("| a | b |\n|---|---|\n| <script>x</script> | 1 |")),
        Showing(line: 2, .figure(path: folder.appending(path: "figures/sizes.gp").path, caption: "\"Sizes\" <x>")),
      ]
    }
    defer { try? FileManager.default.removeItem(at: folder) }
    let file = folder.appending(path: "page.html")
    try weaver.weave(toHTML: file)
    let html = try String(contentsOf: file, encoding: .utf8)
    #expect(html.contains("<h1>Is <b>it</b> &lt;so&gt;?</h1>"))
    #expect(html.contains("<td>&lt;script&gt;x&lt;/script&gt;</td><td>1</td>"))
    #expect(html.contains("src=\"data:image/svg+xml;base64,\(Data("<svg/>".utf8).base64EncodedString())\""))
    #expect(!html.contains("<script>") && !html.contains("http://") && html.contains("show(&quot;&lt;b&gt;&quot;)"))
  }

  @Test func `folds code in HTML too, numbers lists, and shows signs that Markdown escapes as they are`() throws {
    let (folder, weaver) = try shelf("// 1. *One*\n//    and more\n// 2. Two\nshow(\"<b>\")\n") { folder in
      [
        Showing(line: 4, .sentence("*1* <script> `x` | & [a](https://b)")),
        Showing(line: 4, .table("| a |\n|---|\n| &lt;b> c\\|d \\\\n *e* |")),
      ]
    }
    defer { try? FileManager.default.removeItem(at: folder) }
    let file = folder.appending(path: "page.html")
    try weaver.weave(toHTML: file)
    let html = try String(contentsOf: file, encoding: .utf8)
    #expect(html.contains("<ol><li><em>One</em>    and more</li><li>Two</li></ol>"))
    #expect(
      html.contains(
        "<details>\n<summary>Code, line 4</summary>\n<pre class=\"swift\">show(&quot;&lt;b&gt;&quot;)</pre>\n</details>"
      ))
    #expect(html.contains("<p>*1* &lt;script&gt; `x` | &amp; [a](https://b)</p>"))
    #expect(html.contains("<td>&lt;b&gt; c|d \\n <em>e</em></td>"), "\(html)")
  }

  @Test func `says what to do when nothing was shown`() throws {
    let folder = FileManager.default.temporaryDirectory.appending(path: "palimpsest-weaver-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    try Data().write(to: folder.appending(path: "main.swift"))
    let weaver = try Weaver("try", script: folder.appending(path: "main.swift"), shelf: folder)
    let error = #expect(throws: RunError.self) { try weaver.weave(into: folder) }
    #expect(error?.description.contains("palimpsest run try") == true)
  }
}
