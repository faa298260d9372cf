import Basics
import Foundation

/// Draws charts by running gnuplot.
///
/// Its input is a script and a table, both written by this package; foreign text in them stands between
/// single quotes, where gnuplot reads only text (`Chart`). As an extra safeguard, scripts that run
/// programs or read other files are rejected. No shell is involved.
public struct Gnuplot: Sendable {
  /// File format of a picture.
  public enum Format: String, Sendable, Codable, CaseIterable { case svg, png, pdf }

  /// The program that is run.
  public let executable: URL
  /// The time limit, after which the process is stopped.
  public var seconds: Double

  /// - Returns: nil where the path has no gnuplot.
  public init?(seconds: Double = 60, path: String? = ProcessInfo.processInfo.environment["PATH"]) {
    let folders = (path ?? "").split(separator: ":").map { URL(filePath: String($0)) }
    let files = folders.map { $0.appending(path: "gnuplot") }
    guard let found = files.first(where: { FileManager.default.isExecutableFile(atPath: $0.path) }) else { return nil }
    executable = found
    self.seconds = seconds
  }

  /// Draws a script in a folder, beside the table it reads.
  ///
  /// - Returns: the pictures, `NAME.FORMAT` in the same folder.
  /// - Throws: `FigureError` with gnuplot's own words.
  public func draw(
    _ name: String, script: String, in folder: URL, as formats: [Format], size: (width: Int, height: Int) = (720, 432)
  ) async throws -> [URL] {
    try Self.check(script)
    var lines = [String]()
    for (index, format) in formats.enumerated() {
      lines.append(Self.terminal(format, size))
      lines.append("set output '\(name).\(format.rawValue)'")
      lines.append(index == 0 ? script : "replot")
    }
    lines.append("set output")
    let said = try await run(lines.joined(separator: "\n") + "\n", in: folder)
    return try formats.map { format in
      let file = folder.appending(path: "\(name).\(format.rawValue)")
      let size = try? file.resourceValues(forKeys: [.fileSizeKey]).fileSize
      guard let size, size > 0 else { throw FigureError.badChart(said.isEmpty ? "it drew nothing" : said) }
      return file
    }
  }

  static func terminal(_ format: Format, _ size: (width: Int, height: Int)) -> String {
    switch format {
    case .svg:
      "set terminal svg size \(size.width),\(size.height) dynamic enhanced font 'DejaVu Sans,12' dashlength 0.5 background '#ffffff'"
    case .png:
      "set terminal pngcairo size \(2 * size.width),\(2 * size.height) enhanced font 'DejaVu Sans,12' fontscale 1.0 linewidth 2 pointscale 2 dashlength 0.5"
    case .pdf:
      "set terminal pdfcairo size \(Double(size.width) / 100)in,\(Double(size.height) / 100)in enhanced font 'DejaVu Sans,12' dashlength 0.5"
    }
  }

  /// Refuses scripts that reach outside: commands, pipes, other files.
  static func check(_ script: String) throws(FigureError) {
    guard script.utf8.count <= 1 << 20 else { throw .tooLarge("a script of \(script.utf8.count) bytes", limit: "1 MB") }
    var bare = ""
    var isQuoted = false
    for scalar in script.unicodeScalars {
      if scalar == "'" {
        isQuoted.toggle()
        bare += " "
      } else if !isQuoted {
        guard scalar != "`" else { throw .badChart("the script runs a program") }
        bare.unicodeScalars.append(scalar)
      }
    }
    let forbidden: Set = ["system", "shell", "load", "call", "popen", "exec", "fit", "save", "cd", "print", "import"]
    let words = bare.split { !($0.isLetter || $0.isNumber || $0 == "_") }.map { $0.lowercased() }
    if let word = words.first(where: { forbidden.contains($0) }) { throw .badChart("the script says \(word)") }
    for line in bare.split(separator: "\n") where line.trimmingCharacters(in: .whitespaces).hasPrefix("!") {
      throw .badChart("the script runs a program")
    }
    for opening in ["'<", "'|"] where script.contains("plot " + opening) || script.contains("output " + opening) {
      throw .badChart("the script reads or writes a program")
    }
  }

  /// - Returns: the text of standard error.
  private func run(_ script: String, in folder: URL) async throws -> String {
    let process = Process()
    process.executableURL = executable
    process.arguments = ["-"]
    process.currentDirectoryURL = folder
    // No file of the user's is read at the start, and numbers are written with a point.
    process.environment = ["PATH": "/usr/bin:/bin", "LC_ALL": "C.UTF-8", "HOME": folder.path, "GNUTERM": "dumb"]
    let input = Pipe()
    let complaints = folder.appending(path: ".gnuplot-\(UUID().uuidString)")
    do {
      try Data().write(to: complaints)
    } catch {
      throw FigureError.unwritable(folder.path, reason: error.systemReason)
    }
    defer { try? FileManager.default.removeItem(at: complaints) }
    process.standardInput = input
    process.standardOutput = FileHandle.nullDevice
    process.standardError = try FileHandle(forWritingTo: complaints)

    let (ends, told) = AsyncStream<Bool>.makeStream()
    process.terminationHandler = { _ in told.yield(true) }
    do {
      try process.run()
    } catch {
      throw FigureError.badChart("\(executable.path) does not start: \(error.systemReason)")
    }
    // A script that gnuplot does not read to its end must not end this process.
    signal(SIGPIPE, SIG_IGN)
    try? input.fileHandleForWriting.write(contentsOf: Data(script.utf8))
    try? input.fileHandleForWriting.close()

    let limit = seconds
    // A timer of the system's: a task would wait for a free thread, and its limit with it.
    DispatchQueue.global().asyncAfter(deadline: .now() + limit) {
      guard process.isRunning else { return }
      told.yield(false)
      kill(process.processIdentifier, SIGKILL)
    }
    var isThrough = false
    for await end in ends {
      isThrough = end
      break
    }
    guard isThrough else { throw FigureError.tooSlow(seconds: limit) }
    let said = (try? String(contentsOf: complaints, encoding: .utf8)) ?? ""
    let line = said.split(separator: "\n").map { $0.trimmingCharacters(in: .whitespaces) }
      .filter { !$0.isEmpty && !$0.hasPrefix("^") }.joined(separator: " ")
    guard process.terminationStatus == 0 else { throw FigureError.badChart(String(line.prefix(500))) }
    return String(line.prefix(500))
  }
}
