import Foundation
import Palimpsest

extension EvolutionGraph {
  private static let evidence = "#E69F00"
  private static let stem = "#FBE3B3"
  private static let plain = "#E8F1F8"
  private static let ink = "#222222"
  private static let faint = "#8A8A8A"
  private static let alarm = "#D55E00"

  /// The graph as DOT: a pure function of the steps, the same bytes every time.
  public func dot(answer: String? = nil, end: Trace.End = .finished) -> String {
    let rows = EvolutionRow.folded(rows, to: settings.rows)
    var lines = [
      "digraph evolution {",
      "  graph [rankdir=TB, nodesep=0.25, ranksep=0.28, splines=spline, bgcolor=white, pad=0.25, fontname=\"DejaVu Sans\", "
        + "fontsize=10, labelloc=t, labeljust=l, label=<\(heading)>]",
      "  node [shape=plaintext, margin=0, fontname=\"DejaVu Sans\", fontsize=10, fontcolor=\"\(Self.ink)\"]",
      "  edge [color=\"#444444\", arrowsize=0.6, penwidth=1.2, fontname=\"DejaVu Sans\", fontsize=8]",
    ]
    /// Where each slot was last drawn.
    var places: [Slot.ID: String] = [:]
    for (index, row) in rows.enumerated() {
      lines.append("  t\(index) [label=<\(axis(row))>]")
      if index > 0 { lines.append("  t\(index - 1) -> t\(index) [arrowhead=none, color=\"#BBBBBB\", weight=100]") }
      lines += slots(of: row, index, &places)
    }
    lines += close(rows.count, answer, end, places)
    lines.append("}")
    return lines.joined(separator: "\n") + "\n"
  }

  private var heading: String {
    let ask = DOTText.wrapped(DOTText.excerpt(question.ask, 200), 64).map {
      "<TR><TD ALIGN=\"LEFT\"><FONT POINT-SIZE=\"13\"><B>\(DOTText.label($0))</B></FONT></TD></TR>"
    }
    func box(_ colour: String, _ text: String) -> String {
      "<TD BGCOLOR=\"\(colour)\" BORDER=\"1\" COLOR=\"#999999\" WIDTH=\"16\"> </TD><TD ALIGN=\"LEFT\">\(text)  </TD>"
    }
    return "<TABLE BORDER=\"0\" CELLBORDER=\"0\" CELLSPACING=\"0\">" + ask.joined()
      + "<TR><TD ALIGN=\"LEFT\"><TABLE BORDER=\"0\" CELLBORDER=\"0\" CELLSPACING=\"3\"><TR>"
      + box(Self.evidence, "★ written from evidence") + box(Self.stem, "☆ stems from it") + box(Self.plain, "other")
      + "<TD ALIGN=\"LEFT\">─▶ became   ┄▶ evicted, erased   ··· linked   “…” what is new</TD></TR></TABLE></TD></TR></TABLE>"
  }

