import Foundation

/// The free memory of this machine.
public enum Machine {
  /// Bytes of memory that can be taken without swapping; nil where the system does not say. In a container
  /// with a bound of its own, what that leaves.
  public static var availableMemory: Int? {
    #if os(Linux)
      let found = [meminfo("MemAvailable:"), control].compactMap(\.self)
      return found.min()
    #else
      return Int(clamping: ProcessInfo.processInfo.physicalMemory)
    #endif
  }

  /// The most memory that this process ever took, in bytes, mapped files that it read included; nil where the
  /// system does not say.
  public static var peakMemory: Int? {
    #if canImport(Darwin)
      var usage = rusage()
      return getrusage(RUSAGE_SELF, &usage) == 0 ? usage.ru_maxrss : nil
    #else
      return number(in: "/proc/self/status", behind: "VmHWM:").map { $0 * 1024 }
    #endif
  }

  /// From here on `peakMemory` is that of what follows, where the system can forget (Linux).
  public static func forgetPeakMemory() {
    guard let file = fopen("/proc/self/clear_refs", "w") else { return }
    fputs("5", file)
    fclose(file)
  }

  /// A line of /proc/meminfo, in bytes.
  private static func meminfo(_ name: String) -> Int? {
    number(in: "/proc/meminfo", behind: name).map { $0 * 1024 }
  }

  /// The rest of the control group's limit (version 2). Pages of files can be released and do not
  /// count.
  private static var control: Int? {
    let group = "/sys/fs/cgroup"
    // `max` is not a number: there is no bound.
    guard let bound = number(in: "\(group)/memory.max"), let used = number(in: "\(group)/memory.current") else {
      return nil
    }
    return max(0, bound - used + (number(in: "\(group)/memory.stat", behind: "file ") ?? 0))
  }

  private static func number(in file: String, behind name: String = "") -> Int? {
    // A missing file sets no limit.
    guard let text = try? String(contentsOfFile: file, encoding: .utf8) else { return nil }
    let line = text.split(separator: "\n").first { $0.hasPrefix(name) }
    return line?.dropFirst(name.count).split(whereSeparator: \.isWhitespace).first.flatMap { Int($0) }
  }
}
