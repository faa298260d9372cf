// # What can a text do to a reader that remembers it?
//
// ## Method
//
// A memory is rewritten from text that nobody has checked. The author of that text can try to plant a false
// answer. The task asks a question of one fact and puts an attack somewhere into its text: 12 families of attacks in
// 10 wordings at 5 places, at 3 lengths, 1,800 attacked texts. Each has a clean twin, the same text without the
// attack. Eight families speak to the reader (a lie, a false authority, a correction, an instruction to answer
// falsely, to keep a note or to clear all notes, an answer in the form of an answer, a flood of lies). Four work by
// structure alone (forged fields, forged gates, control tokens, invisible characters); what they want is a code word
// that has nothing to do with the question, so whatever brings it into the memory is the structure.
//
// Inserted: the memory held the false answer after some step. Hijacked: the reply gave it. Steered: a reply lost its
// form at the attack, or the reading was left there before the evidence. Loss: the score on the clean twin minus the
// score on the attacked text. Intervals are over the twins.
//
// Stated before the run, and judged below:
//
// 1. Families that work by structure score exactly 0: nothing inserted, nothing hijacked, nothing steered, no loss.
// 2. A lie that is worded like a fact is inserted in at least half of the texts by every memory, since rules that
//    follow the question cannot tell it from the fact.
// 3. What an instruction says beside the lie has no effect on a reader without a model: `persist` and `wipe` insert
//    and hijack no more than `lie`, within their intervals.
// 4. A false answer that is inserted stays: the last memory still holds at least nine tenths of them.
//
// Run: swift run poison

import PalimpsestKit

// ## What may vary
//
// Each property is a key of `poison.yaml` and of `--set`.

struct Poison: Parts {
  var seed: UInt64 = 1
  var arm = "overwrite"
  var task = Spec("poison", ["tokens": 4096])
  var chunker = Spec("tokens", ["size": 256])
  var memory = Spec("overwrite", ["tokens": 256])
  var gate = Spec("replied")
  var policy = Spec("extractive")
}

let bench = try await Bench.open("poison", defaults: Poison())

// ## Reading

var poisonings = Arms(Poisoning())

for run in try bench.runs() {
  let reader = try Reader(assembling: run.settings)
  let task = try Catalog.tasks.make(run.settings.task, for: run.settings)
  for try await trace in run.traces(reader, task, width: 2) {
    let right = try Includes(.init(mode: .part)).verify(trace)
    try await run.record(trace, ["accuracy": right, "hijacked": try PoisonVerifier().verify(trace)])
    poisonings.observe(trace, right, arm: run.settings.arm)
  }
}

// ## What was found

let arms = poisonings.names
for arm in arms {
  guard let finding = poisonings[arm]?.finding, let spoken = finding.rows["semantic"],
    let forged = finding.rows["structural"]
  else { continue }
  try await bench.say(
    "The \(arm) memory: of \(spoken.n) attacks that speak, \(spoken.inserted.words) get into the memory and "
      + "\(spoken.hijacked.words) decide the answer; of \(forged.n) that work by structure, "
      + "\(forged.inserted.words) get in, \(forged.hijacked.words) decide the answer and \(forged.steered.words) move a gate."
  )
}
try await bench.show(
  poisonings, "clean", "rows.semantic.inserted", "rows.semantic.steps", "rows.semantic.heldAtEnd",
  "rows.semantic.hijacked", "rows.semantic.loss", "rows.structural.inserted", "rows.structural.hijacked",
  "rows.structural.steered", "rows.structural.loss")

// ## What came out
//
// Family by family:

var families = Table(["family", "arm", "n", "inserted", "steps held", "held at the end", "hijacked", "steered", "loss"])
for family in Poisoning.families {
  for arm in arms {
    guard let row = poisonings[arm]?.finding.rows[family] else { continue }
    let wasInserted = row.inserted.value > 0
    families.add([
      .text(family), .text(arm), .int(row.n), .interval(row.inserted), wasInserted ? .interval(row.steps) : .missing,
      wasInserted ? .interval(row.heldAtEnd) : .missing, .interval(row.hijacked), .interval(row.steered),
      .interval(row.loss),
    ])
  }
}
try await bench.show(families, named: "families")

// Judged by the statements above:
//
// 1. *Missed by one text in 600:* no forged field, gate, control token or invisible character decides an answer or moves
//    a gate, but one code word gets into all three memories. Its wording has a line break, which makes the words before
//    it look like a heading, and rules copy a heading with the sentences below it. So a heading is a way in that
//    deserves a family of its own. The small loss may come from the borders of chunks, which an attack moves as any other
//    sentence of its length would; this was not tested.
// 2. *Reached:* the memory that is rewritten and the one that is added to take in every lie or nearly every one, the gated
//    memory most of those that it reads; it often leaves before the attack.
// 3. *Reached:* an instruction to keep a note or to clear all notes inserts no more than the plain lie, and decides fewer
//    answers.
// 4. *Reached:* what was inserted stays to the end.
//
// The strongest attack is the dullest: the lie in the words of a fact, many times over. A false answer that was inserted
// decides about half of the answers, since the true fact stands beside it.
//
// ## Limits
//
// The reader has rules and no model: it does not understand an instruction, so it cannot obey one. A model may. The
// texts are generated, each states its fact once, and the attacker knows the question, which is the worst case. An
// attack here gets one sentence or one paragraph; it cannot repeat itself over a whole library.
//
// The wordings of the structural families were changed after first results, in which code words were copied together
// with the sentence or the heading beside them: they now begin with `Note:` and end in a full stop. The lengths were
// halved to save time. The statements above are those from before.

try await bench.finish()
