import Palimpsest

extension MemoryEntry {
  /// The entry as a slot of a memory state: the text is the content, everything else stands in the attributes.
  ///
  /// Law: `MemoryEntry(entry.slot) == entry`, also after a round trip through JSON.
  public var slot: Slot {
    var values: [String: Setting] = ["kind": .string(content.kind.rawValue), "lastAccess": .exact(lastAccess)]
    func set(_ name: String, _ value: Setting, unless isDefault: Bool) { if !isDefault { values[name] = value } }
    func list(_ texts: [String]) -> Setting { .list(texts.map { .string($0) }) }
    set("version", .int(version), unless: version == 1)
    set("parents", .list(parents.map { .int($0) }), unless: parents.isEmpty)
    set("pastOf", .int(pastOf ?? 0), unless: pastOf == nil)
    set("key", .string(content.key), unless: content.key.isEmpty)
    set("keywords", list(content.keywords), unless: content.keywords.isEmpty)
    set("context", .string(content.context), unless: content.context.isEmpty)
    set("fields", .table(content.fields.mapValues { .string($0) }), unless: content.fields.isEmpty)
    set("expiresAt", .exact(content.expiresAt ?? 0), unless: content.expiresAt == nil)
    set("owner", .string(content.scope.owner), unless: content.scope.owner.isEmpty)
    set("session", .string(content.scope.session), unless: content.scope.session.isEmpty)
    set("visibility", .string(content.scope.visibility.rawValue), unless: content.scope.visibility == .shared)
    set("confidence", .exact(content.confidence), unless: content.confidence == 1)
    set("trust", .exact(content.trust), unless: content.trust == 1)
    set(
      "speakers",
      .list(content.sources.filter { $0.speaker != nil }.map { .list([.int($0.chunk), .string($0.speaker ?? "")]) }),
      unless: content.sources.allSatisfy { $0.speaker == nil })
    set(
      "links", .list(links.map { .list([.string($0.kind.rawValue), .int($0.target), .exact($0.weight)]) }),
      unless: links.isEmpty)
    set("retiredAt", .exact(retiredAt ?? 0), unless: retiredAt == nil)
    set("gaps", .list(gaps.map { .list($0.map(Setting.exact)) }), unless: gaps.isEmpty)
    set(
      "usage", .list([.int(usage.accesses), .exact(usage.strength), .int(usage.cited), .int(usage.uncited)]),
      unless: usage == Usage())
    set("state", .string(state.rawValue), unless: state == .active)
    set("pinned", .bool(true), unless: !isPinned)
    set("frozen", .bool(true), unless: !isFrozen)
    set("tier", .string(tier.rawValue), unless: tier == .text)
    return Slot(
      id: id, content: .text(content.body), tokens: content.tokens,
      origins: Set(content.sources.map(\.chunk)).sorted(), links: Set(links.map(\.target)).sorted(),
      attributes: Attributes(
        tags: content.tags, time: recordedAt, validFrom: content.validFrom, validUntil: content.validUntil,
        source: content.sources.lazy.compactMap(\.speaker).first, values: values))
  }

