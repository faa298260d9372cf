import Foundation
import Palimpsest
import Tensors
import Testing

@Suite struct `A tensor's digest` {
  /// hashlib.sha256(struct.pack("<qqq", 2, 1, 2) + struct.pack("<ff", 1.5, -2)).hexdigest()
  @Test func `is SHA-256 over the shape and the bits`() {
    #expect(
      TensorDigest(of: Tensor([1.5, -2], shape: [1, 2])).description
        == "39377c15ddcbe815304c27a4aa704173b0ba569e38578c7f09f34b146f475b1b")
  }

  @Test func `tells shapes and bits apart, and nothing else`() {
    let tensors = [
      Tensor([0, 1], shape: [2]), Tensor([0, 1], shape: [1, 2]), Tensor([-0.0, 1], shape: [2]),
      Tensor([.nan, 1], shape: [2]), Tensor([], shape: [0]), Tensor([], shape: [0, 2]),
    ]
    #expect(Set(tensors.map(TensorDigest.init(of:))).count == tensors.count)
    let part = Tensor([9, 0, 1, 9], shape: [4]).rows(1..<3)
    #expect(TensorDigest(of: part) == TensorDigest(of: tensors[0]))
  }

  @Test(arguments: ["", "0", String(repeating: "G", count: 64), String(repeating: "A", count: 64)])
  func `is read only from 64 lower-case digits`(_ text: String) throws {
    #expect(TensorDigest(text) == nil)
    let json = try JSONEncoder().encode([text])
    #expect(throws: DecodingError.self) { try JSONDecoder().decode([TensorDigest].self, from: json) }
  }
}
