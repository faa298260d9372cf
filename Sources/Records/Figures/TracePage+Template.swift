extension TracePage {
  /// The page up to its data.
  ///
  /// - Parameter title: in which markup means nothing.
  static func beginning(_ title: String) -> String { head.replacing("@title@", with: title) }

  /// The policy in the head keeps even a mistake of ours from loading anything.
  private static let head = ##"""
    <!doctype html>
    <html lang="en"><head><meta charset="utf-8">
    <meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; base-uri 'none'; form-action 'none'">
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <title>@title@</title>
    <style>
    :root { --ink: #222; --faint: #666; --line: #ddd; --evidence: #e69f00; --update: #0072b2; --exit: #222; --skip: #e3e8ec; --bad: #d55e00; }
    * { box-sizing: border-box }
    body { font: 15px/1.5 "DejaVu Sans", system-ui, sans-serif; color: var(--ink); margin: 0 auto; max-width: 1120px; padding: 20px 24px 60px }
    h1 { font-size: 17px; margin: 0 0 12px; overflow-wrap: anywhere } h2 { font-size: 17px; margin: 0 0 8px } h3 { font-size: 13px; margin: 16px 0 4px; color: var(--faint); font-weight: 600 } h3:first-child { margin-top: 0 }
    .bar { display: flex; gap: 12px; flex-wrap: wrap; align-items: center; margin-bottom: 16px }
    select, input, button { font: inherit; padding: 4px 8px; border: 1px solid #bbb; border-radius: 6px; background: #fff; max-width: 100% }
    input { flex: 1; min-width: 220px }
    .card { border: 1px solid var(--line); border-radius: 10px; padding: 14px 16px; margin-bottom: 14px }
    dl { display: grid; grid-template-columns: max-content 1fr; gap: 2px 14px; margin: 0 } dt { color: var(--faint) } dd { margin: 0; overflow-wrap: anywhere }
    .strip { display: flex; flex-wrap: wrap; gap: 2px; margin: 6px 0 }
    .strip button { width: 14px; height: 22px; padding: 0; border: 0; border-radius: 2px; background: var(--skip); cursor: pointer; position: relative }
    .strip.many button { width: 7px; height: 14px; border-radius: 1px }
    .strip button.u { background: var(--update) } .strip button.e { background: #f6dca0 } .strip button.e.u { background: var(--evidence) }
    .strip button.e::after { content: ""; position: absolute; left: 0; right: 0; bottom: 0; height: 4px; background: #7a5200 }
    .strip button.x { box-shadow: inset 0 0 0 3px var(--exit) } .strip button.m::before { content: ""; position: absolute; left: 0; right: 0; top: 0; height: 4px; background: var(--bad) }
    .strip button.on { outline: 2px solid #000; outline-offset: 1px; z-index: 1 } .strip button.miss { opacity: .25 }
    .legend { color: var(--faint); font-size: 12px } .legend i { display: inline-block; width: 11px; height: 13px; border-radius: 2px; margin: 0 4px -2px 12px; position: relative }
    pre { white-space: pre-wrap; overflow-wrap: anywhere; font: 13px/1.5 "DejaVu Sans Mono", monospace; background: #f7f8f9; border-radius: 6px; padding: 8px 10px; margin: 0; max-height: 420px; overflow: auto }
    ins { background: #d6ecd2; text-decoration: none; border-bottom: 2px solid #2a7a2a } del { background: #f7ddd3; color: #7a3b1c }
    mark { background: #ffe58a } .good { color: #1d6b2a; font-weight: 600 } .poor { color: var(--bad); font-weight: 600 } .partly { color: #7a5200; font-weight: 600 } .answer { font-weight: 600 } .reply { white-space: pre-wrap; max-height: 160px; overflow: auto }
    .proof { font-weight: inherit; background: #fbe3b3; border-bottom: 2px solid var(--evidence) }
    table { border-collapse: collapse; width: 100% } th { text-align: left; white-space: nowrap; color: var(--faint); font-weight: 600; font-size: 13px } th, td { padding: 3px 10px 3px 0; border-bottom: 1px solid var(--line); vertical-align: top } td { overflow-wrap: anywhere } td:first-child { width: 55% } td:not(:first-child) { white-space: nowrap } td button { padding: 0 6px; cursor: pointer } .faint { color: var(--faint) }
    svg { display: block; width: 100%; height: 70px } details { margin-top: 8px } summary { cursor: pointer; color: var(--faint) }
    </style></head><body>
    <h1>@title@</h1>
    <div class="bar"><select id="which" aria-label="question"></select><input id="find" type="search" placeholder="search all text ( / )"><span id="found" class="faint"></span></div>
    <div class="card" id="head"></div>
    <div class="card" id="facts" hidden></div>
    <div class="card"><div class="strip" id="strip"></div>
    <div class="legend"><i style="background:var(--skip)"></i>unchanged<i style="background:var(--update)"></i>updated<i style="background:var(--evidence)"></i>evidence, updated<i style="background:#f6dca0;border-bottom:4px solid #7a5200"></i>evidence, not written<i style="box-shadow:inset 0 0 0 3px #222"></i>exit<i style="border-top:4px solid var(--bad);background:var(--skip)"></i>malformed</div>
    <h3>tokens in memory</h3><div id="size"></div></div>
    <div class="card" id="step"></div>
    <noscript>This page draws its data with a script, which is switched off.</noscript>
    <script type="application/json" id="data">

    """##

  /// The page behind its data: the script that draws it.
  static let ending = ##"""
    </script>
    <script>
    "use strict";
    const traces = [], $ = id => document.getElementById(id);
    // A line per trace, then one per step of it.
    for (const line of $("data").textContent.split("\n")) { if (!line) continue; const one = JSON.parse(line); if (one.ask === undefined) traces[traces.length - 1].steps.push(one); else { one.steps = []; traces.push(one); } }
    let now = 0, at = 0, hits = null;
    // The only way text gets into the page: as text.
    function make(tag, text, kind) { const e = document.createElement(tag); if (text !== undefined && text !== null) e.textContent = text; if (kind) e.className = kind; return e; }
    function pre(parent, title, text) { parent.append(make("h3", title)); const e = make("pre"); marked(e, text); parent.append(e); return e; }
    // Evidence is marked where it stands, what is searched for inside of it and outside.
    function marked(e, text, evidence) {
      let from = 0; for (const [a, b] of evidence || []) { found(e, text.slice(from, a)); const proof = make("b", undefined, "proof"); found(proof, text.slice(a, b)); e.append(proof); from = b; }
      found(e, text.slice(from));
    }
    function found(e, text) {
      const word = $("find").value.toLowerCase(); if (!word) { e.append(text); return; }
      const low = text.toLowerCase(); let from = 0, count = 0;
      for (let i = low.indexOf(word); i >= 0 && count < 500 && low.length === text.length; i = low.indexOf(word, from), count++) { e.append(text.slice(from, i), make("mark", text.slice(i, i + word.length))); from = i + word.length; }
      e.append(text.slice(from));
    }
    function memory(t, i) { for (; i >= 0; i--) if (t.steps[i].p !== undefined) return t.steps[i].p; return ""; }
    // How many of the verdicts are good: all, some, none.
    function verdict(t) { const good = t.scores.filter(s => s.score >= 0.5).length; return !t.scores.length ? undefined : good === t.scores.length ? "good" : good ? "partly" : "poor"; }
    // Words that were lost and gained: the longest common subsequence between equal ends. White space belongs
    // to the word before it, and one or two words that two different passages share by chance do not count.
    function words(a, b) {
      const split = s => s.match(/\S+\s*|^\s+/g) || [], same = (v, w) => v === w || v.trim() === w.trim(); let x = split(a), y = split(b), head = 0, tail = 0;
      while (head < x.length && head < y.length && same(x[head], y[head])) head++;
      while (tail < x.length - head && tail < y.length - head && same(x[x.length - 1 - tail], y[y.length - 1 - tail])) tail++;
      const start = y.slice(0, head), end = y.slice(y.length - tail); x = x.slice(head, x.length - tail); y = y.slice(head, y.length - tail);
      const n = x.length, m = y.length, blocks = [{ kept: start, lost: [], gained: [] }];
      if (n * m > 4e6) { blocks[0].lost = x; blocks[0].gained = y; }
      else {
        const w = m + 1, l = new Uint16Array((n + 1) * w);
        for (let i = n - 1; i >= 0; i--) for (let j = m - 1; j >= 0; j--) l[i * w + j] = same(x[i], y[j]) ? l[(i + 1) * w + j + 1] + 1 : Math.max(l[(i + 1) * w + j], l[i * w + j + 1]);
        for (let i = 0, j = 0; i < n || j < m;) {
          const last = blocks[blocks.length - 1];
          if (i < n && j < m && same(x[i], y[j])) {
            const run = []; while (i < n && j < m && same(x[i], y[j])) { run.push([x[i], y[j]]); i++; j++; }
            if (run.length < 3 && last.lost.length + last.gained.length) { for (const [v, w] of run) { last.lost.push(v); last.gained.push(w); } } else blocks.push({ kept: run.map(r => r[1]), lost: [], gained: [] });
          } else if (i < n && (j >= m || l[(i + 1) * w + j] >= l[i * w + j + 1])) last.lost.push(x[i++]); else last.gained.push(y[j++]);
        }
      }
      const out = []; for (const block of blocks) out.push(["", block.kept.join("")], ["del", block.lost.join("")], ["ins", block.gained.join("")]);
      out.push(["", end.join("")]); return out.filter(part => part[1]);
    }
    function number(v) { return typeof v !== "number" ? String(v) : Number.isInteger(v) ? v.toLocaleString("en") : String(Math.round(v * 1000) / 1000); }
    function head(t) {
      const card = $("head"); card.replaceChildren(); card.append(make("h2", t.ask || "(read for no question)"));
      const list = make("dl"), row = (k, v, kind) => { if (v === undefined || v === null || v === "") return; list.append(make("dt", k), make("dd", v, kind)); };
      row("accepted", t.gold.join("  |  ")); row("answer", t.answer, "answer"); row("verdict", t.scores.map(s => (s.metric ? s.metric + " " : "") + number(s.score) + (s.note && s.note !== t.answer ? ": " + s.note : "")).join(" · "), verdict(t)); row("reply", t.reply, "reply");
      row("end", t.end); row("cost", Object.keys(t.cost).filter(k => t.cost[k]).map(k => number(t.cost[k]) + " " + k).join(" · "));
      row("memory", t.budget === undefined ? undefined : "at most " + number(t.budget) + " tokens"); row("id", t.id); row("traits", Object.keys(t.traits).map(k => k + " " + t.traits[k]).join(" · "));
      if (t.omitted) row("shown", number(t.steps.length) + " steps; " + number(t.omitted) + " less telling ones are left out");
      card.append(list);
    }
    function facts(t) {
      const card = $("facts"); card.replaceChildren(); card.hidden = !t.facts.length; if (card.hidden) return;
      const table = make("table"), top = make("tr"); for (const name of ["evidence", "bytes", "read", "written", "first lost", "held in the end"]) top.append(make("th", name)); table.append(top);
      for (const f of t.facts) {
        const line = make("tr"), at = (i, none) => { const cell = make("td"); if (i === undefined) cell.append(make("span", f.isHeld === undefined && f.read !== undefined ? "unknown" : none, "faint")); else { const b = make("button", "chunk " + i); b.onclick = () => visit(i); cell.append(b); } line.append(cell); };
        line.append(make("td", f.text ? f.text.slice(0, 240) + (f.text.length > 240 ? "…" : "") : "(its words are not known)"), make("td", number(f.range[0]) + "–" + number(f.range[1])));
        at(f.read, "never"); at(f.written, "never"); at(f.lost, "never"); line.append(make("td", f.isHeld === undefined ? "unknown" : f.isHeld ? "yes" : "no", f.isHeld === undefined ? "faint" : f.isHeld ? "good" : "poor")); table.append(line);
      }
      card.append(make("h3", "what became of the evidence"), table);
    }
    function visit(chunk) { const i = traces[now].steps.findIndex(p => p.i >= chunk); go(i < 0 ? traces[now].steps.length - 1 : i); $("step").scrollIntoView({ block: "nearest" }); }
    function strip(t) {
      const s = $("strip"); s.replaceChildren(); s.classList.toggle("many", t.steps.length > 300);
      const all = document.createDocumentFragment();
      t.steps.forEach((p, i) => { const b = make("button"); b.className = (p.e ? "e " : "") + (p.u ? "u " : "") + (p.x ? "x " : "") + (p.m ? "m " : "") + (hits && !hits.has(i) ? "miss" : ""); b.title = "chunk " + p.i; b.dataset.i = i; all.append(b); });
      s.append(all);
    }
    function size(t) {
      const ns = "http://www.w3.org/2000/svg", svg = document.createElementNS(ns, "svg"), n = t.steps.length, top = Math.max(1, t.budget !== undefined && t.budget < 1e9 ? t.budget : 0, ...t.steps.map(p => p.t));
      svg.setAttribute("viewBox", "0 0 1000 70"); svg.setAttribute("preserveAspectRatio", "none");
      const put = (tag, attributes) => { const e = document.createElementNS(ns, tag); for (const k in attributes) e.setAttribute(k, attributes[k]); svg.append(e); };
      const x = i => (1000 * i) / Math.max(1, n), y = v => 66 - (60 * v) / top; let d = "M0 66";
      t.steps.forEach((p, i) => { d += "L" + x(i) + " " + y(p.t) + "L" + x(i + 1) + " " + y(p.t); }); put("path", { d: d + "L1000 66Z", fill: "#cfe3f1", stroke: "#0072b2", "vector-effect": "non-scaling-stroke" });
      if (t.budget !== undefined && t.budget < 1e9) put("line", { x1: 0, x2: 1000, y1: y(t.budget), y2: y(t.budget), stroke: "#777", "stroke-dasharray": "4 4", "vector-effect": "non-scaling-stroke" });
      t.steps.forEach((p, i) => { if (p.e) put("rect", { x: x(i), width: Math.max(2, x(1)), y: 66, height: 4, fill: "#e69f00" }); });
      put("line", { id: "here", x1: 0, x2: 0, y1: 0, y2: 70, stroke: "#000", "vector-effect": "non-scaling-stroke" });
      $("size").replaceChildren(svg);
    }
    function step(t) {
      const card = $("step"), p = t.steps[at]; card.replaceChildren(); if (!p) { card.append(make("p", "Nothing was read.", "faint")); return; }
      const bar = make("div", undefined, "bar"), back = make("button", "←"), on = make("button", "→"); back.onclick = () => go(at - 1); on.onclick = () => go(at + 1);
      bar.append(make("h2", "chunk " + p.i), back, on, make("span", "bytes " + number(p.a) + " to " + number(p.b) + (p.e ? " · holds evidence" : "") + (p.m ? " · malformed reply" : "") + (p.x ? " · exit" : ""), "faint")); card.append(bar);
      const list = make("dl"), row = (k, v) => { if (v) list.append(make("dt", k), make("dd", v)); };
      row("gate", number(p.g) + (p.u ? ", written" : ", nothing changed") + (p.x ? ", exit" : "")); row("signals", Object.keys(p.sig).sort().map(k => k + " " + number(p.sig[k])).join(" · ")); row("reason", p.why);
      row("changes", (p.k || []).join(" · ")); row("memory", number(p.t) + " tokens"); row("cost", number(p.n[0]) + " tokens read, " + number(p.n[1]) + " generated, " + number(p.s) + " s"); card.append(list);
      card.append(make("h3", "memory, what it lost and gained")); const diff = make("pre"), a = memory(t, at - 1), b = memory(t, at);
      if (a === b) marked(diff, b || "(empty)"); else for (const [kind, text] of words(a, b)) diff.append(kind ? make(kind, text) : text); card.append(diff); const first = diff.querySelector("ins") || diff.querySelector("del"); if (first) diff.scrollTop = first.offsetTop - diff.offsetTop - 60;
      (p.r || []).forEach((text, i, all) => { const title = "reply" + (all.length > 1 ? " " + (i + 1) : ""); if (text !== null) return pre(card, title, text || "(empty)"); card.append(make("h3", title), make("div", "what the memory holds now, word for word", "faint")); });
      const more = (title, text) => { const d = make("details"); d.append(make("summary", title)); const e = make("pre"); marked(e, text); d.append(e); d.open = !!$("find").value; card.append(d); };
      if (p.c !== undefined) { card.append(make("h3", "chunk" + (p.h ? ", the evidence marked" : ""))); const e = make("pre"); marked(e, p.c, p.h); card.append(e); const proof = e.querySelector(".proof"); if (proof) e.scrollTop = proof.offsetTop - e.offsetTop - 80; }
      (p.q || []).forEach(text => text && more("prompt as sent", text));
    }
    function go(i) {
      const t = traces[now]; if (!t) return; at = Math.max(0, Math.min(i, t.steps.length - 1)); step(t);
      const old = document.querySelector(".strip .on"); if (old) old.classList.remove("on"); const b = $("strip").children[at]; if (b) b.classList.add("on");
      const line = $("here"); if (line) { const x = (1000 * (at + 0.5)) / Math.max(1, t.steps.length); line.setAttribute("x1", x); line.setAttribute("x2", x); }
    }
    function show(i) { now = i; const t = traces[i]; if (!t) { $("head").append(make("p", "There are no traces.", "faint")); return; } search(); head(t); facts(t); strip(t); size(t); const first = t.steps.findIndex(p => p.e || p.x); go(hits && hits.size ? [...hits][0] : first < 0 ? 0 : first); }
    function search() {
      const word = $("find").value.toLowerCase(), t = traces[now]; hits = null; $("found").textContent = ""; if (!word || !t) return;
      hits = new Set(); t.steps.forEach((p, i) => { if ([p.p, p.c, p.why, ...(p.r || []), ...(p.q || [])].some(s => s && s.toLowerCase().includes(word))) hits.add(i); }); $("found").textContent = hits.size + " steps";
    }
    traces.forEach((t, i) => { const o = make("option", ({ good: "✓ ", partly: "◐ ", poor: "✗ " }[verdict(t)] || "") + t.id + (t.ask ? ": " + t.ask.slice(0, 70) : "")); o.value = i; $("which").append(o); });
    if (traces.length < 2) $("which").hidden = true;
    $("which").onchange = e => show(Number(e.target.value)); $("find").oninput = () => { clearTimeout(window.wait); window.wait = setTimeout(() => show(now), 200); };
    $("strip").onclick = e => { if (e.target.dataset.i !== undefined) go(Number(e.target.dataset.i)); };
    document.onkeydown = e => { if (e.target.tagName === "INPUT") { if (e.key === "Escape") e.target.blur(); return; } if (e.key === "ArrowRight") go(at + 1); else if (e.key === "ArrowLeft") go(at - 1); else if (e.key === "/") { e.preventDefault(); $("find").focus(); } };
    show(0);
    </script></body></html>
    """##
}
