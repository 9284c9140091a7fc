import Crypto
import Files
import SwiftASN1
import X509

/// A private key with the certificates that say whose it is.
///
/// Only Ed25519: its signatures depend on the key and the signed bytes alone, so that an image that is rendered again
/// becomes the same file. ECDSA and RSA-PSS draw random numbers.
package struct SigningKey: Sendable {
  private let key: Certificate.PrivateKey
  /// The signer's certificate, then those of its issuers without the root, DER.
  let chain: [[UInt8]]
  package let certificate: SignerCertificate

  /// The key and certificates of a PEM text: one PKCS #8 private key, the signer's certificate, and its issuers' in order.
  ///
  /// - Parameter name: what the text comes from, for errors, which never quote it.
  /// - Throws: ``SigningError`` if it holds anything else, or a certificate that C2PA's validators refuse.
  package init(pem: String, named name: String) throws(SigningError) {
    func refuse(_ problem: String) -> SigningError { SigningError(.key, file: name, problem) }
    guard let documents = try? PEMDocument.parseMultiple(pemString: pem), !documents.isEmpty else {
      throw refuse("this is not a signing key: a PEM text with a private key and its certificates is needed here")
    }
    let keys = documents.filter { $0.discriminator.hasSuffix("PRIVATE KEY") }
    guard keys.count == 1 else {
      throw refuse(
        "there are \(keys.count) private keys instead of one: 'emofarm keys create' makes what is needed here")
    }
    guard !keys[0].discriminator.hasPrefix("ENCRYPTED") else {
      throw refuse(
        "the private key is encrypted: decrypt it with openssl pkcs8, and keep it where only the farm reads it")
    }
    guard let key = try? Certificate.PrivateKey(pemDocument: keys[0]) else {
      throw refuse("the private key cannot be read: an Ed25519 key as PKCS #8 is needed here")
    }
    guard Curve25519.Signing.PublicKey(key.publicKey) != nil else {
      throw refuse(
        "the private key is for \(key.publicKey): only Ed25519 signs the same image with the same bytes each time")
    }
    var chain: [SignerCertificate] = []
    for document in documents where document.discriminator == "CERTIFICATE" {
      chain.append(try SignerCertificate(der: document.derBytes, named: name))
    }
    guard let leaf = chain.first else { throw refuse("the private key has no certificate beside it") }
    guard leaf.x509.publicKey == key.publicKey else {
      throw refuse("the first certificate, of \(leaf.name), is not of the private key beside it")
    }
    if let problem = leaf.profileProblem { throw refuse("the certificate of \(leaf.name) \(problem)") }
    self.key = key
    certificate = leaf
    self.chain = chain.filter { !$0.isRoot }.map(\.der)
  }

  /// The key that the setting `signing_key` names: the path of a PEM file, or its text, which programs that hand secrets
  /// over put into the environment.
  ///
  /// - Throws: ``SigningError``, which never quotes the text.
  package init(setting: String) throws(SigningError) {
    guard !setting.contains("-----BEGIN") else {
      self = try Self(pem: setting, named: "the setting signing_key")
      return
    }
    guard setting.hasPrefix("/") else {
      // What is neither may be a key in another form.
      throw SigningError(
        .key, "the setting signing_key (EMOFARM_SIGNING_KEY) is neither the absolute path of a PEM file nor a PEM text")
    }
    let bytes: [UInt8]
    do throws(FileError) {
      bytes = try File.read(setting, atMost: 1 << 20)
    } catch {
      throw SigningError(.key, file: setting, "the signing key \(error.message)", underlying: error)
    }
    self = try Self(pem: String(decoding: bytes, as: UTF8.self), named: setting)
  }

  /// 64 bytes, the same for the same bytes.
  func signature(over bytes: [UInt8]) throws(SigningError) -> [UInt8] {
    do {
      return try key.sign(bytes: bytes, signatureAlgorithm: .ed25519).rawRepresentation
    } catch {
      throw SigningError(.key, "the key cannot sign", underlying: error)
    }
  }
}

extension SigningKey: CustomStringConvertible {
  /// The certificate's words: the private key is never printed.
  package var description: String { certificate.name }
}
