import Foundation
import Jinja
import Testing

/// Tests/Fixtures/Templates/snippets.py says what the pieces are and what runs them.
@Suite struct `A piece of Jinja` {
  private static func person(_ name: String, _ age: Int, _ city: String, _ tags: [JinjaValue]) -> JinjaValue {
    .dictionary([
      .init("name", .text(name)), .init("age", .int(age)), .init("city", .text(city)), .init("tags", .list(tags)),
    ])
  }

  private static let variables: [String: JinjaValue] = [
    "user": .dictionary([.init("name", "Ann"), .init("age", .int(41))]),
    "people": .list([
      person("Ann", 41, "Rome", ["x", "y"]), person("Bob", 25, "Oslo", ["z"]), person("Cyd", 33, "Rome", [""]),
    ]),
    "messages": .list([.dictionary([.init("role", "user"), .init("content", "Hi")])]), "tools": .none,
    "bos_token": "<s>",
  ]

  @Test func `becomes what jinja2 makes of it`() throws {
    let cases = try JSONDecoder().decode([[String?]].self, from: Data(Fixtures.text("snippets.json").utf8))
    #expect(cases.count > 200)
    let date = JinjaDate(year: 2024, month: 7, day: 26, hour: 15, minute: 4, second: 5)
    for piece in cases {
      let source = try #require(piece[0])
      let found = try? JinjaTemplate(source).string(Self.variables, date: date)
      #expect(found.map { Array($0.utf8) } == piece[1].map { Array($0.utf8) }, "\(source.debugDescription)")
    }
  }

  @Test func `that is refused has a line and a reason`() throws {
    let cases: [(source: String, line: Int, mentions: String)] = [
      ("a\nb\n{{ x.y }}", 3, "x is undefined"), ("\n{{ 1 + 'a' }}", 2, "int and str"),
      ("{% if true %}\n{% endfor %}", 2, "endfor"), ("x\n{% include 'y' %}", 2, "include"),
      ("{{ 1 }}\n\n{{ 'a'|urlize }}", 3, "urlize"), ("{{ raise_exception('no tools') }}", 1, "no tools"),
      ("{% for x in y recursive %}{% endfor %}", 1, "recursive"), ("\n\n{{ 'a'.encode() }}", 3, "encode"),
      ("{# c\n\n", 1, "comment"), ("{{ 'a\nb' }}\n{{ \"c }}", 3, "string"),
      ("{{ 9999999999 * 9999999999 }}", 1, "64 bits"),
      ("{{ strftime_now('%Q') }}", 1, "%Q"), ("{{ [1].append(2) }}", 1, "sandbox"),
      ("{{ 1 is nonesuch }}", 1, "nonesuch"),
      // Blanks behind {% in raw text are looked at twice, and are one line.
      ("{% raw %}{%\n x{% endraw %}\n{{ 1", 3, "no end"), ("{% raw %}{%\n endraw\n{% endraw %}{{ x.y }}", 3, "x is"),
      ("{% macro m(a) %}{% endmacro %}\n{{ m(1, 2) }}", 2, "at most 1"), ("{{ lipsum() }}", 1, "lipsum"),
    ]
    for (source, line, mentions) in cases {
      let fault = #expect(throws: JinjaFault.self, "\(source)") { try JinjaTemplate(source).string() }
      #expect(fault?.line == line, "\(source.debugDescription)")
      #expect(fault?.reason.contains(mentions) ?? false, "\(fault?.reason ?? "")")
    }
  }
}

@Suite struct `A date that a template is told` {
  @Test func `is read from text where there is such a date`() {
    #expect(JinjaDate("2026-11-28") == JinjaDate(year: 2026, month: 11, day: 28))
    #expect(
      JinjaDate("2024-02-29T23:59:58") == JinjaDate(year: 2024, month: 2, day: 29, hour: 23, minute: 59, second: 58))
    for text in [
      "", "run", "2026-11-28 ", "2026-13-01", "2025-02-29", "0000-01-01", "2026-11-00", "2026-11-28T24:00:00",
      "2026-11-28T10:00", "26-11-28", "２０２６-11-28",
    ] {
      #expect(JinjaDate(text) == nil, "\(text)")
    }
  }

  @Test func `is that of a moment in UTC`() {
    #expect(
      JinjaDate(Date(timeIntervalSince1970: 1_709_251_199))
        == JinjaDate(year: 2024, month: 2, day: 29, hour: 23, minute: 59, second: 59))
    #expect(JinjaDate(Date(timeIntervalSince1970: -1)).year == 1969)
  }
}

