/// The second step of a question such as `In which town does the mentor of Elias Voss live?`: the sentence
/// that says who that is has been found, and the answer stands in another one, about him.
struct Chain {
  /// Sentences that say who is meant.
  let origins: Set<Int>
  /// Sentences about those who may be meant, without the first ones.
  private let targets: Set<Int>
  /// The names of those who may be meant, as stems.
  private let names: [[UInt64]]

  /// Nil where the question has no such step, or what is known does not take it.
  init?(in study: Study) {
    guard let inner = study.inquiry.inner else { return nil }
    let bridges = study.bridges
    // A sentence that has all of it, `Anna Roth wrote the libretto of the opera`, is no first step.
    let said = study.masks.indices.filter {
      study.masks[$0] & inner.relation == inner.relation && study.masks[$0] & inner.outer == 0
    }
    guard !said.isEmpty,
      !study.masks.contains(where: { $0 & inner.relation == inner.relation && $0 & inner.outer != 0 })
    else { return nil }
    let origins = Set(said)
    let persons = Set(bridges.all.indices.filter { origins.contains(bridges.all[$0].passage) })
    let about = bridges.met.indices.filter { place in
      !origins.contains(place) && bridges.met[place].contains(where: persons.contains)
    }
    // Those that name what is asked of him, if any does.
    let telling = about.filter { study.masks[$0] & inner.outer != 0 }
    guard !about.isEmpty else { return nil }
    self.origins = origins
    targets = Set(telling.isEmpty ? about : telling)
    names = persons.map { bridges.all[$0].stems }
  }

  /// Whether a span may be the answer: it stands in a sentence about one who is meant, and does not name him.
  func takes(_ candidate: Candidate) -> Bool {
    targets.contains(candidate.passage)
      && !names.contains { name in
        candidate.stems.indices.contains { candidate.stems[$0...].starts(with: name) }
      }
  }
}
