import Files
import Foundation

/// The file of credentials that AWS's programs share: sections of `[profile]`, each with lines `key = value`.
enum CredentialsFile {
  private static let largest = 1 << 20

  /// The credentials of a profile; nil if there is no such file or section.
  ///
  /// - Throws: ``ObjectStorageError`` (`refused`) if the file cannot be read or the section lacks a key.
  static func read(_ path: String, profile: String) throws(ObjectStorageError) -> Credentials? {
    let bytes: [UInt8]
    do throws(FileError) {
      guard let found = try File.contents(path) else { return nil }
      bytes = found
    } catch {
      throw ObjectStorageError(.refused, error.description, underlying: error)
    }
    guard bytes.count <= largest, let text = String(validating: bytes, as: UTF8.self) else {
      throw ObjectStorageError(.refused, "the credentials file \(path) is not text of a usual size")
    }
    guard let values = section(profile, of: text) else { return nil }
    guard let key = values["aws_access_key_id"], let secret = values["aws_secret_access_key"], !key.isEmpty,
      !secret.isEmpty
    else {
      throw ObjectStorageError(
        .refused, "the section [\(profile)] of \(path) lacks aws_access_key_id or aws_secret_access_key: add them")
    }
    return Credentials(accessKey: key, secretKey: secret, sessionToken: values["aws_session_token"])
  }

  private static func section(_ name: String, of text: String) -> [String: String]? {
    var values: [String: String]?
    var isInside = false
    for line in text.split(whereSeparator: \.isNewline) {
      let line = line.trimmingCharacters(in: .whitespaces)
      if line.isEmpty || line.hasPrefix("#") || line.hasPrefix(";") { continue }
      if line.hasPrefix("["), line.hasSuffix("]") {
        isInside = line.dropFirst().dropLast().trimmingCharacters(in: .whitespaces) == name
        if isInside { values = values ?? [:] }
      } else if isInside, let equals = line.firstIndex(of: "=") {
        let key = line[..<equals].trimmingCharacters(in: .whitespaces).lowercased()
        values?[key] = line[line.index(after: equals)...].trimmingCharacters(in: .whitespaces)
      }
    }
    return values
  }
}
