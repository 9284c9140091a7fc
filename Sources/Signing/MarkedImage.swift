import Files
package import Foundation
package import Imaging
package import Provenance
import Vocabulary

/// Image files with all their marks: the record, and the signature if the record asks for one.
package enum MarkedImage {
  /// The PNG of `image` with its record, signed if its settings say so: the same image, record and key give the same
  /// bytes.
  ///
  /// - Parameter signer: nil if there is no key.
  /// - Throws: ``SigningError`` if a key is needed; what `PNGProvenance.encode` throws.
  package static func encode(_ image: RGBImage, _ record: ProvenanceRecord, signer: ImageSigner?) throws -> [UInt8] {
    let file = try PNGProvenance.encode(image, record)
    guard record.spec.settings.sign else { return file }
    guard let signer else { throw missingKey }
    return try signer.sign(file, record: record.canonical, named: "image to be written")
  }

  /// A JPEG or WebP that was converted from a PNG, signed if the PNG was to be: the PNG's own signature is of its bytes.
  ///
  /// - Parameter name: the image's name in errors.
  package static func sign(
    _ file: [UInt8], convertedFrom png: [UInt8], by signer: ImageSigner, named name: String
  ) throws -> [UInt8] {
    let record = try PNGProvenance.read(png, named: name)
    return record.spec.settings.sign ? try signer.sign(file, record: record.canonical, named: name) : file
  }

  /// Checks before an image is rendered that it can be signed.
  package static func check(_ signer: ImageSigner?, at date: Date = Date()) throws(SigningError) {
    guard let signer else { throw missingKey }
    if let problem = signer.key.certificate.problem(at: date) {
      throw SigningError(
        .key, "\(problem): make a new key with 'emofarm keys create' and name it in EMOFARM_SIGNING_KEY")
    }
  }

  private static var missingKey: SigningError {
    SigningError(
      .key,
      "the images are to be signed, but this host has no signing key: name its file in EMOFARM_SIGNING_KEY or the "
        + "setting signing_key, or let such batches require a label of the hosts that have one")
  }

  /// A file's record and signature, after checking its picture, and what is signed. A conversion of a signed PNG need not
  /// be signed.
  ///
  /// - Throws: the format's error, `ProvenanceError` or ``SigningError``: the file is damaged, its pixels are not those of
  ///   its record, or the record says that it was signed and it is not. A signature that does not hold is no error here.
  package static func verify(
    _ file: [UInt8], named name: String, at date: Date = Date()
  ) throws -> (found: ImageProvenance.Found, signature: FileSignature?) {
    let found = try ImageProvenance.verify(file, named: name)
    return (found, try signature(of: file, found.record, named: name, at: date))
  }

  /// The signature of a file with this record; nil if it was not signed.
  ///
  /// - Throws: ``SigningError`` if it should be signed and is not.
  package static func signature(
    of file: [UInt8], _ record: ProvenanceRecord, named name: String, at date: Date = Date()
  ) throws -> FileSignature? {
    let signature = try FileSignature(of: file, named: name, expecting: try record.canonical, at: date)
    guard signature != nil || !record.spec.settings.sign else {
      throw SigningError(
        .missing, file: name,
        "its record says that it was signed, but the signature is gone: another program saved it again")
    }
    return signature
  }
}
