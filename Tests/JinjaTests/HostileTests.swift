import Foundation
import Jinja
import Testing

@Suite struct `A hostile template` {
  /// Each wants more time, text, depth or memory than there is.
  private static let templates = [
    "{% for a in range(99999) %}{% for b in range(99999) %}{% for c in range(99999) %}{% endfor %}{% endfor %}{% endfor %}",
    "{% set ns = namespace(a='x') %}{% for i in range(99999) %}{% set ns.a = ns.a ~ ns.a %}{% endfor %}{{ ns.a }}",
    "{% set ns = namespace(a=[1]) %}{% for i in range(99999) %}{% set ns.a = ns.a + ns.a %}{% endfor %}{{ ns.a }}",
    "{% set ns = namespace(a=[]) %}{% for i in range(99999) %}{% set ns.a = [ns.a] %}{% endfor %}{{ ns.a }}",
    "{% set ns = namespace(a={}) %}{% for i in range(99999) %}{% set ns.a = {'a': ns.a} %}{% endfor %}{{ ns.a }}",
    "{% set ns = namespace() %}{% set ns.a = ns %}{{ ns.a.a.a }}{{ ns }}",
    "{% macro m() %}{{ m() }}{% endmacro %}{{ m() }}",
    "{% macro m(f) %}{{ f(f) }}{% endmacro %}{{ m(m) }}",
    "{% macro m() %}{% for i in range(9) %}{{ m() }}{% endfor %}{% endmacro %}{{ m() }}",
    "{{ 'x' * 9999999999 }}", "{{ [1] * 9999999999 }}", "{{ 'x'|center(9999999999) }}", "{{ 'x'.zfill(9999999999) }}",
    "{{ 'a\\nb'|indent(9999999999) }}", "{{ ('x' * 4000000)|replace('x', 'y' * 4000000) }}",
    "{{ 'x'|replace('', 'y' * 16000000) }}", "{{ ('x' * 8000).join(range(99999)|map('string')) }}",
    "{{ range(-9223372036854775807, 9223372036854775807) }}", "{{ -9223372036854775807 - 2 }}",
    "{{ (0 - 9223372036854775807 - 1) // -1 }}", "{{ (0 - 9223372036854775807 - 1)|abs }}", "{{ 2 ** 9999999999 }}",
    "{{ 1e308 * 10 ** 300 }}", "{{ 'x'[::-9223372036854775807] * 99999999999 }}", "{{ [3]|tojson(indent=9999999999) }}",
    "{{ '%99999d' % 1 }}", "{{ 'ab'|batch(9999999999, 'x')|list }}", "{{ ('a ' * 8000000).split(' ')|length }}",
    "{{ " + String(repeating: "(", count: 100_000),
    "{{ " + String(repeating: "[", count: 100_000), "{{ " + String(repeating: "{1:", count: 100_000),
    "{{ " + String(repeating: "not ", count: 100_000) + "1 }}" + "{{ x.y }}",
    "{{ " + String(repeating: "-", count: 100_000) + "1 }}", "{{ x" + String(repeating: ".y", count: 100_000) + " }}",
    "{{ x" + String(repeating: "[0]", count: 100_000) + " }}", "{{ x" + String(repeating: "|e", count: 100_000) + " }}",
    "{{ x" + String(repeating: "()", count: 100_000) + " }}",
    "{{ 1 " + String(repeating: "if 1 else 1 ", count: 100_000) + " }}",
    "{{ 1 " + String(repeating: "is string ", count: 100_000) + " }}",
    String(repeating: "{% if 1 %}", count: 100_000), String(repeating: "{% for x in y %}", count: 100_000),
    String(repeating: "{% macro m() %}", count: 100_000), "{% set " + String(repeating: "(", count: 100_000),
    "{{ " + String(repeating: "1 + ", count: 400_000) + "x.y }}", String(repeating: "x", count: 2 << 20),
    "{{ 'a' " + String(repeating: "~ 'a' ", count: 300_000) + "~ x.y }}",
    "{% set ns = namespace(f=none) %}{% for i in range(99999) %}{% set ns.f = namespace(f=ns.f) %}{% endfor %}{{ x.y }}",
    "{% set ns = namespace(f=[1].index) %}{% for i in range(99999) %}{% set ns.f = [ns.f].index %}{% endfor %}{{ x.y }}",
  ]

