
"use strict";
(() => {
const $ = id => document.getElementById(id), root = document.documentElement;

// The data: a line each. A string is a text that several places share; they name it by its number.
const texts = [], traces = [];
let about = { rows: [], omitted: 0 };
for (const line of $("data").textContent.split("\n")) {
  if (!line) continue;
  const one = JSON.parse(line);
  if (typeof one === "string") texts.push(one);
  else if (one.rows !== undefined) about = one;
  else if (one.ask !== undefined) { one.steps = []; traces.push(one); }
  else traces[traces.length - 1].steps.push(one);
}
const text = v => typeof v === "number" ? texts[v] : v;

let now = 0, at = 0, view = "diff", word = "", hits = [], hit = -1, marksOf = new Set(), timer = null;

// The only way text gets into the page: as text.
function make(tag, content, kind) { const e = document.createElement(tag); if (content !== undefined && content !== null) add(e, content); if (kind) e.className = kind; return e; }
// Characters that are invisible or turn the direction of writing are named. A joiner between two pictures is one picture.
const INVISIBLE = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\u3164\ufeff\uffa0\ufff9-\ufffb]|[\u{e0000}-\u{e0fff}]/gu;
const PICTURE = /\p{Extended_Pictographic}[\ufe0f\u{1f3fb}-\u{1f3ff}]*$/u;
function add(e, content) {
  if (content instanceof Node) { e.append(content); return; }
  const s = String(content); let from = 0;
  for (const m of s.matchAll(INVISIBLE)) {
    if (m[0] === "\u200d" && PICTURE.test(s.slice(Math.max(0, m.index - 8), m.index))) continue;
    e.append(s.slice(from, m.index));
    const c = document.createElement("span"); c.className = "code"; c.textContent = "U+" + m[0].codePointAt(0).toString(16).toUpperCase().padStart(4, "0"); e.append(c);
    from = m.index + m[0].length;
  }
  e.append(s.slice(from));
}
function number(v) { return typeof v !== "number" ? String(v) : Number.isInteger(v) ? v.toLocaleString("en") : String(Math.round(v * 1000) / 1000); }
function excerpt(s, n) { return s.length > n ? s.slice(0, n) + "…" : s; }

// What is searched for is marked wherever text is shown.
function found(e, s) {
  if (!word) { add(e, s); return; }
  const low = s.toLowerCase(); let from = 0, count = 0;
  if (low.length === s.length) for (let i = low.indexOf(word); i >= 0 && count < 500; i = low.indexOf(word, from), count++) { add(e, s.slice(from, i)); e.append(make("mark", s.slice(i, i + word.length))); from = i + word.length; }
  add(e, s.slice(from));
}
function marked(e, s, proofs) {
  let from = 0;
  for (const [a, b] of proofs || []) { found(e, s.slice(from, a)); const proof = make("b", null, "proof"); proof.title = "evidence"; found(proof, s.slice(a, b)); e.append(proof); from = b; }
  found(e, s.slice(from)); return e;
}
function block(title, ...parts) { const d = make("div", null, "block"); d.append(make("h3", title), ...parts); return d; }
function pre(s, proofs) { const e = make("pre"); e.tabIndex = 0; return marked(e, s, proofs); }
function folded(title, s) { const d = make("details"); d.append(make("summary", title), pre(s)); d.open = word !== "" && s.toLowerCase().includes(word); return d; }
function rows(list, pairs) { for (const [k, v, kind] of pairs) if (v !== undefined && v !== null && v !== "") { const dd = make("dd", null, kind); if (v instanceof Node) dd.append(v); else found(dd, String(v)); list.append(make("dt", k), dd); } return list; }

function memory(t, i) { for (; i >= 0; i--) if (t.steps[i].p !== undefined) return text(t.steps[i].p); return ""; }
function verdict(t) { const good = t.scores.filter(s => s.score >= 0.5).length; return !t.scores.length ? undefined : good === t.scores.length ? "good" : good ? "partly" : "poor"; }
const SIGN = { good: "✓ right", partly: "◐ in part", poor: "✗ wrong" };

// Words that were lost and gained: the longest common subsequence between equal ends. White space belongs to the word before it, and
// one or two words that two different passages share by chance do not count.
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
  const out = []; for (const b of blocks) out.push(["", b.kept.join("")], ["del", b.lost.join("")], ["ins", b.gained.join("")]);
  out.push(["", end.join("")]); return out.filter(part => part[1]);
}

