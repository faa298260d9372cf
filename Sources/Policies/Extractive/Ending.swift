/// What the ending of a word says about it.
struct Ending {
  private let word: ArraySlice<UInt8>

  init(of sheet: Sheet, _ index: Int) { word = sheet.bytes[sheet.words[index].range] }

  private func ends(_ ending: StaticString) -> Bool {
    let bytes = UnsafeBufferPointer(start: ending.utf8Start, count: ending.utf8CodeUnitCount)
    return word.count > bytes.count + 2 && word.suffix(bytes.count).elementsEqual(bytes)
  }

  var isPast: Bool { ends("ed") }
  var isGerund: Bool { ends("ing") }
  var isAdverb: Bool { ends("ly") }
  var isPlural: Bool { ends("s") && !ends("ss") && !ends("us") }
  var isDemonym: Bool { ends("an") || ends("ish") || ends("ese") || ends("ch") }
  var isDoer: Bool { ends("er") || ends("or") || ends("ist") || ends("ian") || ends("man") || ends("ress") }
}
