extension UInt8 {
  /// White space of ASCII: blank, tab, line feed, vertical tab, form feed, carriage return.
  @inlinable package var isBlank: Bool { self == 0x20 || (0x09...0x0d).contains(self) }

  /// `a` to `z`, `A` to `Z`, `0` to `9`.
  @inlinable package var isLetterOrDigit: Bool {
    (0x61...0x7a).contains(self) || (0x41...0x5a).contains(self) || (0x30...0x39).contains(self)
  }
}
