/// Where questions come from. Not `Task`: that is Swift's.
public protocol ReadingTask: Sendable {
  /// The questions, in an order and with contents that the seed alone decides.
  ///
  /// - Throws: when a file is missing or is not what it should be.
  func questions(seed: UInt64) throws -> any Sequence<Question>

  /// At most `limit` of them, in the same order: drawn by the seed, evenly over clusters, as by `evenSample`. A smaller
  /// limit draws a part of what a larger one draws, and texts of another length get the same questions.
  ///
  /// The default makes every question once to learn its cluster. A task that knows its clusters without making texts,
  /// or whose questions are drawn by the seed already, has a method of its own.
  ///
  /// - Parameter limit: nil for all.
  func questions(seed: UInt64, limit: Int?) throws -> any Sequence<Question>

  /// The files that it reads in folders which its settings name; a run keeps their SHA-256, so that it is never continued
  /// with other data. Files that settings name themselves need not be among them.
  ///
  /// The default has none.
  ///
  /// - Throws: as `questions` where a file is missing.
  func filesInFolders() throws -> [FilesInFolder]
}

/// Files that are read in a folder.
public struct FilesInFolder: Sendable, Hashable {
  /// The key of the settings that names the folder, below the task's.
  public var setting: String
  /// The folder as the settings name it.
  public var folder: String
  /// Paths of the files.
  public var files: [String]

  /// As given.
  public init(setting: String, folder: String, files: [String]) {
    self.setting = setting
    self.folder = folder
    self.files = files
  }

  /// Each file by the key of the settings and its place below the folder: `data/qa1/1k.json`.
  public var byKey: [(key: String, path: String)] {
    files.map { file in
      // With a slash at its end a folder is the same one.
      let place = file.hasPrefix(folder) ? file.dropFirst(folder.count).drop { $0 == "/" } : file[...]
      return ("\(setting)/\(place)", file)
    }
  }
}

extension ReadingTask {
  public func filesInFolders() throws -> [FilesInFolder] { [] }

  public func questions(seed: UInt64, limit: Int?) throws -> any Sequence<Question> {
    guard let limit else { return try questions(seed: seed) }
    func clusters(_ questions: some Sequence<Question>) -> [String] { questions.map(\.cluster) }
    func drawn(_ wanted: Set<Int>, from questions: some Sequence<Question>) -> any Sequence<Question> {
      questions.enumerated().lazy.filter { wanted.contains($0.offset) }.map(\.element)
    }
    let wanted = evenSample(of: try clusters(questions(seed: seed)), limit: limit, seed: seed)
    return try drawn(Set(wanted), from: questions(seed: seed))
  }
}

/// Which of many questions a limit takes: one of each cluster in turn, until there are enough.
///
/// The order of clusters, and of the questions in each, follows from the seed and the cluster's name. So a smaller
/// limit takes a part of what a larger one takes, and neither the first questions of a file nor its longest document
/// are preferred.
///
/// - Parameter clusters: the questions' clusters, in order.
/// - Returns: indices into `clusters`, rising; all of them where the limit allows it.
public func evenSample(of clusters: [String], limit: Int, seed: UInt64) -> [Int] {
  guard limit < clusters.count else { return Array(clusters.indices) }
  var members: [String: [Int]] = [:]
  for (index, cluster) in clusters.enumerated() { members[cluster, default: []].append(index) }
  var open = members.map { cluster, indices in
    var random = SeededGenerator(seed: seed, session: cluster, purpose: "sample")
    return (key: random.next(), cluster: cluster, indices: indices.shuffled(using: &random))
  }.sorted { ($0.key, $0.cluster) < ($1.key, $1.cluster) }
  var sample: [Int] = []
  for round in 0... {
    open.removeAll { $0.indices.count <= round }
    let missing = limit - sample.count
    guard missing > 0 else { break }
    sample += open.prefix(missing).map { $0.indices[round] }
  }
  return sample.sorted()
}