function head(t) {
  const card = $("head"), good = verdict(t), kept = t.steps.length; card.replaceChildren(); const title = make("h2"); found(title, t.ask || "(read for no question)"); card.append(title);
  const scores = t.scores.map(s => (s.metric ? s.metric + " " : "") + number(s.score) + (s.note && s.note !== t.answer ? ": " + s.note : "")).join(" · ");
  card.append(rows(make("dl"), [
    ["accepted", t.gold.join("  |  ")], ["answer", t.answer, "answer"], ["verdict", good && SIGN[good] + "   " + scores, "verdict " + good], ["reply", t.reply], ["end", t.end],
    ["cost", Object.keys(t.cost).filter(k => t.cost[k]).map(k => number(t.cost[k]) + " " + k).join(" · ")],
    ["memory", t.budget === undefined ? undefined : "at most " + number(t.budget) + " tokens"], ["id", t.id], ["traits", Object.keys(t.traits).sort().map(k => k + " " + t.traits[k]).join(" · ")],
    ["steps of", t.reading && t.reading !== t.id ? t.reading + ", which this question shares" : undefined],
    ["left out", t.omitted ? number(t.omitted) + " of " + number(kept + t.omitted) + " steps: those with evidence are kept first, then those that changed the memory, then the rest evenly" : undefined],
  ]));
}
function facts(t) {
  const card = $("facts"); card.replaceChildren(); card.hidden = !t.facts.length; if (card.hidden) return;
  const table = make("table"), top = make("tr"); for (const name of ["fact", "bytes", "read", "written", "first lost", "held at the end"]) { const th = make("th", name); th.scope = "col"; top.append(th); } table.append(top);
  for (const f of t.facts) {
    const line = make("tr"), fact = make("td"), chunk = (i, none) => { const cell = make("td", null, "short"); if (i === undefined) cell.append(make("span", f.isHeld === undefined && f.read !== undefined ? "unknown" : none, "faint")); else { const b = make("button", "chunk " + i); b.type = "button"; b.onclick = () => { visit(i); $("step").scrollIntoView({ block: "nearest" }); }; cell.append(b); } line.append(cell); };
    found(fact, f.text ? excerpt(f.text, 240) : "(its words are not known)"); line.append(fact, make("td", number(f.range[0]) + "–" + number(f.range[1]), "short"));
    chunk(f.read, "never"); chunk(f.written, "never"); chunk(f.lost, "never");
    line.append(make("td", f.isHeld === undefined ? "unknown" : f.isHeld ? "✓ yes" : "✗ no", "short " + (f.isHeld === undefined ? "faint" : f.isHeld ? "good" : "poor"))); table.append(line);
  }
  card.append(make("h3", "What became of the facts"), table);
}
function visit(chunk) { const t = traces[now], i = t.steps.findIndex(p => p.i >= chunk); go(i < 0 ? t.steps.length - 1 : i); }

