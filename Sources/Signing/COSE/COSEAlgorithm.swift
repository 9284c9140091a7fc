import Crypto
import CryptoExtras
import Foundation
import X509

/// The algorithms that C2PA allows for signatures of claims, by their numbers in COSE.
enum COSEAlgorithm: Int, Sendable {
  case edDSA = -8
  case es256 = -7
  case es384 = -35
  case es512 = -36
  case ps256 = -37
  case ps384 = -38
  case ps512 = -39

  /// As C2PA's documents write it.
  var name: String {
    switch self {
    case .edDSA: "Ed25519"
    case .es256: "ES256"
    case .es384: "ES384"
    case .es512: "ES512"
    case .ps256: "PS256"
    case .ps384: "PS384"
    case .ps512: "PS512"
    }
  }

  /// Whether `signature` over `bytes` was made with the private key of `key`; false also if the key is of another kind.
  func isValid(_ signature: [UInt8], over bytes: [UInt8], by key: Certificate.PublicKey) -> Bool {
    switch self {
    case .edDSA: Curve25519.Signing.PublicKey(key)?.isValidSignature(signature, for: bytes) ?? false
    case .es256: Self.isECDSA(signature, SHA256.hash(data: bytes), key)
    case .es384: Self.isECDSA(signature, SHA384.hash(data: bytes), key)
    case .es512: Self.isECDSA(signature, SHA512.hash(data: bytes), key)
    case .ps256: Self.isPSS(signature, SHA256.hash(data: bytes), key)
    case .ps384: Self.isPSS(signature, SHA384.hash(data: bytes), key)
    case .ps512: Self.isPSS(signature, SHA512.hash(data: bytes), key)
    }
  }

  /// The signature is r and s, each as long as the curve's order.
  private static func isECDSA(_ signature: [UInt8], _ digest: some Digest, _ key: Certificate.PublicKey) -> Bool {
    if let key = P256.Signing.PublicKey(key) {
      return (try? P256.Signing.ECDSASignature(rawRepresentation: signature)).map {
        key.isValidSignature($0, for: digest)
      } ?? false
    }
    if let key = P384.Signing.PublicKey(key) {
      return (try? P384.Signing.ECDSASignature(rawRepresentation: signature)).map {
        key.isValidSignature($0, for: digest)
      } ?? false
    }
    guard let key = P521.Signing.PublicKey(key),
      let signature = try? P521.Signing.ECDSASignature(rawRepresentation: signature)
    else { return false }
    return key.isValidSignature(signature, for: digest)
  }

  private static func isPSS(_ signature: [UInt8], _ digest: some Digest, _ key: Certificate.PublicKey) -> Bool {
    _RSA.Signing.PublicKey(key)?.isValidSignature(
      _RSA.Signing.RSASignature(rawRepresentation: Data(signature)), for: digest, padding: .PSS) ?? false
  }
}
