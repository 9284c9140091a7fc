package import Signing

extension SignatureReport {
  /// The report as JSON.
  package var json: JSONDocument {
    [
      "state": JSONDocument(word), "problem": JSONDocument(problem) { JSONDocument($0) },
      "signer": JSONDocument(signer) { JSONDocument($0) }, "algorithm": JSONDocument(algorithm) { JSONDocument($0) },
      "certificate": JSONDocument(fingerprint) { JSONDocument($0) },
      "valid_until": JSONDocument(validUntil) { JSONDocument($0) },
      "generator": JSONDocument(generator) { JSONDocument($0) },
    ]
  }
}
