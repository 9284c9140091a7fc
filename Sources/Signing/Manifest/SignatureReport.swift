/// What a file's signature is worth.
package struct SignatureReport: Sendable, Equatable {
  package enum State: Sendable, Equatable {
    /// Everything that is signed is as it was signed; who signed is only what the certificate itself says.
    case valid
    /// Valid, and one of the given roots says who signed.
    case trusted
    /// The file, its manifest or its signature is not as it was signed, or cannot be checked.
    /// - Parameter reason: a clause, which names what differs first.
    case broken(reason: String)
  }

  package let state: State
  /// The organization and common name of the signer's certificate; nil if it cannot be read.
  package let signer: String?
  /// SHA-256 of the signer's certificate, lower-case hexadecimal.
  package let fingerprint: String?
  /// The signature's algorithm, as C2PA writes it.
  package let algorithm: String?
  /// The day until which the signature counts, such as 2036-11-29, UTC.
  package let validUntil: String?
  /// The program that made the claim, with its version.
  package let generator: String?

  /// Why the signature does not hold; nil if it does.
  package var problem: String? {
    guard case .broken(let reason) = state else { return nil }
    return reason
  }

  /// One word: `valid`, `trusted` or `broken`.
  package var word: String {
    switch state {
    case .valid: "valid"
    case .trusted: "trusted"
    case .broken: "broken"
    }
  }
}

extension SignatureReport: CustomStringConvertible {
  /// One clause: the state, the signer, and why a signature does not hold.
  package var description: String {
    switch state {
    case .broken(let reason): "its signature is broken: \(reason)"
    case .valid, .trusted:
      "signed by \(signer ?? "an unknown signer"), \(word), until \(validUntil ?? "an unknown day")"
    }
  }
}
