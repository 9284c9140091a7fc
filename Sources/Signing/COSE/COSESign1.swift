import Files
import X509

/// A signature over a claim as C2PA keeps it: COSE_Sign1 (RFC 9052) with the claim as detached payload and the signer's
/// certificates in the protected header (RFC 9360).
struct COSESign1: Sendable {
  private static let tag: UInt64 = 18
  private static let algorithmLabel = CBOR.unsigned(1)
  /// The header of the certificate chain, and its name in older manifests.
  private static let chainLabels: [CBOR] = [.unsigned(33), .text("x5chain")]

  /// The protected header's encoding, which the signature covers.
  let protected: [UInt8]
  let algorithm: Int
  /// The signer's certificate, then those of its issuers, DER.
  let chain: [[UInt8]]
  let signature: [UInt8]

  /// A signature by Ed25519, whose bytes depend on the key and the claim alone.
  ///
  /// - Parameter signature: of ``toBeSigned(_:)``; 64 zeros where only the length is wanted.
  init(chain: [[UInt8]], signature: [UInt8]) {
    algorithm = COSEAlgorithm.edDSA.rawValue
    self.chain = chain
    self.signature = signature
    let certificates: CBOR = chain.count == 1 ? .bytes(chain[0]) : .array(chain.map { .bytes($0) })
    protected =
      CBOR.map([
        .init(key: Self.algorithmLabel, value: .integer(algorithm)),
        .init(key: Self.chainLabels[0], value: certificates),
      ]).encoded
  }

  var encoded: [UInt8] {
    CBOR.tagged(Self.tag, .array([.bytes(protected), .map([]), .null, .bytes(signature)])).encoded
  }

  /// The bytes that the signature is over: the Sig_structure of RFC 9052, section 4.4.
  func toBeSigned(_ claim: some Sequence<UInt8>) -> [UInt8] {
    CBOR.array([.text("Signature1"), .bytes(protected), .bytes([]), .bytes(Array(claim))]).encoded
  }

  /// - Throws: ``SigningError`` if the bytes are no COSE_Sign1 with a detached payload, an algorithm and certificates.
  init(decoding bytes: ArraySlice<UInt8>, named name: String) throws(SigningError) {
    func refuse(_ problem: String) -> SigningError { SigningError(.malformed, file: name, "the signature \(problem)") }
    guard case .tagged(Self.tag, .array(let parts)) = try CBOR(decoding: bytes, named: name), parts.count == 4,
      let protected = parts[0].bytes, case .map(let unprotected) = parts[1], let signature = parts[3].bytes
    else { throw refuse("is no COSE_Sign1") }
    guard parts[2] == .null else { throw refuse("has a payload of its own, which C2PA does not allow") }
    guard case .map(let header) = try CBOR(decoding: protected[...], named: name) else {
      throw refuse("has a protected header that is no map")
    }
    guard let algorithm = CBOR.map(header)[Self.algorithmLabel].flatMap(Self.integer) else {
      throw refuse("names no algorithm")
    }
    let chains = (header + unprotected).filter { Self.chainLabels.contains($0.key) }.map(\.value)
    guard chains.count == 1 else { throw refuse("has \(chains.count) certificate chains instead of one") }
    let certificates = (chains[0].array ?? [chains[0]]).map(\.bytes)
    guard !certificates.isEmpty, !certificates.contains(nil) else {
      throw refuse("has a certificate chain without certificates")
    }
    self.protected = protected
    self.algorithm = algorithm
    self.signature = signature
    chain = certificates.compactMap { $0 }
  }

  private static func integer(_ value: CBOR) -> Int? {
    switch value {
    case .unsigned(let value): Int(exactly: value)
    case .negative(let value): Int(exactly: value).map { -1 - $0 }
    default: nil
    }
  }
}
