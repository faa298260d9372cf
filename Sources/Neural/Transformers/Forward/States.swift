import Palimpsest
import Tensors

/// The result of a forward pass: the last hidden states of all passages, one after the other.
public struct States: Sendable {
  /// [positions, width], normalised: the input of the output projection.
  public let hidden: Tensor
  /// The rows of each passage.
  public let spans: [Range<Int>]
  /// The tapped tensors, by passage: `hidden` [count, width], the stream as it enters the layer (with
  /// layer = number of layers: as it leaves the last); `keys`, before they are rotated, and `values`,
  /// [keyHeads, count, headWidth].
  public let taps: [[Tap: Tensor]]
  let injections: [Injections]

  /// What a pass of another kind of model leaves.
  ///
  /// - Precondition: one span and one dictionary per passage.
  public init(hidden: Tensor, passages: [Passage], spans: [Range<Int>], taps: [[Tap: Tensor]]) {
    self.init(hidden: hidden, spans: spans, taps: taps, injections: passages.map { $0.injections })
  }

  init(hidden: Tensor, spans: [Range<Int>], taps: [[Tap: Tensor]], injections: [Injections]) {
    self.hidden = hidden
    self.spans = spans
    self.taps = taps
    self.injections = injections
  }

  /// The row of each passage's last position.
  public var lastRows: [Int] { spans.map { $0.upperBound - 1 } }
}
