import Foundation

/// How much memory this process takes from the machine.
enum ResidentMemory {
  /// The most it ever took, in bytes; nil where the system does not say.
  static var peak: Int? {
    // VmHWM of /proc/self/status, in kB: Linux only.
    guard let status = try? String(contentsOfFile: "/proc/self/status", encoding: .utf8) else { return nil }
    let line = status.split(separator: "\n").first { $0.hasPrefix("VmHWM:") }
    return line?.split(whereSeparator: \.isWhitespace).dropFirst().first.flatMap { Int($0) }.map { $0 * 1024 }
  }
}
