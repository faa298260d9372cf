/// The second step of a question such as `In which town does the mentor of Elias Voss live?`: the sentence
/// that identifies the person has been found, and the answer stands in another sentence about that person.
struct Chain {
  /// Sentences that identify the person.
  let origins: Set<Int>
  /// Sentences about the possible persons, without the first ones.
  private let targets: Set<Int>
  /// The names of the possible persons, as stems.
  private let names: [[UInt64]]

  /// Nil where the question has no such step, or what is known does not take it.
  init?(in study: Study) {
    guard let inner = study.inquiry.inner else { return nil }
    let bridges = study.bridges
    // A sentence that has all terms, `Anna Roth wrote the libretto of the opera`, is not a first
    // step.
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
    // The sentences that contain what is asked about the person, if any do.
    let telling = about.filter { study.masks[$0] & inner.outer != 0 }
    guard !about.isEmpty else { return nil }
    self.origins = origins
    targets = Set(telling.isEmpty ? about : telling)
    names = persons.map { bridges.all[$0].stems }
  }

  /// Whether a span may be the answer: it stands in a sentence about the person, and is not the person's
  /// name.
  func takes(_ candidate: Candidate) -> Bool {
    targets.contains(candidate.passage)
      && !names.contains { name in
        candidate.stems.indices.contains { candidate.stems[$0...].starts(with: name) }
      }
  }
}