  /// The left side of a row: what was read.
  private func axis(_ row: EvolutionRow) -> String {
    let name = row.count == 1 ? "chunk \(row.first)" : "chunks \(row.first)–\(row.last)"
    var notes: [String] = []
    if row.isEvidence { notes.append("<B>★ evidence\(row.evidence > 1 ? " in \(row.evidence)" : "")</B>") }
    if row.isIdle {
      notes.append(row.isEvidence ? "<FONT COLOR=\"\(Self.alarm)\"><B>not written</B></FONT>" : "unchanged")
    } else if row.count > 1 {
      notes.append("\(row.updates) of \(row.count) wrote")
    }
    notes.append(
      "gate "
        + (row.lowestGate == row.highestGate
          ? number(row.highestGate) : "\(number(row.lowestGate))–\(number(row.highestGate))"))
    if row.malformed > 0 {
      notes.append("<FONT COLOR=\"\(Self.alarm)\">\(row.malformed == 1 ? "" : "\(row.malformed) ")malformed</FONT>")
    }
    let bound = budget.map { $0.tokens == .max ? "" : " of \($0.tokens)" } ?? ""
    var table =
      "<TABLE BORDER=\"\(row.isEvidence ? 2 : 0)\" COLOR=\"\(Self.evidence)\" CELLBORDER=\"0\" CELLSPACING=\"0\" CELLPADDING=\"2\">"
      + "<TR><TD ALIGN=\"RIGHT\"><B>\(name)</B></TD></TR>"
      + "<TR><TD ALIGN=\"RIGHT\"><FONT POINT-SIZE=\"8\" COLOR=\"#555555\">\(notes.joined(separator: " · "))</FONT></TD></TR>"
    if !row.isIdle {
      table +=
        "<TR><TD ALIGN=\"RIGHT\"><FONT POINT-SIZE=\"8\" COLOR=\"#555555\">holds \(row.tokens)\(bound) tokens</FONT></TD></TR>"
    }
    if row.exit {
      table += "<TR><TD ALIGN=\"RIGHT\" BGCOLOR=\"#222222\"><FONT COLOR=\"white\"><B> exit </B></FONT></TD></TR>"
    }
    return table + "</TABLE>"
  }

  /// The slots a row wrote and lost, with the arrows that lead to them.
  private func slots(of row: EvolutionRow, _ index: Int, _ places: inout [Slot.ID: String]) -> [String] {
    var lines: [String] = []
    var peers = ["t\(index)"]
    let shown = row.versions.sorted { ($0.stems, $0.writes) > ($1.stems, $1.writes) }.prefix(settings.slots)
      .sorted { $0.id < $1.id }
    for version in shown {
      let name = "n\(index)_\(version.id)"
      lines.append("  \(name) [label=<\(box(version))>]")
      if let place = places[version.id] {
        let heavy = version.stems == .nowhere ? "" : ", penwidth=2, color=\"#B87A00\""
        lines.append("  \(place) -> \(name) [weight=10\(heavy)]")
      }
      peers.append(name)
      places[version.id] = name
    }
    for version in shown {
      for link in version.after.links.prefix(4) where link != version.id {
        if let place = places[link] {
          lines.append(
            "  n\(index)_\(version.id) -> \(place) [style=dotted, arrowhead=none, constraint=false, color=\"#666666\"]")
        }
      }
    }
    if row.versions.count > shown.count {
      lines.append(
        "  m\(index) [label=<<FONT COLOR=\"#555555\">… and \(row.versions.count - shown.count) more slots</FONT>>]")
      peers.append("m\(index)")
    }
    // A slot that was added and removed inside the row is not drawn, and needs no end.
    for (number, loss) in row.lost.enumerated() where places[loss.id] != nil {
      let name = "e\(index)_\(number)"
      lines.append("  \(name) [label=<\(ending(loss))>]")
      if let place = places.removeValue(forKey: loss.id) {
        lines.append("  \(place) -> \(name) [style=dashed, color=\"\(Self.faint)\"]")
      }
      peers.append(name)
    }
    for (number, refusal) in row.refused.prefix(2).enumerated() {
      lines.append("  x\(index)_\(number) [label=<\(ending(refusal))>]")
      peers.append("x\(index)_\(number)")
    }
    if peers.count > 1 {
      lines.append("  { rank=same; \(peers.joined(separator: "; ")) }")
      lines.append("  \(peers.joined(separator: " -> ")) [style=invis]")
    }
    return lines
  }

  private func box(_ version: EvolutionRow.Version) -> String {
    let colour =
      switch version.stems {
      case .fromEvidence: Self.evidence
      case .later: Self.stem
      case .nowhere: Self.plain
      }
    let mark =
      switch version.stems {
      case .fromEvidence: "★ "
      case .later: "☆ "
      case .nowhere: ""
      }
    let writes = version.writes > 1 ? ", \(version.writes) times" : ""
    let head = "\(mark)slot \(version.id)\(writes) · \(version.after.tokens) tokens"
    return
      "<TABLE BORDER=\"\(version.stems == .fromEvidence ? 2 : 1)\" COLOR=\"#666666\" STYLE=\"ROUNDED\" BGCOLOR=\"\(colour)\" "
      + "CELLBORDER=\"0\" CELLSPACING=\"0\" CELLPADDING=\"3\"><TR><TD ALIGN=\"LEFT\"><FONT POINT-SIZE=\"8\">\(head)</FONT></TD></TR>"
      + "<TR><TD ALIGN=\"LEFT\">\(body(version))</TD></TR></TABLE>"
  }

