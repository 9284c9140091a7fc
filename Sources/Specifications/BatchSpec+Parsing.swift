import Files
import Vocabulary

extension BatchSpec {
  /// The keys at each level of a specification; `config/batch.schema.json` has the same keys.
  package enum Keys {
    package static let batch = [
      "name", "model", "key", "seed", "priority", "chunk", "max_attempts", "require", "measure", "accept", "settings",
      "cells",
      "training",
    ]
    package static let accept = Acceptance.CodingKeys.allCases.map(\.rawValue)
    /// Of a folder with its digest.
    package static let folder = ["path", "sha256"]
    package static let settings = SettingsOverride.keys
    package static let cell =
      [
        "emotion", "emotions", "prompt", "prompts", "prompts_file", "text", "texts", "texts_file", "count", "grid",
        "wildcards",
      ] + settings
  }

  /// Parses a specification in YAML or JSON.
  ///
  /// - Parameters:
  ///   - file: the name of the source in messages.
  ///   - readsFiles: whether files of this machine that the text names are read; if not, they are an error.
  /// - Throws: ``BatchSpecError`` with the line, the key and what is accepted there.
  package init(parsing text: String, named file: String, readsFiles: Bool = true) throws(BatchSpecError) {
    let root = try SpecNode.root(of: text, file: file, readsFiles: readsFiles)
    let entries = try root.mapping(keys: Keys.batch)
    guard let name = entries["name"] else { throw root.error("the key 'name' is missing") }
    let (list, training) = (entries["cells"], entries["training"])
    guard list != nil || training != nil else {
      throw root.error("the key 'cells' is missing, or 'training' for a training")
    }
    if let list, training != nil { throw list.error("and training make different batches: enqueue two") }
    let seed = try entries["seed"]?.integer(UInt64.self) ?? 0
    var settings = SettingsOverride()
    if let node = entries["settings"] { try settings.read(try node.mapping(keys: Keys.settings)) }
    var cells: [CellSpec] = []
    if let list {
      for (position, node) in try list.elements().enumerated() {
        cells += try CellExpansion(node, position: position, seed: seed, inherited: settings).cells()
        guard cells.count <= Limits.cells else {
          throw list.error("expand to more than \(Limits.cells) cells: split the batch")
        }
      }
    }
    self.init(
      name: try name.string(),
      model: try entries["model"]?.string(),
      key: try entries["key"]?.string(),
      seed: seed,
      priority: try entries["priority"]?.integer() ?? 0,
      chunk: try entries["chunk"]?.integer() ?? Self.defaultChunk,
      maxAttempts: try entries["max_attempts"]?.integer() ?? Self.defaultAttempts,
      require: try entries["require"].map { node throws(BatchSpecError) in try Self.labels(node) } ?? [],
      measure: try entries["measure"].map { node throws(BatchSpecError) in try Self.folder(node) },
      acceptance: try entries["accept"].map { node throws(BatchSpecError) in try Acceptance(node) },
      settings: settings,
      cells: cells,
      training: try training.map { node throws(BatchSpecError) in try TrainingPlan(node) }
    )
    do {
      try check()
    } catch {
      throw BatchSpecError(error.message, file: file, line: Self.line(of: error.message, entries))
    }
  }

  /// A path, or a path with the digest that the folder must have.
  private static func folder(_ node: SpecNode) throws(BatchSpecError) -> AddedFile {
    guard node.isMapping else { return AddedFile(path: try node.string()) }
    let entries = try node.mapping(keys: Keys.folder)
    guard let path = entries["path"] else { throw node.error("has no 'path'") }
    return AddedFile(path: try path.string(), sha256: try entries["sha256"]?.string())
  }

  private static func labels(_ node: SpecNode) throws(BatchSpecError) -> [String] {
    var texts: [String] = []
    for element in node.isList ? try node.elements() : [node] { texts.append(try element.string()) }
    do {
      return try Labels.parse(texts, node.path)
    } catch {
      throw BatchSpecError(error.description, file: node.file, line: node.line)
    }
  }

  /// The line of the entry with which a message of ``check()`` begins, such as `cells[3].count`.
  private static func line(of message: String, _ entries: [String: SpecNode]) -> Int? {
    let path = message.prefix { !" :".contains($0) }
    if path.hasPrefix("training."), let training = entries["training"] {
      return training.entry(String(path.dropFirst(9)))?.line ?? training.line
    }
    guard let cells = entries["cells"], path.hasPrefix("cells["),
      let position = Int(path.dropFirst(6).prefix { $0 != "]" })
    else {
      return entries[String(path.prefix { $0 != "." })]?.line
    }
    guard let cell = try? cells.elements()[position] else { return cells.line }
    let key = path.split(separator: ".").dropFirst().first.map(String.init) ?? ""
    return (try? cell.mapping(keys: Keys.cell)[key]?.line) ?? cell.line
  }
}

extension CellSpec {
  /// - Parameters:
  ///   - prompts: empty for the emotions alone.
  ///   - texts: empty if the entry has emotions.
  init(_ node: SpecNode, prompts: [String], texts: [String]) throws(BatchSpecError) {
    let entries = try node.mapping(keys: BatchSpec.Keys.cell)
    guard entries["emotion"] == nil || entries["emotions"] == nil else {
      throw node.error("has both 'emotion' and 'emotions': use one of them")
    }
    guard let count = entries["count"] else { throw node.error("has no 'count': say how many images it makes") }
    var settings = SettingsOverride()
    try settings.read(entries)
    self.init(
      emotions: try Self.emotions(entries["emotion"] ?? entries["emotions"]),
      prompts: prompts.isEmpty ? [""] : prompts,
      texts: texts,
      count: try count.integer(),
      settings: settings
    )
  }

  private static func emotions(_ node: SpecNode?) throws(BatchSpecError) -> [EmotionSpec] {
    guard let node else { return [] }
    var names: [String] = []
    for element in node.isList ? try node.elements() : [node] { names.append(try element.string()) }
    if names == ["all"] { return Emotion.allCases.map { EmotionSpec($0) } }
    var specs: [EmotionSpec] = []
    for name in names {
      do {
        specs.append(try EmotionSpec(parsing: name))
      } catch {
        throw BatchSpecError("\(node.path): \(error)", file: node.file, line: node.line)
      }
    }
    return specs
  }
}
