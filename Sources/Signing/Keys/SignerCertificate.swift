import Crypto
import Files
package import Foundation
import SwiftASN1
import X509

/// An X.509 certificate as C2PA uses it: whose key signed, and until when it may.
package struct SignerCertificate: Sendable {
  let der: [UInt8]
  let x509: Certificate

  /// The organization that the certificate names, which validators show as the signer; nil if it names none.
  package let organization: String?
  package let commonName: String?

  init(der: [UInt8], named name: String) throws(SigningError) {
    do {
      x509 = try Certificate(derEncoded: der)
    } catch {
      throw SigningError(.key, file: name, "a certificate cannot be read", underlying: error)
    }
    self.der = der
    func part(_ type: ASN1ObjectIdentifier, of name: DistinguishedName) -> String? {
      name.lazy.flatMap { $0 }.first { $0.type == type }.flatMap { String($0.value) }
    }
    organization = part(.RDNAttributeType.organizationName, of: x509.subject)
    commonName = part(.RDNAttributeType.commonName, of: x509.subject)
  }

  package var notBefore: Date { x509.notValidBefore }
  package var notAfter: Date { x509.notValidAfter }

  /// SHA-256 of the certificate, lower-case hexadecimal.
  package var fingerprint: String { Hex.encode(SHA256.hash(data: der)) }

  /// The organization and the common name, in quotation marks.
  package var name: String {
    let parts = [organization, commonName].compactMap { $0 }
    return parts.isEmpty ? "'\(x509.subject)'" : "'\(parts.joined(separator: ", "))'"
  }

  /// Whether the certificate is its own issuer's.
  var isRoot: Bool { x509.issuer == x509.subject }

  /// Usages of a key that C2PA's validators accept for signatures of claims: e-mail, documents, C2PA's own, Microsoft's.
  private static let usages: [ASN1ObjectIdentifier] = [
    .ExtendedKeyUsage.emailProtection, [1, 3, 6, 1, 5, 5, 7, 3, 36], [1, 3, 6, 1, 4, 1, 62558, 2, 1],
    [1, 3, 6, 1, 4, 1, 311, 76, 59, 1, 9],
  ]

  /// Why validators would refuse the certificate as a signer's, apart from its dates; nil if they would not.
  ///
  /// Source: the C2PA specification, "X.509 Certificates", certificate profile.
  var profileProblem: String? {
    let extensions = x509.extensions
    guard x509.version == .v3 else { return "is not of version 3" }
    guard !isRoot else { return "is self-signed: a signer's certificate needs an issuer" }
    if case .isCertificateAuthority? = try? extensions.basicConstraints {
      return "is a certificate authority's, which must not sign images itself"
    }
    guard let usage = try? extensions.keyUsage, usage.digitalSignature, !usage.keyCertSign else {
      return "is not for digital signatures alone (keyUsage)"
    }
    guard let purposes = try? extensions.extendedKeyUsage else { return "names no purpose (extendedKeyUsage)" }
    let known = purposes.map { ASN1ObjectIdentifier($0) }
    guard known.contains(where: Self.usages.contains), !known.contains(.ExtendedKeyUsage.any) else {
      return "is not for e-mail, documents or C2PA claims (extendedKeyUsage)"
    }
    guard (try? extensions.authorityKeyIdentifier) != nil else { return "has no authorityKeyIdentifier" }
    return nil
  }

  /// Why the certificate does not count at `date`; nil if it does.
  func problem(at date: Date) -> String? {
    if date < notBefore { return "the certificate of \(name) is valid only from \(Self.day(notBefore))" }
    guard date > notAfter else { return nil }
    return
      "the certificate of \(name) was valid until \(Self.day(notAfter)), and no time stamp says that it signed before"
  }

  /// A date in UTC, as 2026-11-29.
  package static func day(_ date: Date) -> String {
    date.formatted(.iso8601.year().month().day())
  }
}