  /// The entry of a slot. Total: what a slot of another memory lacks has its default, so a foreign state gives
  /// entries with less to know about them, and no error.
  public init(_ slot: Slot) {
    let values = slot.attributes.values
    func texts(_ setting: Setting?) -> [String] { setting?.list.compactMap(\.text) ?? [] }
    let speakers = (values["speakers"]?.list ?? []).compactMap { pair -> EntrySource? in
      guard pair.list.count == 2, let chunk = pair.list[0].int else { return nil }
      return EntrySource(chunk, speaker: pair.list[1].text)
    }
    let named = Set(speakers.map(\.chunk))
    var fields: [String: String] = [:]
    if case .table(let table)? = values["fields"] { fields = table.compactMapValues(\.text) }
    func number(_ name: String) -> Double? { values[name]?.double }
    let content = EntryContent(
      values["kind"]?.text.flatMap(EntryContent.Kind.init) ?? .note, slot.text ?? "", key: values["key"]?.text ?? "",
      keywords: texts(values["keywords"]), tags: slot.attributes.tags, context: values["context"]?.text ?? "",
      fields: fields, validFrom: slot.attributes.validFrom, validUntil: slot.attributes.validUntil,
      expiresAt: number("expiresAt"),
      scope: EntryScope(
        owner: values["owner"]?.text ?? "", session: values["session"]?.text ?? "",
        visibility: values["visibility"]?.text.flatMap(EntryScope.Visibility.init) ?? .shared),
      confidence: number("confidence") ?? 1, trust: number("trust") ?? 1,
      sources: (speakers + slot.origins.filter { !named.contains($0) }.map { EntrySource($0) }).sorted(),
      tokens: slot.tokens)
    let time = slot.attributes.time ?? 0
    self.init(id: slot.id, content: content, at: time, parents: values["parents"]?.list.compactMap(\.int) ?? [])
    version = values["version"]?.int ?? 1
    pastOf = values["pastOf"]?.int
    links = (values["links"]?.list ?? []).compactMap { link in
      guard link.list.count == 3, let kind = link.list[0].text.flatMap(Link.Kind.init), let target = link.list[1].int,
        let weight = link.list[2].double
      else { return nil }
      return Link(kind, to: target, weight: weight)
    }
    retiredAt = number("retiredAt")
    gaps = (values["gaps"]?.list ?? []).map { $0.list.compactMap(\.double) }.filter { $0.count == 2 }
    lastAccess = number("lastAccess") ?? time
    if let counts = values["usage"]?.list, counts.count == 4 {
      usage.accesses = counts[0].int ?? 0
      usage.strength = max(counts[1].double ?? 1, 1)
      usage.cited = counts[2].int ?? 0
      usage.uncited = counts[3].int ?? 0
    }
    state = values["state"]?.text.flatMap(State.init) ?? .active
    isPinned = values["pinned"] == .bool(true)
    isFrozen = values["frozen"] == .bool(true)
    tier = values["tier"]?.text.flatMap(Tier.init) ?? .text
  }

  /// At least the bytes of the slot's attributes, counted without writing them: JSON takes two bytes for a quotation
  /// mark and six for a control character.
  var attributeBound: Int {
    func size(_ text: String) -> Int {
      text.utf8.reduce(3) { $0 + ($1 < 0x20 || $1 == 0x7f ? 6 : $1 == 0x22 || $1 == 0x5c ? 2 : 1) }
    }
    let texts = [content.key, content.context, content.scope.owner, content.scope.session] + content.keywords
    // Names of values, braces, times, flags and counts together take less than this.
    return 640 + texts.reduce(0) { $0 + size($1) }
      + content.tags.reduce(0) { $0 + $1.utf8.count }
      + content.fields.reduce(0) { $0 + size($1.key) + size($1.value) + 2 }
      + content.sources.reduce(0) { $0 + ($1.speaker.map { size($0) + 25 } ?? 0) }
      + (content.sources.lazy.compactMap(\.speaker).first?.utf8.count ?? 0)
      + links.count * 64 + parents.count * 21 + gaps.count * 55
  }
}

extension Setting {
  /// A number in the form in which it comes back from JSON, where a whole number is no other kind of number.
  static func exact(_ number: Double) -> Setting {
    Int(exactly: number).map { .int($0) } ?? .number(number)
  }

  var list: [Setting] { if case .list(let list) = self { list } else { [] } }
  var text: String? { if case .string(let text) = self { text } else { nil } }
  var int: Int? { if case .int(let int) = self { int } else { nil } }
  var double: Double? {
    switch self {
    case .int(let int): Double(int)
    case .number(let number): number
    default: nil
    }
  }
}