// The strip: what happened at each chunk by shape as well as by colour, and the size of the memory below. One path a kind, so that ten
// thousand chunks are few elements.
const NS = "http://www.w3.org/2000/svg", ROW = 62, BASE = 34; let grid = { n: 0, across: 1, w: 10 };
function svg(tag, attributes, parent) { const e = document.createElementNS(NS, tag); for (const k in attributes) e.setAttribute(k, attributes[k]); if (parent) parent.append(e); return e; }
const SHAPES = {
  skip: (x, y, w) => `M${x} ${y + 26}h${w}v8h${-w}z`, update: (x, y, w) => `M${x} ${y + 12}h${w}v22h${-w}z`,
  evidence: (x, y, w) => { const c = x + w / 2, r = Math.max(3.5, Math.min(5, w / 2)); return `M${c} ${y + 5 - r}l${r} ${r}l${-r} ${r}l${-r} ${-r}z`; },
  exit: (x, y, w) => `M${x + w / 2 - 3} ${y + 9}v27M${x + w / 2 + 3} ${y + 9}v27`, bad: (x, y, w) => { const c = x + w / 2, r = Math.min(3.5, w / 2); return `M${c - r} ${y + 16}l${2 * r} ${2 * r}M${c + r} ${y + 16}l${-2 * r} ${2 * r}`; },
  hit: (x, y, w) => `M${x} ${y + 35}h${w}v4h${-w}z`,
};
SHAPES.missed = SHAPES.evidence;
function strip(t) {
  const n = t.steps.length, wide = Math.max(200, $("strip").clientWidth), w = Math.max(5, Math.min(22, Math.floor(wide / Math.max(1, n)))), across = Math.max(1, Math.floor(wide / w)), lines = Math.max(1, Math.ceil(n / across));
  grid = { n, across, w };
  const picture = svg("svg", { viewBox: `0 0 ${wide} ${lines * ROW}`, height: lines * ROW, "aria-hidden": "true" }), paths = {}, gap = w > 7 ? 2 : 1;
  let full = 0; for (const p of t.steps) full = Math.max(full, p.t);
  // A budget that is never nearly used would press the curve to the ground.
  const capped = t.budget && t.budget <= 4 * full, top = (capped ? Math.max(full, t.budget) : full) || 1;
  const put = (kind, d) => { paths[kind] = (paths[kind] || "") + d; }, high = p => (18 * p.t) / top;
  for (let line = 0; line < lines; line++) {
    const y = line * ROW + ROW - 3, first = line * across, last = Math.min(n, first + across); let d = `M0 ${y}`, edge = "";
    for (let i = first; i < last; i++) { const x = (i - first) * w, h = y - high(t.steps[i]); d += `L${x} ${h}H${x + w}`; edge += (i === first ? "M" : "L") + `${x} ${h}H${x + w}`; }
    put("size", d + `V${y}z`); put("edge", edge); if (capped) put("cap", `M0 ${y - (18 * t.budget) / top}H${(last - first) * w}`);
  }
  t.steps.forEach((p, i) => {
    const x = (i % across) * w, y = Math.floor(i / across) * ROW, draw = kind => put(kind, SHAPES[kind](x, y, w - gap));
    draw(p.u ? "update" : "skip"); if (p.e) draw(p.u ? "evidence" : "missed"); if (p.x) draw("exit"); if (p.m || p.w) draw("bad"); if (marksOf.has(i)) draw("hit");
  });
  for (const kind of ["size", "edge", "cap", "skip", "update", "evidence", "missed", "exit", "bad", "hit"]) if (paths[kind]) svg("path", { d: paths[kind], class: "s-" + kind }, picture);
  svg("rect", { id: "here", width: w + 2, height: BASE + 4, rx: 3, class: "s-here" }, picture);
  $("strip").replaceChildren(picture);
  $("sizes").textContent = "tokens in memory, at most " + number(full) + (t.budget ? (capped ? ", and its budget of " : "; its budget is ") + number(t.budget) : "");
}
function point() { const b = $("here"); if (b) { b.setAttribute("x", (at % grid.across) * grid.w - 2); b.setAttribute("y", Math.floor(at / grid.across) * ROW - 1); } }
for (const [kinds, words] of [[["skip"], "unchanged"], [["update"], "updated"], [["update", "evidence"], "evidence, updated"], [["skip", "missed"], "evidence, not written"], [["update", "exit"], "exit"], [["skip", "bad"], "warning"]]) {
  const item = make("span"), picture = svg("svg", { width: 16, height: 36, viewBox: "0 0 16 40" }, item); for (const kind of kinds) svg("path", { d: SHAPES[kind](2, 0, 12), class: "s-" + kind }, picture); item.append(words); $("legend").append(item);
}
{ const item = make("span"), picture = svg("svg", { width: 28, height: 20 }, item); svg("path", { d: "M0 18V12H9V7H19V10H28V18z", class: "s-size" }, picture); svg("path", { d: "M0 3H28", class: "s-cap" }, picture); const words = make("span"); words.id = "sizes"; item.append(words); $("legend").append(item); }

