import Foundation

/// What this process holds of the machine's memory, mapped files it has read included.
enum ResidentMemory {
  /// From here on `peak` is that of what follows, where the system can forget (Linux).
  static func forgetPeak() {
    guard let file = fopen("/proc/self/clear_refs", "w") else { return }
    fputs("5", file)
    fclose(file)
  }

  /// The largest so far, in MiB.
  static var peak: Double {
    #if canImport(Darwin)
      var usage = rusage()
      getrusage(RUSAGE_SELF, &usage)
      return Double(usage.ru_maxrss) / 1_048_576
    #else
      guard let status = try? String(contentsOfFile: "/proc/self/status", encoding: .utf8),  // else there is no /proc
        let line = status.split(separator: "\n").first(where: { $0.hasPrefix("VmHWM:") }),
        let number = line.split(whereSeparator: \.isWhitespace).dropFirst().first, let kibibytes = Double(number)
      else { return .nan }
      return kibibytes / 1024
    #endif
  }
}
