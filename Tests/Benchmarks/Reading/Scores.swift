import Foundation

/// SQuAD's normalisation, EM and F1.
func normalized(_ text: String) -> String {
  let kept = text.lowercased().utf8.filter { byte in
    byte >= 0x80 || byte == 32 || byte == 10 || (0x30...0x39).contains(byte) || (0x61...0x7A).contains(byte)
  }
  return String(decoding: kept, as: UTF8.self).split(whereSeparator: { $0 == " " || $0 == "\n" })
    .filter { !["a", "an", "the"].contains($0) }.joined(separator: " ")
}

func f1(_ prediction: String, _ gold: String) -> Double {
  let p = normalized(prediction).split(separator: " ")
  let g = normalized(gold).split(separator: " ")
  if ["yes", "no"].contains(normalized(gold)) || ["yes", "no"].contains(normalized(prediction)) {
    return p == g ? 1 : 0
  }
  var left = Dictionary(g.map { ($0, 1) }, uniquingKeysWith: +)
  var same = 0
  for word in p where left[word, default: 0] > 0 {
    left[word, default: 0] -= 1
    same += 1
  }
  guard same > 0 else { return 0 }
  let precision = Double(same) / Double(p.count)
  let recall = Double(same) / Double(g.count)
  return 2 * precision * recall / (precision + recall)
}

func boxed(_ reply: String) -> String {
  guard let open = reply.ranges(of: "\\boxed{").last, let close = reply.lastIndex(of: "}"), close >= open.upperBound else {
    return ""
  }
  return String(reply[open.upperBound..<close])
}