function describe(p) { return "chunk " + p.i + (p.u ? ", updated" : ", unchanged") + (p.e ? ", holds evidence" : "") + (p.x ? ", exit" : "") + (p.w ? ", warning" : ""); }
function recalled(slots) {
  const table = make("table"), top = make("tr"), scored = slots.some(s => s.s !== undefined); for (const name of ["item", ...(scored ? ["score"] : []), "tokens", "text"]) { const th = make("th", name); th.scope = "col"; top.append(th); } table.append(top);
  for (const s of slots) { const line = make("tr"), cell = make("td"); found(cell, excerpt(text(s.v), 600)); line.append(make("td", s.i, "short")); if (scored) line.append(make("td", s.s === undefined ? "unknown" : number(s.s), "short")); line.append(make("td", number(s.t), "short"), cell); table.append(line); }
  return table;
}
// The gate as it was replied, and as it was understood.
function gate(p, replies) {
  const raw = replies.map(r => (r || "").match(/<\s*(check|next)\s*>[^<]*<\s*\/\s*\1\s*>/gi) || []).flat(), pair = make("div", null, "pair");
  const left = make("div"), right = make("div"), names = Object.keys(p.sig).sort(); left.append(make("h3", "Gate, as replied"), raw.length ? pre(raw.join("\n")) : make("p", "No reply holds a gate.", "faint"));
  right.append(make("h3", "Gate, as understood"), rows(make("dl"), [["write", number(p.g) + (p.u ? ", the memory changed" : ", nothing changed")], ["exit", p.x ? "yes" : "no"], ["well formed", p.m ? "no" : raw.length ? "yes" : undefined], ["signals", names.map(k => k + " " + number(p.sig[k])).join(" · ")], ["reason", text(p.why)]])); pair.append(left, right); return pair;
}
function step(t) {
  const card = $("step"), p = t.steps[at]; card.replaceChildren(); $("place").textContent = ""; if (!p) { card.append(make("p", "Nothing was read.", "faint")); return; }
  const a = memory(t, at - 1), b = memory(t, at), replies = (p.r || []).map(r => r === null ? b : text(r));
  $("place").textContent = "step " + number(at + 1) + " of " + number(t.steps.length) + ", chunk " + number(p.i);
  card.append(make("h2", "Chunk " + number(p.i)));
  const bits = make("div", null, "bits"); for (const bit of ["bytes " + number(p.a) + "–" + number(p.b), p.u ? "■ updated" : "▁ unchanged", p.e && "◆ holds evidence", p.x && "‖ exit", number(p.t) + " tokens in memory", number(p.n[0]) + " tokens read, " + number(p.n[1]) + " generated", number(p.s) + " s"]) if (bit) bits.append(make("span", bit, "bit")); card.append(bits);
  for (const w of p.w || []) card.append(make("p", w, "warn"));
  const split = make("div", null, "split block"), left = make("div"), right = make("div"); split.append(left, right); card.append(split);
  left.append(make("h3", p.h ? "Chunk, its evidence marked" : "Chunk")); const chunk = p.c === undefined ? make("p", "The trace keeps no text of the chunk, and the text is not at hand.", "faint") : pre(text(p.c), p.h); left.append(chunk);
  const title = make("h3", "Memory"), tabs = make("span", null, "tabs"); for (const kind of ["diff", "before", "after"]) { const tab = make("button", kind); tab.type = "button"; tab.setAttribute("aria-pressed", view === kind); tab.onclick = () => { view = kind; step(t); const same = [...$("step").querySelectorAll(".tabs button")].find(e => e.textContent === kind); if (same) same.focus(); }; tabs.append(tab); } title.append(tabs);
  const page = make("pre"); page.tabIndex = 0;
  if (view !== "diff" || a === b) found(page, (view === "before" ? a : b) || "(empty)"); else for (const [kind, part] of words(a, b)) { if (!kind) { found(page, part); continue; } const e = make(kind); found(e, part); page.append(e); }
  right.append(title, page);
  const lower = make("div", null, "block"); lower.append(gate(p, replies)); card.append(lower);
  if (p.l) card.append(block("Recalled items", p.l.length === 1 && text(p.l[0].v) === a ? make("p", "Item " + p.l[0].i + ", which is the whole memory before this step.", "faint") : recalled(p.l)));
  if (p.k) card.append(block("Changes", make("p", p.k.join(" · "))));
  replies.forEach((r, i) => { const name = "Reply" + (replies.length > 1 ? " " + (i + 1) : ""); card.append(p.r[i] === null ? block(name, make("p", "What the memory holds now, word for word.", "faint")) : folded(name, r || "(empty)")); });
  const prompts = (p.q || []).map(text).filter(Boolean); prompts.forEach((q, i) => card.append(folded("Prompt as sent" + (prompts.length > 1 ? " " + (i + 1) : ""), q))); if (!prompts.length && replies.length) card.append(block("Prompt as sent", make("p", "The trace keeps its fingerprint only; a run with detail: full keeps the text.", "faint")));
  const proof = chunk.querySelector(".proof"), change = page.querySelector("ins, del"); if (proof) chunk.scrollTop = proof.offsetTop - chunk.offsetTop - 80; if (change) page.scrollTop = change.offsetTop - page.offsetTop - 60;
}
function answer(t) {
  const card = $("answer"), f = t.final; card.replaceChildren(); card.hidden = !f; if (!f) return; card.append(make("h2", "How the answer came about"));
  card.append(rows(make("dl"), [["cost", number(f.n[0]) + " tokens read, " + number(f.n[1]) + " generated" + (f.recalls ? ", after " + number(f.recalls) + " calls that recalled" : "")]])); for (const w of f.w || []) card.append(make("p", w, "warn"));
  if (f.l) card.append(block("Recalled items", recalled(f.l))); if (f.m) card.append(folded("What was recalled", text(f.m))); if (f.q) card.append(folded("Prompt as sent", text(f.q))); if (f.r !== undefined) card.append(block("Reply", pre(text(f.r) || "(empty)")));
}

