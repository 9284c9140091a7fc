import Files
import Vocabulary

/// A prompt or text of an entry with its place, so that an error in a long list names the line.
struct CellWords {
  let text: String
  /// The key with the position in its list, such as `prompts[3]`; nil for a line of a file, which its number identifies.
  let key: String?
  let file: String
  let line: Int?

  /// The prompts or the texts of an entry.
  ///
  /// - Parameter kind: `prompt` or `text`, which are also written as `prompts` and `prompts_file`.
  /// - Throws: ``BatchSpecError`` if the entry has several of these keys, or a file cannot be read.
  static func of(_ kind: String, _ entries: [String: SpecNode], in node: SpecNode) throws(BatchSpecError) -> [CellWords]
  {
    let given = [kind, "\(kind)s", "\(kind)s_file"].filter { entries[$0] != nil }
    guard given.count <= 1 else {
      throw node.error("has both '\(given[0])' and '\(given[1])': use one of them")
    }
    guard let key = given.first, let entry = entries[key] else { return [] }
    return key.hasSuffix("_file") ? try lines(entry) : try elements(entry, key)
  }

  private static func elements(_ node: SpecNode, _ key: String) throws(BatchSpecError) -> [CellWords] {
    guard node.isList else {
      return [CellWords(text: try node.string(), key: key, file: node.file, line: node.line)]
    }
    var words: [CellWords] = []
    for (position, element) in try node.elements().enumerated() {
      words.append(
        CellWords(text: try element.string(), key: "\(key)[\(position)]", file: node.file, line: element.line))
    }
    return words
  }

  private static func lines(_ node: SpecNode) throws(BatchSpecError) -> [CellWords] {
    let list = try TextList(node, try node.string())
    return list.lines.map { CellWords(text: $0.text, key: nil, file: list.path, line: $0.number) }
  }

  /// Other words at the same place.
  func saying(_ text: String) -> CellWords { CellWords(text: text, key: key, file: file, line: line) }

  /// An error at the words' place; the message follows the key.
  ///
  /// - Parameter path: the entry's place, such as `cells[3].`.
  func error(_ message: String, _ path: String) -> BatchSpecError {
    BatchSpecError("\(name(path)) \(message)", file: file, line: line)
  }

  private func name(_ path: String) -> String { key.map { path + $0 } ?? "the line" }

  /// Checks the text's length and, in AUTOMATIC1111's syntax, its brackets.
  ///
  /// - Parameter path: the entry's place, such as `cells[3].`.
  func check(_ syntax: PromptSyntax, _ path: String) throws(BatchSpecError) {
    let name = name(path)
    do {
      try SettingError.check(text: text, name, limit: Limits.textLength, empty: true)
      try syntax.check(text, name)
    } catch {
      throw BatchSpecError(error.description, file: file, line: line)
    }
  }
}
