import Testing
import Verifiers

@Suite struct `Text as Python sees it` {
  @Test func `is compared by code points`() {
    #expect(PythonText("é") != PythonText("e\u{301}"))
    #expect(PythonText("e\u{301}").contains("e"))
    #expect(PythonText("👩\u{200D}💻").contains("👩"))
    #expect(PythonText("\r\n").count == 2)
    #expect(PythonText("").contains(""))
    #expect(PythonText("abc").contains(""))
  }

  @Test func `is lower-cased by the full mapping of Unicode`() {
    #expect(PythonText("İ").lowercased() == PythonText("i\u{307}"))
    #expect(PythonText("ΣΟΦΟΣ").lowercased() == PythonText("σοφος"))
    // Final: a cased letter before, none behind, marks and full stops aside.
    #expect(PythonText("ΑΣ. ΑΣ.Α Σ ΑΣ\u{301}Α").lowercased() == PythonText("ας. ασ.α σ ασ\u{301}α"))
    #expect(PythonText("STRAẞE Straße").lowercased() == PythonText("straße straße"))
  }

  @Test func `is split at the white space of Python`() {
    let blanks = "\u{1C}\u{1F}\u{85}\u{A0}\u{2003}\u{2028}\u{202F}\u{205F}\u{3000}\t\r\n"
    #expect(PythonText("a\(blanks)b").split() == ["a", "b"])
    #expect(PythonText("a\u{200B}b\u{200D}c\u{FEFF}").split().count == 1)
    #expect(PythonText("\(blanks)a b\(blanks)").stripped() == "a b")
  }

  @Test func `is searched without overlaps and from either end`() {
    #expect(PythonText("aaaa").replacing("aa", by: "b") == "bb")
    #expect(PythonText("aabaab").last("aab") == 3)
    #expect(PythonText("a,b,,c").split(by: ",") == ["a", "b", "", "c"])
    #expect(PythonText("").split(by: ",") == [""])
  }

  @Test func `is handled in linear time, whatever it is`() {
    let long = String(repeating: "a", count: 200_000)
    #expect(!PythonText(long).contains(PythonText(String(repeating: "a", count: 100_000) + "b")))
    #expect(!MemAgent.subEM(long + " x", gold: String(repeating: "a", count: 90_000) + "b"))
    #expect(PythonText(String(repeating: "Σ", count: 100_000)).lowercased().count == 100_000)
    #expect(AnswerExtraction.prediction(in: String(repeating: "\\boxed{", count: 50_000)).hasPrefix("\\boxed"))
    #expect(PorterStemmer.stem(PythonText(String(repeating: "y", count: 100_000))).count == 100_000)
    #expect(PorterStemmer.stem(PythonText("a" + String(repeating: "alli", count: 2_000))).isEmpty == false)
  }
}

@Suite struct `A metric` {
  @Test(arguments: [
    ("the", ""), ("The Cat", "cat"), ("the-cat", "thecat"), ("a a\u{301}", "\u{301}"), ("an_a the½", "ana the½"),
    ("A.A. Milne", "aa milne"), ("٣ the ٣", "٣ ٣"),
  ])
  func `of SQuAD brings text to its normal form`(_ text: String, _ normal: String) {
    #expect(PythonText(SQuAD.normalize(text)) == PythonText(normal))
  }

  @Test func `without golds raises as the original does`() {
    #expect(throws: PythonError.self) { try SQuAD.f1("x", golds: []) }
    #expect(throws: PythonError.self) { try RULER.stringMatchAll([], references: []) }
    #expect(throws: PythonError.self) { try RULER.matchPart("x", golds: []) }
    #expect(throws: PythonError.self) { try MemAgent.reward("\\boxed{x}", golds: []) }
    #expect(throws: PythonError.self) { try BABILong.compare(task: "qa21", target: "", output: "", question: "") }
    #expect(throws: PythonError.self) { try LongBench.retrieval("3", gold: "none") }
  }

  @Test func `of RULER is rounded from the double, ties to even`() throws {
    // 1 of 800 is 0.125 %, which a double holds exactly: to even, 0.12.
    let one = try RULER.stringMatchAll(
      Array(repeating: "x", count: 800), references: [["x"]] + Array(repeating: ["y"], count: 799))
    #expect(one == 0.12)
    // 3 of 800 is 0.375 %: to even, 0.38.
    let three = try RULER.stringMatchAll(
      Array(repeating: "x", count: 800),
      references: Array(repeating: ["x"], count: 3) + Array(repeating: ["y"], count: 797))
    #expect(three == 0.38)
  }

  @Test func `of MemAgent hits by nothing, the strict one does not`() {
    #expect(MemAgent.subEM("the", gold: "Paris"))
    #expect(!MemAgent.subEMStrict("the", gold: "Paris"))
    #expect(MemAgent.subEM("party", gold: "art") && !MemAgent.subEMStrict("party", gold: "art"))
    #expect(MemAgent.subEMStrict("in Paris, France", gold: "the Paris"))
    #expect(!MemAgent.subEMStrict("o", gold: "no"))
  }

  @Test func `of MuSiQue calls two empty supports right`() throws {
    #expect(MuSiQue.support([], gold: []) == 1)
    #expect(MuSiQue.support([1, 2], gold: [2, 3]) == 0.5)
    #expect(try MuSiQue.f1("", golds: ["x", ""]) == 1)
  }

  @Test(arguments: [
    ("flies", "fli"), ("dies", "die"), ("died", "die"), ("spied", "spi"), ("enjoy", "enjoy"), ("by", "by"),
    ("happily", "happili"), ("theology", "theolog"), ("geology", "geolog"), ("generically", "gener"),
    ("hopping", "hop"), ("hissing", "hiss"), ("filing", "file"), ("agreed", "agre"), ("feed", "feed"),
    ("controlling", "control"), ("News", "news"), ("ion", "ion"), ("as", "as"),
  ])
  func `of LoCoMo stems as NLTK does`(_ word: String, _ stem: String) {
    #expect(PorterStemmer.stem(PythonText(word)) == PythonText(stem))
  }
}
