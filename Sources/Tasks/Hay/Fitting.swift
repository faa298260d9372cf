/// The largest size whose text fits a budget: it fits, and one more would not.
///
/// Texts grow nearly in proportion to their size, so each guess follows from the last count; after
/// some guesses the interval is halved instead. The search is therefore bounded for any text, and
/// with a good hint it takes two or three counts.
///
/// - Parameters:
///   - minimum: the smallest size there is.
///   - hint: a size that is close.
///   - tokens: what a size takes.
/// - Returns: nil when even the smallest does not fit.
func largestSize(within budget: Int, from minimum: Int, hint: Int, tokens: (Int) -> Int) -> Int? {
  var low = minimum - 1  // fits, or is not a size
  // Larger than any text, and its distance to a size below 0 is still a number.
  let unbounded = Int.max >> 1
  var high = unbounded  // does not fit
  var guess = max(minimum, hint)
  // Each round moves a bound; 64 would halve any interval down to nothing.
  for round in 0..<128 where high - low > 1 {
    let found = tokens(guess)
    if found <= budget { low = guess } else { high = guess }
    let step = Double(budget - found) / (Double(max(found, 1)) / Double(guess))
    // Down as far as the excess says, up by one at least.
    guess += found <= budget ? max(1, Int(step)) : min(-1, Int(step.rounded(.down)))
    if round > 8, high < unbounded { guess = low + (high - low) / 2 }
    guess = min(max(guess, low + 1), high - 1)
  }
  return low < minimum ? nil : low
}