function go(i, quiet) {
  const t = traces[now]; if (!t) return; at = Math.max(0, Math.min(i, t.steps.length - 1)); step(t); point();
  const s = $("strip"), p = t.steps[at]; s.setAttribute("aria-valuemax", t.steps.length); s.setAttribute("aria-valuenow", at + 1); s.setAttribute("aria-valuetext", p ? describe(p) : "no steps");
  for (const id of ["first", "back"]) $(id).disabled = at === 0; for (const id of ["on", "end"]) $(id).disabled = at >= t.steps.length - 1;
  if (p && !quiet) $("said").textContent = describe(p);
  try { history.replaceState(null, "", "#" + (now + 1) + "." + (at + 1)); } catch { /* an address that cannot be changed */ }
}
function show(i, to) {
  const t = traces[i]; if (!t) { $("head").append(make("p", "There are no traces.", "faint")); for (const id of ["time", "step"]) $(id).hidden = true; return; }
  now = i; marksOf = new Set(hits.filter(h => h.trace === i && h.step >= 0).map(h => h.step)); $("which").value = i; $("earlier").disabled = i === 0; $("later").disabled = i === traces.length - 1;
  head(t); facts(t); strip(t); answer(t); const first = t.steps.findIndex(p => p.e || p.x); go(to !== undefined ? to : first < 0 ? 0 : first);
}
function next(way, wanted) { const steps = traces[now].steps; for (let i = at + way; i >= 0 && i < steps.length; i += way) if (wanted(steps[i])) return go(i); }