  /// Threads of macOS and of other programs have stacks as small as this.
  private func onSmallStack(_ body: @escaping @Sendable () -> Void) {
    let isDone = DispatchSemaphore(value: 0)
    let thread = Thread {
      body()
      isDone.signal()
    }
    thread.stackSize = 512 << 10
    thread.start()
    isDone.wait()
  }

  @Test func `ends in an error, on a small stack and soon`() {
    onSmallStack {
      for source in Self.templates {
        let begin = ContinuousClock.now
        var isRefused = false
        do { _ = try JinjaTemplate(source).string() } catch { isRefused = error is JinjaFault }
        #expect(isRefused, "\(source.prefix(80))")
        #expect(ContinuousClock.now - begin < .seconds(20), "\(source.prefix(80))")
      }
    }
  }

  private static let pieces = [
    "{%", "%}", "{{", "}}", "{#", "#}", "-", "(", ")", "[", "]", "{", "}", "|", "\"", "'", "\\", "for ", "in ", "if ",
    "endif ", "set ", "x", "messages", " * 9999999999", "|list", "range(99999)", "~", "**", "//", ".", ":", ",", "=",
    "is ", "not ", "macro m() ", "call ", "loop", "99999999999999999999", "\n", "\u{1F}", "é", "raw", "endraw",
    "[::-1]",
    "|map(", "namespace(", "{{ messages[0].content * 1000000 }}", "|indent(9999999)", "|center(99999999)",
    "{% for a in range(100000) %}{% for b in range(100000) %}", ".replace('', x)", "m(m(m()))", "-9223372036854775808",
    "[-9223372036854775807:9223372036854775807:9223372036854775807]",
  ]

  /// One to four changes: something goes, comes, is copied, is another letter, or the rest is cut off.
  private static func mutated(_ source: [Unicode.Scalar], _ dice: inout Dice) -> String {
    var text = source
    for _ in 0...dice.below(4) {
      let place = dice.below(text.count + 1)
      switch dice.below(5) {
      case 0: text.removeSubrange(place..<min(text.count, place + 1 + dice.below(8)))
      case 1: text.insert(contentsOf: pieces[dice.below(pieces.count)].unicodeScalars, at: place)
      case 2:
        let part = Array(text[place...].prefix(40))
        text.insert(contentsOf: part, at: dice.below(text.count + 1))
      case 3: if place < text.count { text[place] = Unicode.Scalar(UInt8(dice.below(128))) }
      default: text.removeSubrange(place...)
      }
    }
    return String(String.UnicodeScalarView(text))
  }

  @Test func `made of a published one by changes gives text or an error, never a trap`() throws {
    var sources = try `A published chat template`.names.map { try Fixtures.text("templates/\($0).jinja") }
    sources += try Fixtures.text("snippets.txt").split(separator: "\n").map(String.init)
    let scalars = sources.map { Array($0.unicodeScalars) }
    let isLong = ProcessInfo.processInfo.environment["PALIMPSEST_LONG"] != nil
    let count = isLong ? 1_000_000 : 4000
    onSmallStack {
      var dice = Dice(state: 41)
      var limits = JinjaLimits()
      limits.steps = 20_000
      limits.scalars = 1 << 18
      let turns: [JinjaValue] = [
        .dictionary([.init("role", "user"), .init("content", .foreign(["Hi", "there"]))]),
        .dictionary([.init("role", "assistant"), .init("content", .foreign(["</think>x"]))]),
      ]
      let variables: [String: JinjaValue] = [
        "messages": .list(turns), "tools": .none, "bos_token": "<s>", "add_generation_prompt": .bool(true),
      ]
      for _ in 0..<count {
        let source = Self.mutated(scalars[dice.below(scalars.count)], &dice)
        let lines = source.unicodeScalars.count { $0 == "\n" || $0 == "\r" } + 1
        do {
          _ = try JinjaTemplate(source, limits: limits).render(variables)
        } catch let fault as JinjaFault {
          #expect(1...lines ~= fault.line, "\(fault)")
        } catch {
          Issue.record("\(error)")
        }
      }
    }
  }
}
