import Files
import Foundation
import SwiftASN1
@_spi(FixedExpiryValidationTime) import X509

/// Roots that are trusted to say whose signing keys are whose.
package struct TrustAnchors: Sendable {
  private let roots: CertificateStore

  /// The certificates of a PEM text.
  package init(pem: String, named name: String) throws(SigningError) {
    guard let documents = try? PEMDocument.parseMultiple(pemString: pem) else {
      throw SigningError(.trust, file: name, "this is not a PEM text: the root's certificate is needed here")
    }
    var certificates: [Certificate] = []
    for document in documents where document.discriminator == "CERTIFICATE" {
      certificates.append(try SignerCertificate(der: document.derBytes, named: name).x509)
    }
    guard !certificates.isEmpty else { throw SigningError(.trust, file: name, "there is no certificate in it") }
    roots = CertificateStore(certificates)
  }

  /// Whether a chain from the first certificate over the others ends at one of the roots, and all count at `date`.
  func trust(_ chain: [SignerCertificate], at date: Date) async -> Bool {
    guard let leaf = chain.first else { return false }
    var verifier = Verifier(rootCertificates: roots) {
      RFC5280Policy(fixedExpiryValidationTime: date)
      KnownUsages()
    }
    let result = await verifier.validate(
      leaf: leaf.x509, intermediates: CertificateStore(chain.dropFirst().map(\.x509)))
    if case .validCertificate = result { return true }
    return false
  }

  /// Usages of keys are checked with the signer's certificate: marking them critical is no reason to refuse.
  private struct KnownUsages: VerifierPolicy {
    let verifyingCriticalExtensions: [ASN1ObjectIdentifier] = [.X509ExtensionID.extendedKeyUsage]

    func chainMeetsPolicyRequirements(chain: UnverifiedCertificateChain) -> PolicyEvaluationResult {
      .meetsPolicy
    }
  }
}
