import Crypto
import Files
import Vocabulary

/// Signs image files with C2PA manifests.
///
/// Nothing in a manifest is random or comes from a clock: the same file, record and key give the same bytes. Identifiers
/// are derived from the file and the certificate. There is no time stamp, so validators accept a signature while the
/// certificate is valid.
package struct ImageSigner: Sendable {
  package let key: SigningKey
  /// This program's version, which the claim names.
  private let version: String

  package init(_ key: SigningKey, version: String = Program.version) {
    self.key = key
    self.version = version
  }

  /// The file with a manifest that says that a trained model made it, and how.
  ///
  /// - Parameters:
  ///   - file: a PNG, JPEG or WebP with all its other metadata and without a manifest.
  ///   - record: how the image was made, as canonical JSON.
  ///   - name: the file's name in errors.
  /// - Throws: ``SigningError`` if the file carries a manifest already, is damaged or has another format.
  package func sign(_ file: [UInt8], record: [UInt8], named name: String) throws -> [UInt8] {
    let container = try ManifestFormat(of: file, named: name).container
    guard try container.place(in: file, named: name) == nil else {
      throw SigningError(.file, file: name, "the file is already signed: its signature would not hold for another one")
    }
    let manifest = Manifest(record: record, identifiers: identifiers(of: file), key: key, version: version)
    // The store says how long it is, with numbers whose own length depends on them: it grows until it fits.
    var (store, range) = (try manifest.store(hash: [UInt8](repeating: 0, count: 32), range: 0..<0), 0..<0)
    while true {
      let placed = try container.embedding([UInt8](repeating: 0, count: store.count), in: file, named: name)
      let hash = Self.hash(of: placed.file, without: placed.range)
      (store, range) = (try manifest.store(hash: hash, range: placed.range), placed.range)
      let signed = try container.embedding(store, in: file, named: name)
      if signed.range == range { return signed.file }
    }
  }

  static func hash(of file: [UInt8], without range: Range<Int>) -> [UInt8] {
    var digest = SHA256()
    file.withUnsafeBytes { bytes in
      digest.update(bufferPointer: UnsafeRawBufferPointer(rebasing: bytes[..<range.lowerBound]))
      digest.update(bufferPointer: UnsafeRawBufferPointer(rebasing: bytes[range.upperBound...]))
    }
    return Array(digest.finalize())
  }

  /// The manifest's and the instance's UUIDs: digits of a digest of the file and the certificate in the form of random
  /// UUIDs (RFC 9562, version 4), which C2PA asks for.
  private func identifiers(of file: [UInt8]) -> (manifest: String, instance: String) {
    var digest = SHA256()
    digest.update(data: Array(SHA256.hash(data: file)))
    digest.update(data: Array(SHA256.hash(data: key.certificate.der)))
    let bytes = Array(digest.finalize())
    return (Self.uuid(bytes.prefix(16)), Self.uuid(bytes.suffix(16)))
  }

  private static func uuid(_ bytes: ArraySlice<UInt8>) -> String {
    var bytes = Array(bytes)
    bytes[6] = bytes[6] & 0x0F | 0x40
    bytes[8] = bytes[8] & 0x3F | 0x80
    let digits = Array(Hex.encode(bytes))
    return [0..<8, 8..<12, 12..<16, 16..<20, 20..<32].map { String(digits[$0]) }.joined(separator: "-")
  }

  /// What a manifest says, apart from the hash of the file that carries it.
  private struct Manifest {
    let record: [UInt8]
    let identifiers: (manifest: String, instance: String)
    let key: SigningKey
    let version: String

    /// The manifest store: one manifest with its assertions, claim and signature.
    func store(hash: [UInt8], range: Range<Int>) throws -> [UInt8] {
      let assertions = [
        (ManifestLabels.actions, JUMBFBox.Kind.cbor, actions.encoded), (ManifestLabels.record, .json, record),
        (ManifestLabels.dataHash, .cbor, dataHash(hash, range).encoded),
      ].map { label, kind, bytes in
        (label: label, box: JUMBFBox.superbox(kind, label, JUMBFBox.box(kind.rawValue, bytes)))
      }
      let claim = claim(assertions).encoded
      let unsigned = COSESign1(chain: key.chain, signature: [])
      let signature = COSESign1(chain: key.chain, signature: try key.signature(over: unsigned.toBeSigned(claim)))
      func box(_ kind: JUMBFBox.Kind, _ label: String, _ cbor: [UInt8]) -> [UInt8] {
        JUMBFBox.superbox(kind, label, JUMBFBox.box("cbor", cbor))
      }
      return JUMBFBox.superbox(
        .store, ManifestLabels.store,
        JUMBFBox.superbox(
          .manifest, "urn:c2pa:\(identifiers.manifest)",
          JUMBFBox.superbox(.assertions, ManifestLabels.assertions, assertions.flatMap(\.box))
            + box(.claim, ManifestLabels.claim, claim)
            + box(.signature, ManifestLabels.signature, signature.encoded)))
    }

    private var generator: CBOR { .object(["name": .text(Program.name), "version": .text(version)]) }

    private var actions: CBOR {
      .object([
        "actions": .array([
          .object([
            "action": .text(ManifestLabels.created), "digitalSourceType": .text(ManifestLabels.trainedModel),
            "softwareAgent": generator,
          ])
        ])
      ])
    }

    private func dataHash(_ hash: [UInt8], _ range: Range<Int>) -> CBOR {
      .object([
        "exclusions": .array([
          .object(["start": .integer(range.lowerBound), "length": .integer(range.count)])
        ]),
        "alg": .text(ManifestLabels.algorithm), "hash": .bytes(hash), "pad": .bytes([]),
        "name": .text("jumbf manifest"),
      ])
    }

    private func claim(_ assertions: [(label: String, box: [UInt8])]) -> CBOR {
      .object([
        "instanceID": .text("xmp:iid:\(identifiers.instance)"), "claim_generator_info": generator,
        "signature": .text(
          ManifestLabels.reference(
            "", ManifestLabels.store, "urn:c2pa:\(identifiers.manifest)", ManifestLabels.signature)),
        "created_assertions": .array(
          assertions.map { label, box in
            .object([
              "url": .text(ManifestLabels.reference(ManifestLabels.assertions, label)),
              // An assertion's hash leaves out the head of its superbox.
              "hash": .bytes(Array(SHA256.hash(data: box[8...]))),
            ])
          }), "alg": .text(ManifestLabels.algorithm),
      ])
    }
  }
}
