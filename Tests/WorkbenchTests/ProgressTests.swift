import Testing
import Workbench

@Suite struct `A line of progress` {
  @Test(arguments: [
    (0, 1, 2_000, 0.0, "0 questions read, 1 chunk, 0.00 MB"),
    (1, 20, 1_540_000, 0.5, "1 question read, 20 chunks, 1.54 MB, 3.08 MB/s"),
    (2, 700, 250_000_000, 10.0, "2 questions read, 700 chunks, 250 MB, 25.0 MB/s"),
    (3, 0, 0, 9.0, "3 questions read"),
  ])
  func `says how far the run is and how fast`(
    _ questions: Int, _ chunks: Int, _ bytes: Int, _ seconds: Double, _ line: String
  ) {
    #expect(Progress.line(questions: questions, chunks: chunks, bytes: bytes, seconds: seconds) == line)
  }
}
