import Files
import Vocabulary
import Yams

/// A node of a specification file, with its path for messages.
///
/// The file is YAML or JSON, which is a subset of YAML. Only nodes that the schema allows are visited, so aliases that
/// refer to each other cannot make the reader loop.
package struct SpecNode: WrittenValue {
  let node: Node
  /// The path, such as `cells[2].steps`; empty for the document's root.
  let path: String
  let file: String
  /// Whether the document may name files of this machine whose lines are read.
  let readsFiles: Bool

  /// - Parameter file: the name of the source in messages.
  private init(node: Node, path: String, file: String, readsFiles: Bool) {
    self.node = node
    self.path = path
    self.file = file
    self.readsFiles = readsFiles
  }

  /// The root of a document that must not be empty.
  static func root(of text: String, file: String, readsFiles: Bool) throws(BatchSpecError) -> SpecNode {
    guard let root = try document(of: text, file: file, readsFiles: readsFiles) else {
      throw BatchSpecError("the file is empty", file: file)
    }
    return root
  }

  /// The document's root; nil if the document is empty.
  ///
  /// - Throws: ``BatchSpecError`` with the line of invalid YAML.
  package static func document(
    of text: String, file: String, readsFiles: Bool = true
  ) throws(BatchSpecError) -> SpecNode? {
    guard text.utf8.count <= Limits.fileBytes else {
      throw BatchSpecError("the file is larger than \(Limits.fileBytes >> 20) MiB", file: file)
    }
    do {
      return try compose(yaml: text).map { SpecNode(node: $0, path: "", file: file, readsFiles: readsFiles) }
    } catch let error as YamlError {
      throw Self.readable(error, file: file)
    } catch {
      throw BatchSpecError("the file is not YAML: \(error)", file: file)
    }
  }

  private static func readable(_ error: YamlError, file: String) -> BatchSpecError {
    switch error {
    case .scanner(_, let problem, let mark, _), .parser(_, let problem, let mark, _),
      .composer(_, let problem, let mark, _):
      BatchSpecError("the file is not YAML: \(problem)", file: file, line: mark.line)
    // Its description would quote the whole line.
    case .reader(let problem, let offset, let value, let yaml):
      BatchSpecError(
        "the file is not YAML: \(problem)\(value < 0 ? "" : " (U+\(String(value, radix: 16, uppercase: true)))")",
        file: file,
        line: offset.map { end in yaml.utf8.prefix(end).count { $0 == UInt8(ascii: "\n") } + 1 })
    case .duplicatedKeysInMapping(let duplicates, let context):
      BatchSpecError(
        "the key '\(duplicates.sorted().joined(separator: "', '"))' occurs twice",
        file: file, line: context.mark.line)
    default:
      BatchSpecError("the file is not YAML: \(error)", file: file)
    }
  }

  var line: Int? { node.mark?.line }

  /// Creates an error at this node; the message follows the node's path.
  package func error(_ message: String) -> BatchSpecError {
    BatchSpecError(path.isEmpty ? message : "\(path) \(message)", file: file, line: line)
  }

  /// The entries of a mapping by key.
  ///
  /// - Throws: ``BatchSpecError`` that names an unknown key and the most similar one of `keys`.
  package func mapping(keys: [String]) throws(BatchSpecError) -> [String: SpecNode] {
    guard case .mapping(let mapping) = node else { throw error("must be a mapping with the keys \(list(keys))") }
    var entries: [String: SpecNode] = [:]
    for (keyNode, value) in mapping {
      guard let key = keyNode.scalar?.string else { throw error("has a key that is not a string") }
      let inside = path.isEmpty ? "" : " in \(path)"
      let line = keyNode.mark?.line
      guard keys.contains(key) else {
        let nearest = NearestName.of(key, among: keys).map { "did you mean '\($0)'?" } ?? "the keys are \(list(keys))"
        throw BatchSpecError("unknown key '\(key)'\(inside): \(nearest)", file: file, line: line)
      }
      guard entries[key] == nil else {
        throw BatchSpecError("the key '\(key)' occurs twice\(inside)", file: file, line: line)
      }
      entries[key] = SpecNode(
        node: value, path: path.isEmpty ? key : "\(path).\(key)", file: file, readsFiles: readsFiles)
    }
    return entries
  }

  /// The value of a mapping's key; other keys are not checked.
  func entry(_ key: String) -> SpecNode? {
    guard case .mapping(let mapping) = node, let pair = mapping.first(where: { $0.key.scalar?.string == key }) else {
      return nil
    }
    return SpecNode(node: pair.value, path: path.isEmpty ? key : "\(path).\(key)", file: file, readsFiles: readsFiles)
  }

  private func list(_ keys: [String]) -> String { keys.joined(separator: ", ") }

  package var isList: Bool {
    if case .sequence = node { true } else { false }
  }

  var isMapping: Bool {
    if case .mapping = node { true } else { false }
  }

  /// The elements of a sequence.
  package func elements(limit: Int = Limits.cells, empty: Bool = false) throws(BatchSpecError) -> [SpecNode] {
    guard case .sequence(let sequence) = node else { throw error("must be a list") }
    guard empty || !sequence.isEmpty else { throw error("is an empty list") }
    guard sequence.count <= limit else {
      throw error("has \(sequence.count) entries, but at most \(limit) are accepted")
    }
    return sequence.enumerated().map { SpecNode(node: $1, path: "\(path)[\($0)]", file: file, readsFiles: readsFiles) }
  }

  /// A scalar's text, verbatim.
  package func string() throws(BatchSpecError) -> String {
    guard case .scalar(let scalar) = node else { throw error("must be a string, not a list or mapping") }
    guard !isNull(scalar) else { throw error("has no value") }
    return scalar.string
  }

  /// A plain decimal integer; underscores may group digits.
  package func integer<Value: FixedWidthInteger>(_ type: Value.Type = Value.self) throws(BatchSpecError) -> Value {
    let text = try plain("an integer")
    guard let value = Value(text.replacing("_", with: "")) else {
      let isNumber = text.drop { $0 == "-" }.allSatisfy { $0.isASCII && ($0.isNumber || $0 == "_") } && text != "-"
      throw error(isNumber ? "is \(text), which is out of range" : "is '\(text)', but must be an integer")
    }
    return value
  }

  /// A finite decimal number.
  package func number() throws(BatchSpecError) -> Double {
    let text = try plain("a number")
    guard let value = Double(text), value.isFinite, text.utf8.allSatisfy({ Self.digits.contains($0) }) else {
      throw error("is '\(text)', but must be a finite number")
    }
    return value
  }

  /// `true` or `false`.
  package func boolean() throws(BatchSpecError) -> Bool {
    let text = try plain("true or false")
    guard let value = Bool(text) else { throw error("is '\(text)', but must be true or false") }
    return value
  }

  /// Reads one of an enumeration's names.
  package func name<Value: RawRepresentable & CaseIterable>(
    _ type: Value.Type = Value.self, called kind: String? = nil
  ) throws(BatchSpecError) -> Value where Value.RawValue == String {
    let text = try string()
    if let value = Value(rawValue: text) { return value }
    let names = Value.allCases.map(\.rawValue)
    let known = names.joined(separator: ", ")
    let nearest = NearestName.of(text, among: names).map { "did you mean '\($0)'?" }
    guard let kind else {
      throw error("is '\(text)', but must be one of \(known)\(nearest.map { ": \($0)" } ?? "")")
    }
    throw error("'\(text)' is not a known \(kind): \(nearest.map { "\($0) " } ?? "")use one of \(known)")
  }

  private static let digits = Array("0123456789+-.eE".utf8)

  private func plain(_ what: String) throws(BatchSpecError) -> String {
    guard case .scalar(let scalar) = node else { throw error("must be \(what), not a list or mapping") }
    guard !isNull(scalar) else { throw error("has no value") }
    guard scalar.style == .plain || scalar.style == .any else {
      throw error("is the string \"\(scalar.string)\", but must be \(what): leave out the quotes")
    }
    return scalar.string
  }

  private func isNull(_ scalar: Node.Scalar) -> Bool {
    scalar.style != .singleQuoted && scalar.style != .doubleQuoted
      && ["", "~", "null", "Null", "NULL"].contains(scalar.string)
  }
}
