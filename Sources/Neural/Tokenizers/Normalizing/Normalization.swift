import Foundation

/// The forms in which a vocabulary may expect its text (Unicode Standard Annex 15).
public enum Normalization: String, Sendable, Hashable {
  /// Canonical composition: what looks the same is the same.
  case nfc = "NFC"
  /// Compatibility composition: ligatures, widths and styles are undone too.
  case nfkc = "NFKC"

  /// A text in this form.
  public func normalized(_ text: String) -> String {
    var normalizer = Normalizer(self)
    var text = text
    return text.withUTF8 { bytes in
      guard !Normalizer.isStable(bytes, in: self) else { return String(decoding: bytes, as: UTF8.self) }
      return String(decoding: normalizer.normalize(bytes).bytes, as: UTF8.self)
    }
  }

  /// Whether a scalar stays as it is wherever it stands, and whatever follows never changes what is
  /// before it. Far from all such scalars, but most of what is written with them; soundness is tested
  /// over all scalars.
  @inline(__always)
  func isStable(_ value: UInt32) -> Bool {
    if value < 0x80 { return true }
    switch value {
    case 0xC0...0x131, 0x134...0x13E, 0x141...0x148, 0x14A...0x17E, 0x180...0x1C3: return true
    case 0x400...0x482, 0x48A...0x52F: return true  // Cyrillic
    case 0x2010, 0x2012...0x2016, 0x2018...0x2023, 0x3001...0x3029: return true
    case 0x3041...0x3096, 0x30A1...0x30FA, 0x30FC...0x30FE: return true  // kana
    case 0x3400...0x9FFF: return true  // Han
    case 0xAC00...0xD7A3: return true  // Hangul syllables
    case 0xFE00...0xFE0F, 0x200C...0x200D: return true
    case 0x1F300...0x1FAFF: return true  // emoji
    case 0x80...0x9F, 0xA1...0x2FF, 0x370...0x373, 0x375...0x379, 0x37B...0x37D, 0x388...0x3CF:
      // Greek tonos vowels and the Latin-1 marks that NFKC takes apart.
      return self == .nfc && !(0x386...0x387 ~= value)
    case 0x2017, 0x2024...0x20CF, 0x2100...0x2125, 0x2190...0x219A, 0x2200...0x2203, 0x2460...0x27FF,
      0xFF01...0xFFEE:
      return self == .nfc
    default: return false
    }
  }
}
