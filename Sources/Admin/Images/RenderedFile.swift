import Crypto
import Files
package import Provenance

/// An image that `render` wrote.
package struct RenderedFile {
  private let file: String
  private let seed: UInt64
  private let bytes: [UInt8]
  private let record: ProvenanceRecord

  package init(file: String, seed: UInt64, bytes: [UInt8], record: ProvenanceRecord) {
    self.file = file
    self.seed = seed
    self.bytes = bytes
    self.record = record
  }

  package var json: JSONDocument {
    [
      "file": JSONDocument(file), "seed": JSONDocument(seed), "bytes": JSONDocument(bytes.count),
      "sha256": JSONDocument(Hex.encode(SHA256.hash(data: bytes))), "rgb_sha256": JSONDocument(record.rgbSHA256),
    ]
  }
}
