/// How an S3 store is reached. Credentials are not part of it: see ``CredentialChain``.
package struct S3Options: Hashable, Sendable {
  /// Where the bucket's name stands in a request's address.
  package enum Addressing: String, CaseIterable, Hashable, Sendable {
    /// `https://host/bucket/key`: what most servers other than Amazon's expect.
    case path
    /// `https://bucket.host/key`.
    case host
  }

  /// `https://host:port`; nil for Amazon's own in the region.
  package var endpoint: String?
  package var region: String?
  /// nil chooses `host` for Amazon and `path` for any other endpoint.
  package var addressing: Addressing?
  /// A PEM file of certificates to trust beside the system's.
  package var certificateFile: String?
  /// The file of credentials; nil for the usual one.
  package var credentialsFile: String?
  /// The section of the credentials file.
  package var profile: String?
  /// Requests in flight at the same time, from this process.
  package var parallelism: Int
  /// How long a request is repeated while the store is away before the caller learns of it.
  package var patience: Duration

  package init(
    endpoint: String? = nil, region: String? = nil, addressing: Addressing? = nil, certificateFile: String? = nil,
    credentialsFile: String? = nil, profile: String? = nil, parallelism: Int = 16, patience: Duration = .seconds(15)
  ) {
    self.endpoint = endpoint
    self.region = region
    self.addressing = addressing
    self.certificateFile = certificateFile
    self.credentialsFile = credentialsFile
    self.profile = profile
    self.parallelism = max(1, parallelism)
    self.patience = patience
  }
}
