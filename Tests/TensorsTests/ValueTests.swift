import Foundation
import Tensors
import Testing

@Suite struct `A tensor is a value` {
  @Test func `that does not change when its copy does`() {
    let a = Tensor([1, 2, 3, 4], shape: [2, 2])
    var b = a
    b[0, 1] = 9
    #expect(a.scalars == [1, 2, 3, 4])
    #expect(b.scalars == [1, 9, 3, 4])
  }

  @Test func `that shares its scalars with its reshaped and sliced views until they change`() {
    let a = Tensor([1, 2, 3, 4, 5, 6], shape: [3, 2])
    var b = a.rows(1..<3)
    let c = a.reshaped(2, -1)
    let address = a.withScalars { $0.baseAddress }
    #expect(b.withScalars { $0.baseAddress } == address.map { $0 + 2 })
    #expect(c.withScalars { $0.baseAddress } == address)
    b[0, 0] = 7
    #expect(b.scalars == [7, 4, 5, 6])
    #expect(c.scalars == a.scalars)
    #expect(a.row(1).scalars == [3, 4])
  }

  @Test func `to which rows are added in place, or in a copy where another holds it`() {
    var a = Tensor([1, 2, 3, 4, 5, 6], shape: [3, 2])
    let address = a.withScalars { $0.baseAddress }
    a.add(Tensor([10, 20, 30, 40], shape: [2, 2]), at: [2, 0])
    #expect(a.scalars == [31, 42, 3, 4, 15, 26])
    #expect(a.withScalars { $0.baseAddress } == address)
    let b = a
    a.add(Tensor([1, 1], shape: [1, 2]), at: [1])
    #expect(b.scalars == [31, 42, 3, 4, 15, 26] && a.scalars == [31, 42, 4, 5, 15, 26])
    #expect(b.adding(Tensor([1, 1, 1, 1], shape: [2, 2]), at: [1, 1]).scalars == [31, 42, 5, 6, 15, 26])
    var c = b.tracked()
    c.add(Tensor([1, 1], shape: [1, 2]), at: [0])
    #expect(c.isTracked && c.scalars == [32, 43, 3, 4, 15, 26])
  }

  @Test func `equal and hashed by shape and scalars, wherever they lie`() {
    let whole = Tensor([0, 1, 2, 3], shape: [2, 2])
    #expect(whole.rows(1..<2) == Tensor([2, 3], shape: [1, 2]))
    #expect(whole != whole.reshaped(4))
    #expect(Set([whole.rows(0..<1), Tensor([0, 1], shape: [1, 2])]).count == 1)
    #expect(whole.tracked() == whole)
  }

  @Test func `that survives coding and refuses shapes that disagree`() throws {
    let tensor = Tensor([0.1, -0, .pi], shape: [1, 3])
    let back = try JSONDecoder().decode(Tensor.self, from: JSONEncoder().encode(tensor))
    #expect(back.bits == tensor.bits && back.shape == tensor.shape)
    for text in [#"{"shape":[2],"scalars":[1]}"#, #"{"shape":[-1],"scalars":[]}"#] {
      #expect(throws: DecodingError.self) { try JSONDecoder().decode(Tensor.self, from: Data(text.utf8)) }
    }
  }

  @Test func `that leaves borrowed memory as it is`() {
    final class Owner: Sendable {}
    let memory = UnsafeMutablePointer<Float>.allocate(capacity: 2)
    defer { memory.deallocate() }
    memory.update(repeating: 5, count: 2)
    var tensor = Tensor(borrowing: memory, shape: [2], owner: Owner())
    tensor[0] = 1
    #expect(tensor.scalars == [1, 5])
    #expect(memory[0] == 5)
  }
}