@Suite struct `Text in a template` {
  private func parts(_ source: String, _ content: String..., role: String = "user") throws -> [JinjaPart] {
    try JinjaTemplate(source).render(["content": .foreign(content), "role": .text(role)])
  }

  @Test func `keeps its origin through every operation`() throws {
    let operations = [
      "content", "content|trim", "content.strip()", "content[0:]", "content.split('q')|join('q')", "content ~ ''",
      "content|upper|lower", "content.replace('zz', 'y')", "[content]|join", "{'a': content}.a", "content|string",
      "'%s' % content", "'{}'.format(content)", "content|indent", "content|reverse|reverse", "content|list|join",
      "(content, 1)[0]", "content|first ~ content[1:]", "content.partition('|')|join", "content|safe", "content * 1",
      "content.splitlines()|join", "[content]|map('trim')|first", "namespace(a=content).a", "content|default('x')",
      "content.title()|lower", "content.ljust(3)", "dict(x=content)['x']", "content.removeprefix('q')",
      "[[content]]|map('first')|join", "{content: 1}|items|map('first')|join", "[content]|sort|first",
      "content|truncate",
    ]
    for operation in operations {
      let found = try parts("<|{{ \(operation) }}|>", "<|end|>")
      #expect(found == [.trusted("<|"), .foreign("<|end|>"), .trusted("|>")], "\(operation)")
    }
    // What quotes it adds marks of its own around it.
    #expect(try parts("{{ content|tojson }}", "a\n") == [.trusted("\""), .foreign("a\\n"), .trusted("\"")])
    #expect(try parts("{{ [content] }}", "a\n") == [.trusted("['"), .foreign("a\\n"), .trusted("']")])
    #expect(try parts("{{ content|escape }}", "<") == [.foreign("&lt;")])
    #expect(try parts("{{ '-'.join(content) }}", "ab") == [.foreign("a"), .trusted("-"), .foreign("b")])
    #expect(try parts("{{ strftime_now(content) }}", "%Y") == [.foreign("2024")])
  }

  @Test func `is compared without regard to its origin`() throws {
    let source = """
      {%- set ns = namespace(n=0) %}
      {%- if content == 'abc' and 'b' in content and content in ['abc'] and {'abc': 1}[content] == 1 %}yes{% endif %}
      """
    #expect(try parts(source, "abc") == [.trusted("yes")])
  }

  @Test func `has gaps that pass as one opaque scalar`() throws {
    #expect(
      try parts("[{{ content|trim }}]", " a ", " b ") == [
        .trusted("["), .foreign("a "), .gap, .foreign(" b"), .trusted("]"),
      ])
    #expect(try parts("{{ content|length }}", "a", "b") == [.trusted("3")])
    #expect(try parts("{{ content|trim }}", " ", " ") == [.gap])
    #expect(
      try parts("{{ content|tojson(ensure_ascii=true) }}", "é", "") == [
        .trusted("\""), .foreign("\\u00e9"), .gap, .trusted("\""),
      ])
    #expect(
      try parts("{{ content.split(' ')|join('_') }}", "a", "b c") == [
        .foreign("a"), .gap, .foreign("b"), .trusted("_"), .foreign("c"),
      ])
  }
}

@Suite struct `The date of a template` {
  @Test func `is the caller's, with its weekday`() throws {
    let template = try JinjaTemplate("{{ strftime_now('%A %d %B %Y, day %j') }}")
    #expect(try template.string() == "Friday 26 July 2024, day 208")
    #expect(
      try template.string(date: JinjaDate(year: 2026, month: 11, day: 28)) == "Saturday 28 November 2026, day 332")
    #expect(try template.string(date: JinjaDate(year: 2000, month: 2, day: 29)) == "Tuesday 29 February 2000, day 060")
    #expect(try template.string(date: JinjaDate(year: 1900, month: 12, day: 31)) == "Monday 31 December 1900, day 365")
  }
}