// All text of all questions; a shared text is looked at once. Recalled items are not: they stand in the memory.
let wait = 0;
function search() {
  clearTimeout(wait); word = $("find").value.toLowerCase(); hits = []; hit = -1; const list = $("hits"); list.replaceChildren(); list.hidden = !word; $("found").textContent = "";
  if (word) {
    const has = new Set(); texts.forEach((s, i) => { if (s.toLowerCase().includes(word)) has.add(i); });
    const meets = v => typeof v === "number" ? has.has(v) : typeof v === "string" && v.toLowerCase().includes(word);
    const look = (trace, step, fields) => { const i = fields.findIndex(f => meets(f[1])); if (i >= 0) hits.push({ trace, step, where: fields[i][0], text: text(fields[i][1]) }); };
    traces.forEach((t, k) => {
      const f = t.final || {};
      look(k, -1, [["question", t.ask], ["id", t.id], ["answer", t.answer], ["reply", t.reply], ["end", t.end], ...t.gold.map(g => ["accepted answer", g]), ...t.facts.map(f => ["fact", f.text]), ...t.scores.map(s => ["verdict", s.note]), ...Object.entries(t.traits).flat().map(v => ["trait", v]), ["recollection", f.m], ["prompt of the answer", f.q], ["reply", f.r]]);
      t.steps.forEach((p, i) => look(k, i, [["memory", p.p], ["chunk", p.c], ["reason", p.why], ...(p.r || []).map(r => ["reply", r]), ...(p.q || []).map(q => ["prompt", q]), ...(p.w || []).map(w => ["warning", w]), ...Object.keys(p.sig).map(k => ["signal", k])]));
    });
    $("found").textContent = hits.length ? number(hits.length) + (hits.length === 1 ? " place" : " places") : "nothing found";
    hits.slice(0, 200).forEach((h, i) => {
      const b = make("button"), low = h.text.toLowerCase(), place = Math.max(0, low.indexOf(word) - 40); b.type = "button";
      b.append(make("b", excerpt(traces[h.trace].id, 40) + (h.step < 0 ? "" : ", chunk " + traces[h.trace].steps[h.step].i) + ", " + h.where + ": ")); found(b, (place ? "…" : "") + h.text.slice(place, place + 160)); b.onclick = () => jump(i); list.append(b);
    });
    if (hits.length > 200) list.append(make("p", number(hits.length - 200) + " more are not listed; n and N reach them.", "faint"));
  }
  show(now, at);
}
function jump(i) {
  if (!hits.length) return; hit = (i + hits.length) % hits.length; const h = hits[hit]; [...$("hits").children].forEach((e, k) => e.classList.toggle("here", k === hit));
  if (h.trace === now) go(h.step < 0 ? at : h.step); else show(h.trace, Math.max(0, h.step)); $("found").textContent = "place " + number(hit + 1) + " of " + number(hits.length);
  const card = $(h.step < 0 ? "head" : "step"), mark = card.querySelector("mark"); if (mark) { mark.className = "here"; mark.scrollIntoView({ block: "nearest" }); } else card.scrollIntoView({ block: "nearest" });
}
function play(wanted) {
  if (timer !== null) clearInterval(timer); timer = null; const t = traces[now];
  if (wanted && t) { if (at >= t.steps.length - 1) go(0); timer = setInterval(() => { if (at >= traces[now].steps.length - 1) play(false); else go(at + 1, true); }, 1000 / Number($("speed").value)); }
  $("play").setAttribute("aria-pressed", timer !== null); $("play").textContent = timer !== null ? "❚❚ Pause" : "▶ Play"; if (!wanted && t && t.steps[at]) $("said").textContent = describe(t.steps[at]);
}
const THEMES = ["auto", "light", "dark"]; function theme() { const next = THEMES[(THEMES.indexOf(root.dataset.theme || "auto") + 1) % 3]; if (next === "auto") delete root.dataset.theme; else root.dataset.theme = next; $("theme").textContent = "Theme: " + next; }
function help() { const d = $("help"); if (d.open) d.close(); else d.showModal(); }

