import Terminal
import Testing

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

@Suite struct `A line about a training` {
  @Test(arguments: [
    (50, 800, 3.14159 as Float, 20123.4, 61.0, "step 50 of 800, loss 3.142, 20123 tokens/s, 61 s left"),
    (50, 800, 3.14159, 20123.4, 300, "step 50 of 800, loss 3.142, 20123 tokens/s, 5 min left"),
    (800, 800, 0.5, 9, 0, "step 800 of 800, loss 0.500, 9 tokens/s"),
  ])
  func `says how far it is, how well it goes and how fast`(
    _ step: Int, _ steps: Int, _ loss: Float, _ rate: Double, _ seconds: Double, _ line: String
  ) {
    #expect(
      TrainingProgress.line(step: step, of: steps, loss: loss, tokensPerSecond: rate, seconds: seconds) == line)
  }
}
