import Crypto
import Files
package import Foundation
import SwiftASN1
import X509

/// A signing key with a certificate by a root of the operator's own.
package struct NewKey: Sendable {
  /// How long a new root is valid, in years.
  package static let rootYears = 30

  /// The private key with its certificate, PEM: what signs.
  package let signer: String
  /// The root's private key with its certificate, PEM, which later keys can be made with; kept offline.
  package let rootKey: String
  /// The root's certificate, PEM: what others trust.
  package let root: String

  /// - Parameters:
  ///   - organization: what validators show as the signer.
  ///   - name: the certificate's common name.
  ///   - years: how long the certificate is valid, and with it every image that it signs.
  ///   - now: certificates count from the beginning of this day, UTC.
  ///   - root: the private key and certificate of an existing root, PEM, and its name in errors; nil for a new one.
  /// - Throws: ``SigningError`` if the root cannot be used.
  package init(
    organization: String, name: String, years: Int, now: Date = Date(), root: (pem: String, name: String)? = nil
  ) throws {
    let start = Date(timeIntervalSince1970: (now.timeIntervalSince1970 / Self.day).rounded(.down) * Self.day)
    let issuer = try root.map { try Issuer(pem: $0.pem, named: $0.name) } ?? Issuer(organization, start)
    let end = start.addingTimeInterval(Double(years) * Self.year)
    guard end <= issuer.certificate.notValidAfter else {
      throw SigningError(
        .key, file: root?.name,
        "the root is valid until \(SignerCertificate.day(issuer.certificate.notValidAfter)), sooner than the key would be: "
          + "ask for fewer years, or make a new root")
    }
    let key = Certificate.PrivateKey(Curve25519.Signing.PrivateKey())
    let certificate = try Certificate(
      version: .v3, serialNumber: Certificate.SerialNumber(), publicKey: key.publicKey, notValidBefore: start,
      notValidAfter: end, issuer: issuer.certificate.subject, subject: Self.subject(organization, name),
      extensions: Certificate.Extensions {
        Critical(BasicConstraints.notCertificateAuthority)
        Critical(KeyUsage(digitalSignature: true))
        try ExtendedKeyUsage([.emailProtection])
        SubjectKeyIdentifier(hash: key.publicKey)
        AuthorityKeyIdentifier(keyIdentifier: issuer.keyIdentifier)
      }, issuerPrivateKey: issuer.key)
    signer = try key.serializeAsPEM().pemString + "\n" + certificate.serializeAsPEM().pemString + "\n"
    self.root = try issuer.certificate.serializeAsPEM().pemString + "\n"
    rootKey = try issuer.key.serializeAsPEM().pemString + "\n" + self.root
  }

  private static let day = 86400.0
  private static let year = 365.25 * day

  private static func subject(_ organization: String, _ name: String) throws -> DistinguishedName {
    try DistinguishedName {
      OrganizationName(organization)
      CommonName(name)
    }
  }

  /// A root: its key and its own certificate.
  private struct Issuer {
    let key: Certificate.PrivateKey
    let certificate: Certificate

    var keyIdentifier: ArraySlice<UInt8> {
      (try? certificate.extensions.subjectKeyIdentifier)?.keyIdentifier
        ?? SubjectKeyIdentifier(hash: certificate.publicKey).keyIdentifier
    }

    init(_ organization: String, _ start: Date) throws {
      key = Certificate.PrivateKey(Curve25519.Signing.PrivateKey())
      let (subject, publicKey) = (try NewKey.subject(organization, "\(organization) root"), key.publicKey)
      certificate = try Certificate(
        version: .v3, serialNumber: Certificate.SerialNumber(), publicKey: publicKey, notValidBefore: start,
        notValidAfter: start.addingTimeInterval(Double(NewKey.rootYears) * NewKey.year), issuer: subject,
        subject: subject,
        extensions: Certificate.Extensions {
          Critical(BasicConstraints.isCertificateAuthority(maxPathLength: 1))
          Critical(KeyUsage(keyCertSign: true, cRLSign: true))
          SubjectKeyIdentifier(hash: publicKey)
        }, issuerPrivateKey: key)
    }

    init(pem: String, named name: String) throws(SigningError) {
      func refuse(_ problem: String) -> SigningError { SigningError(.key, file: name, problem) }
      guard let documents = try? PEMDocument.parseMultiple(pemString: pem),
        let secret = documents.first(where: { $0.discriminator == "PRIVATE KEY" }),
        let own = documents.first(where: { $0.discriminator == "CERTIFICATE" })
      else { throw refuse("this is not a root with its key: name the root-key.pem that 'emofarm keys create' made") }
      guard let key = try? Certificate.PrivateKey(pemDocument: secret),
        let certificate = try? Certificate(pemDocument: own), certificate.publicKey == key.publicKey
      else { throw refuse("the root's key and certificate cannot be read or do not belong together") }
      guard case .isCertificateAuthority? = try? certificate.extensions.basicConstraints else {
        throw refuse("the certificate is no certificate authority's: name the root-key.pem, not the signing key")
      }
      (self.key, self.certificate) = (key, certificate)
    }
  }
}