const KEYS = [
  [["←", "→"], "step before, step after", { ArrowLeft: () => go(at - 1), ArrowRight: () => go(at + 1) }], [["Home", "End"], "first and last step", { Home: () => go(0), End: () => go(1e9) }],
  [["PgUp", "PgDn"], "ten steps", { PageUp: () => go(at - 10), PageDown: () => go(at + 10) }], [["e", "E"], "next and last chunk with evidence", { e: () => next(1, p => p.e), E: () => next(-1, p => p.e) }],
  [["u", "U"], "next and last update", { u: () => next(1, p => p.u), U: () => next(-1, p => p.u) }], [["w", "W"], "next and last warning", { w: () => next(1, p => p.w), W: () => next(-1, p => p.w) }],
  [["x"], "the exit", { x: () => { const i = traces[now].steps.findIndex(p => p.x); if (i >= 0) go(i); } }], [["space"], "play and pause", { " ": () => play(timer === null) }],
  [["[", "]"], "question before, question after", { "[": () => now > 0 && show(now - 1), "]": () => now < traces.length - 1 && show(now + 1) }], [["/"], "search all text", { "/": () => $("find").focus() }],
  [["n", "N"], "next and last place that was found", { n: () => jump(hit + 1), N: () => jump(hit - 1) }], [["d", "b", "a"], "memory: difference, before, after", Object.fromEntries([["d", "diff"], ["b", "before"], ["a", "after"]].map(([k, v]) => [k, () => { view = v; step(traces[now]); }]))],
  [["t"], "light, dark, as the system", { t: theme }], [["?"], "these keys", { "?": help }],
];
const ACTS = new Map(KEYS.flatMap(k => Object.entries(k[2])));
for (const [names, words] of KEYS) { const dt = make("dt"); for (const name of names) dt.append(make("kbd", name)); $("keylist").append(dt, make("dd", words)); }
document.addEventListener("keydown", e => {
  const tag = e.target.tagName; if (e.ctrlKey || e.altKey || e.metaKey || e.isComposing) return;
  if (tag === "INPUT") { if (e.key === "Escape") { e.target.value = ""; search(); e.target.blur(); } else if (e.key === "Enter") { search(); jump(0); e.target.blur(); } return; }
  if (tag === "SELECT" || ($("help").open && e.key !== "?") || (e.key === " " && (tag === "BUTTON" || tag === "SUMMARY"))) return;
  // A text that scrolls has these keys for itself.
  if (tag === "PRE" && ["Home", "End", "PageUp", "PageDown", "ArrowUp", "ArrowDown", " "].includes(e.key)) return;
  const act = ACTS.get(e.key); if (!act || (!traces.length && e.key !== "t" && e.key !== "?")) return; e.preventDefault(); act();
});
$("strip").addEventListener("click", e => { const box = $("strip").getBoundingClientRect(), i = Math.floor((e.clientY - box.top) / ROW) * grid.across + Math.min(grid.across - 1, Math.floor((e.clientX - box.left) / grid.w)); if (i < grid.n) go(i); });
$("strip").addEventListener("pointermove", e => { const box = $("strip").getBoundingClientRect(), i = Math.floor((e.clientY - box.top) / ROW) * grid.across + Math.floor((e.clientX - box.left) / grid.w), p = traces[now] && traces[now].steps[i]; $("strip").title = p ? describe(p) : ""; });
for (const [id, act] of [["first", () => go(0)], ["back", () => go(at - 1)], ["play", () => play(timer === null)], ["on", () => go(at + 1)], ["end", () => go(1e9)], ["earlier", () => show(now - 1)], ["later", () => show(now + 1)], ["theme", theme], ["keys", help]]) $(id).onclick = act;
$("which").onchange = e => show(Number(e.target.value)); $("speed").onchange = () => timer !== null && play(true);
$("find").oninput = () => { clearTimeout(wait); wait = setTimeout(search, 150); };
let wide = 0; addEventListener("resize", () => { const t = traces[now]; if (t && innerWidth !== wide) { wide = innerWidth; strip(t); point(); } });

traces.forEach((t, i) => { const o = make("option", ({ good: "✓ ", partly: "◐ ", poor: "✗ " }[verdict(t)] || "") + excerpt(t.id, 40) + (t.ask ? ": " + excerpt(t.ask, 90) : "")); o.value = i; $("which").append(o); });
for (const id of ["earlier", "which", "later"]) $(id).hidden = traces.length < 2;
if (about.omitted) about.rows.push(["left out", number(about.omitted) + " questions more are in the run; palimpsest view RUN --question ID shows one of them"]);
for (const [k, v] of about.rows) { const dd = make("dd"); if (v.includes("\n")) dd.append(pre(v)); else add(dd, v); $("run").append(make("dt", k), dd); }
$("about").hidden = !about.rows.length;
wide = innerWidth; const asked = location.hash.match(/^#(\d{1,9})\.(\d{1,9})$/); if (asked && traces[asked[1] - 1]) show(asked[1] - 1, asked[2] - 1); else show(0);
document.body.offsetHeight; root.dataset.drawn = Math.round(performance.now());
})();