  private func body(_ version: EvolutionRow.Version) -> String {
    switch version.after.content {
    case .text(let text):
      let news = WordDifference.news(from: version.before ?? "", to: text)
      if news.isEmpty {
        return "<FONT COLOR=\"#555555\">\(version.before == text ? "the same again" : "only left things out")</FONT>"
      }
      return lines("“" + DOTText.excerpt(news, settings.excerpt) + "”")
    case .vectors(let vectors): return "vectors \(DOTText.label("\(vectors.shape)"))"
    case .rows(let rows): return "rows \(DOTText.label("\(rows.keys.shape)"))"
    }
  }

  private func ending(_ loss: EvolutionRow.Lost) -> String {
    let text = DOTText.excerpt(loss.text, 40)
    return
      "<TABLE BORDER=\"1\" COLOR=\"\(Self.faint)\" STYLE=\"DASHED\" CELLBORDER=\"0\" CELLPADDING=\"2\"><TR><TD><FONT POINT-SIZE=\"8\" "
      + "COLOR=\"#555555\">slot \(loss.id) \(DOTText.label(loss.why))\(text.isEmpty ? "" : ": " + DOTText.label(text))</FONT></TD></TR></TABLE>"
  }

  /// The answer, and how the reading ended.
  private func close(_ count: Int, _ answer: String?, _ end: Trace.End, _ places: [Slot.ID: String]) -> [String] {
    let how =
      switch end {
      case .reading: "not through"
      case .finished: "the text ended"
      case .exited: "the gate said exit"
      case .failed(let reason, _): "failed: \(DOTText.label(DOTText.excerpt(reason, 80)))"
      }
    var table =
      "<TABLE BORDER=\"0\" CELLBORDER=\"0\" CELLPADDING=\"2\"><TR><TD ALIGN=\"RIGHT\"><FONT COLOR=\"#555555\">\(how)</FONT></TD></TR>"
    if let answer {
      table += "<TR><TD ALIGN=\"LEFT\"><B>answer: </B>\(lines(DOTText.ending(answer, 160)))</TD></TR>"
    }
    let known = question.answers.first.map {
      "<TR><TD ALIGN=\"LEFT\"><FONT COLOR=\"#555555\">accepted: \(DOTText.label(DOTText.excerpt($0, 80)))</FONT></TD></TR>"
    }
    var lines = ["  end [label=<\(table)\(known ?? "")</TABLE>>]"]
    if count > 0 { lines.append("  t\(count - 1) -> end [arrowhead=none, color=\"#BBBBBB\", weight=100]") }
    for (_, place) in places.sorted(by: { $0.key < $1.key }).prefix(answer == nil ? 0 : settings.slots) {
      lines.append("  \(place) -> end [arrowhead=vee, style=solid, color=\"#BBBBBB\"]")
    }
    return lines
  }

  private func lines(_ text: String) -> String {
    DOTText.wrapped(text, 46).map(DOTText.label).joined(separator: "<BR ALIGN=\"LEFT\"/>") + "<BR ALIGN=\"LEFT\"/>"
  }

  /// 1, 0.25: two digits, whatever the locale.
  private func number(_ value: Float) -> String {
    guard value.isFinite else { return "\(value)" }
    let hundredths = Int((min(max(value, -1000), 1000) * 100).rounded())
    if hundredths % 100 == 0 { return "\(hundredths / 100)" }
    return "\(Double(hundredths) / 100)"
  }
}
