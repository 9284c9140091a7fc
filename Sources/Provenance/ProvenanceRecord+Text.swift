import Crypto
import Files
import Foundation

extension ProvenanceRecord {
  /// Canonical JSON, UTF-8.
  package var canonical: [UInt8] {
    get throws { try CanonicalJSON.encode(self) }
  }

  /// SHA-256 of the canonical JSON, lower-case hexadecimal.
  package var digest: String {
    get throws { Hex.encode(SHA256.hash(data: try canonical)) }
  }

  /// Reads a record.
  ///
  /// - Parameter name: The name of the input in errors.
  /// - Throws: `ProvenanceError` that names the missing or wrong key, or the unknown version.
  package init(json: some Sequence<UInt8>, named name: String) throws {
    let bytes = Data(json)
    do {
      self = try JSONDecoder().decode(ProvenanceRecord.self, from: bytes)
    } catch let error as UnknownVersion {
      throw ProvenanceError(
        .unknownVersion, file: name,
        "the provenance record has version \(error.version), this program reads version \(Self.currentVersion): "
          + "use the EmoFarm that made the file, or a newer one"
      )
    } catch let error as DecodingError {
      throw ProvenanceError(.malformed, file: name, "the provenance record cannot be read: \(error.reason)")
    }
    // A value has only one canonical form: the comparison also refuses repeated keys, which the decoder ignores.
    guard let value = try? JSONDecoder().decode(JSONValue.self, from: bytes),
      let canonical = try? CanonicalJSON.encode(value), canonical.elementsEqual(bytes)
    else {
      throw ProvenanceError(
        .malformed, file: name,
        "the provenance record is not in canonical form (RFC 8785): it was changed since it was made"
      )
    }
  }
}

extension DecodingError {
  /// The reason, with the key's path.
  fileprivate var reason: String {
    func path(_ keys: [any CodingKey]) -> String {
      keys.map { key in key.intValue.map { "[\($0)]" } ?? ".\(key.stringValue)" }.joined().drop { $0 == "." }
        .description
    }
    switch self {
    case .keyNotFound(let key, let context): return "key '\(path(context.codingPath + [key]))' is missing"
    case .valueNotFound(_, let context): return "'\(path(context.codingPath))' is null"
    case .typeMismatch(let type, let context):
      return "'\(path(context.codingPath))' is not of the expected type \(type)"
    case .dataCorrupted(let context) where context.codingPath.isEmpty: return "it is not JSON"
    case .dataCorrupted(let context): return "'\(path(context.codingPath))': \(context.debugDescription)"
    @unknown default: return "\(self)"
    }
  }
}
