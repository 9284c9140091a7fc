import Files
package import Foundation
import X509

/// A file's signature, checked against the file; ``report(trusting:)`` says also who is trusted.
package struct FileSignature: Sendable {
  /// Why the signature does not hold, naming first what differs; nil if it holds.
  package let problem: String?
  let chain: [SignerCertificate]
  private let algorithm: String?
  private let generator: String?
  let date: Date

  /// The record of how the image was made that the manifest holds, as it was signed; nil if there is none.
  package let record: [UInt8]?

  /// Checks what a file's manifest says; nil if the file carries none.
  ///
  /// Only the active manifest counts: what it says of pictures that went into this one is not looked at.
  /// - Parameters:
  ///   - name: the file's name in errors.
  ///   - record: what a record within the manifest must be; nil if any will do.
  ///   - date: when the certificate must be valid.
  /// - Throws: ``SigningError`` or `PNGError` if the file itself is damaged or carries several manifest stores. Damage
  ///   within the manifest is not thrown, but said by the report.
  package init?(of file: [UInt8], named name: String, expecting record: [UInt8]? = nil, at date: Date = Date()) throws {
    guard let place = try ManifestFormat(of: file, named: name).container.place(in: file, named: name) else {
      return nil
    }
    self.date = date
    do throws(SigningError) {
      let manifest = try SignedManifest(place, named: name)
      let algorithm = COSEAlgorithm(rawValue: manifest.signature.algorithm)
      var chain: [SignerCertificate] = []
      for der in manifest.signature.chain { chain.append(try SignerCertificate(der: der, named: name)) }
      let signed = manifest.assertion(ManifestLabels.record)?.content("json").map(Array.init)
      problem =
        Self.signatureProblem(manifest, algorithm, chain[0]) ?? manifest.assertionProblem
        ?? manifest.bindingProblem(in: file, at: place)
        ?? (record == nil || signed == nil || signed == record ? nil : "its record is not the one beside the pixels")
        ?? chain[0].problem(at: date)
      (self.chain, self.algorithm, generator) = (chain, algorithm?.name, manifest.generator)
      self.record = signed
    } catch {
      (problem, chain, algorithm, generator, self.record) = (error.message, [], nil, nil, nil)
    }
  }

  private static func signatureProblem(
    _ manifest: SignedManifest, _ algorithm: COSEAlgorithm?, _ signer: SignerCertificate
  ) -> String? {
    guard let algorithm else { return "its signature is by an algorithm that C2PA does not allow" }
    if let problem = signer.profileProblem { return "the certificate of \(signer.name) \(problem)" }
    let signature = manifest.signature
    guard algorithm.isValid(signature.signature, over: signature.toBeSigned(manifest.claim), by: signer.x509.publicKey)
    else { return "its claim is not the one that was signed, or the signature is another key's" }
    return nil
  }

  /// What the signature is worth.
  ///
  /// - Parameter anchors: roots that say who signed; nil if none are known.
  package func report(trusting anchors: TrustAnchors?) async -> SignatureReport {
    var state = problem.map { SignatureReport.State.broken(reason: $0) } ?? .valid
    if state == .valid, let anchors, await anchors.trust(chain, at: date) { state = .trusted }
    return SignatureReport(
      state: state, signer: chain.first?.name, fingerprint: chain.first?.fingerprint, algorithm: algorithm,
      validUntil: chain.first.map { SignerCertificate.day($0.notAfter) }, generator: generator)
  }

  /// The file without its manifest; the same file if it carries none.
  package static func removed(from file: [UInt8], named name: String) throws -> [UInt8] {
    let container = try ManifestFormat(of: file, named: name).container
    return try container.place(in: file, named: name).map { container.removing($0, from: file) } ?? file
  }
}
