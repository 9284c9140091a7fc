import Files
package import Foundation

/// Reads and writes the JSON files of a model folder, such as `config.json`.
package enum ConfigFile {
  /// Far above the size of any real file; a vocabulary has about 1 MB.
  static let maxBytes = 64 << 20

  /// Decodes the file at `path`; unknown keys are ignored.
  ///
  /// - Throws: `CheckpointError` that names the file and the key path.
  package static func read<Value: Decodable>(_ type: Value.Type = Value.self, from path: String) throws -> Value {
    let file = try open(path)
    let data = file.withBytes { Data($0) }
    do {
      return try JSONDecoder().decode(type, from: data)
    } catch let error as DecodingError {
      throw CheckpointError(.malformed, file: path, message(error, data))
    }
  }

  /// The keys of the object under a key of a JSON file, in the file's order, which Foundation's decoder does not keep.
  ///
  /// - Throws: `CheckpointError` if the file is not a JSON object in UTF-8, or there is no object under the key.
  package static func keys(of key: String, in path: String) throws -> [String] {
    try open(path).withBytes { bytes in
      var cursor = HeaderCursor(bytes: bytes, header: 0..<bytes.count, file: path)
      var keys: [String] = []
      try cursor.list(from: "{", to: "}", "of the file") { cursor in
        let isWanted = try cursor.string("of a key") == key
        try cursor.expect(":", "after a key")
        guard isWanted else { return try cursor.skipValue() }
        try cursor.list(from: "{", to: "}", "of '\(key)'") { cursor in
          keys.append(try cursor.string("of a key"))
          try cursor.expect(":", "after a key")
          try cursor.skipValue()
        }
      }
      return keys
    }
  }

  /// The text of such a file with sorted keys, so that equal values are equal bytes; it ends with a newline.
  package static func encoded(_ value: some Encodable) throws -> [UInt8] {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    return Array(try encoder.encode(value)) + [UInt8(ascii: "\n")]
  }

  /// The lines of a UTF-8 text file without their ends; `\n` and `\r\n` end a line.
  package static func lines(of path: String) throws -> [String] {
    try open(path).withBytes { bytes in
      try bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false).map { line in
        guard let text = String(validating: line.last == UInt8(ascii: "\r") ? line.dropLast() : line, as: UTF8.self)
        else {
          throw CheckpointError.damaged(path, at: line.startIndex, "a line is not valid UTF-8")
        }
        return text
      }
    }
  }

  /// The bytes of a text file.
  ///
  /// - Throws: `CheckpointError` if it cannot be read, is far too large or was replaced by something else.
  package static func data(of path: String) throws -> Data { try open(path).withBytes { Data($0) } }

  /// Reads a JSON object whose keys the caller does not know in advance.
  ///
  /// - Throws: `CheckpointError` that says what the file holds instead.
  package static func object(at path: String) throws -> [String: Any] {
    let data = try data(of: path)
    guard let value = try? JSONSerialization.jsonObject(with: data, options: .fragmentsAllowed) else {
      throw CheckpointError(.malformed, file: path, syntaxError(data))
    }
    guard let object = value as? [String: Any] else {
      throw CheckpointError(.malformed, file: path, "should hold a JSON object: copy the model's folder again")
    }
    return object
  }

  private static func open(_ path: String) throws -> MappedFile {
    let file = try MappedFile(path: path)
    if let foreign = file.withBytes(ForeignContent.descriptionInPlaceOfText) {
      throw CheckpointError(.malformed, file: path, foreign)
    }
    guard file.count <= maxBytes else {
      throw CheckpointError(.malformed, file: path, "has \(file.count) bytes, more than the limit of \(maxBytes)")
    }
    if let foreign = file.withBytes(ForeignContent.descriptionInPlaceOfText) {
      throw CheckpointError(.unsupported, file: path, foreign)
    }
    return file
  }

  private static func message(_ error: DecodingError, _ data: Data) -> String {
    switch error {
    case .keyNotFound(let key, let context):
      "misses the key '\(path(context.codingPath + [key]))'"
    case .valueNotFound(let type, let context):
      "has null for the key '\(path(context.codingPath))', where \(name(type)) is needed"
    case .typeMismatch(let type, let context):
      context.codingPath.isEmpty
        ? "should hold \(name(type))" : "the value of '\(path(context.codingPath))' should be \(name(type))"
    case .dataCorrupted(let context):
      context.codingPath.isEmpty
        ? syntaxError(data)
        : "the value of '\(path(context.codingPath))' is not usable: \(context.debugDescription)"
    @unknown default:
      "cannot be decoded: \(error)"
    }
  }

  /// The decoder does not report where JSON is invalid, and reports a fraction in place of an integer as invalid JSON.
  private static func syntaxError(_ data: Data) -> String {
    do {
      _ = try JSONSerialization.jsonObject(with: data, options: .fragmentsAllowed)
      return "holds a number of the wrong kind: a fraction, or one too large, where an integer is needed"
    } catch {
      let detail = (error as? CocoaError)?.userInfo[NSDebugDescriptionErrorKey] as? String
      return "is not valid JSON: \(detail ?? "its syntax is broken")"
    }
  }

  /// The key path in the form `down_blocks[2].channels`.
  private static func path(_ keys: [any CodingKey]) -> String {
    keys.reduce(into: "") { text, key in
      if let index = key.intValue {
        text += "[\(index)]"
      } else {
        text += text.isEmpty ? key.stringValue : ".\(key.stringValue)"
      }
    }
  }

  private static func name(_ type: any Any.Type) -> String {
    switch type {
    case is Int.Type: "an integer"
    case is Double.Type, is Float.Type: "a number"
    case is String.Type: "a string"
    case is Bool.Type: "true or false"
    case is any Collection.Type where "\(type)".hasPrefix("Array"): "a list"
    case is any Collection.Type: "an object"
    default: "\(type)"
    }
  }
}
