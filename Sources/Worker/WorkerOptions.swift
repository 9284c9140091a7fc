package import Farm
package import Signing

/// A worker's options.
package struct WorkerOptions: Sendable {
  /// Shown in the registry of workers.
  package var name: String
  /// Recorded in the registry, for example "0.1.0".
  package var version: String
  /// The data folder.
  package var home: String
  package var lease: Duration
  /// Number of models to keep loaded.
  package var modelCache: Int
  /// Bytes that copies of models from the store may take in the data folder.
  package var modelCacheBytes: Int64
  /// With less free space, the worker claims no jobs.
  package var minimumFreeBytes: Int64
  /// Whether to exit when no job is ready, instead of waiting for one.
  package var endsWhenEmpty: Bool
  package var threads: Int
  /// What this host offers to batches that require it; sorted.
  package var labels: [String]
  /// What the worker removes from the database once an hour.
  package var retention: RetentionLimits
  /// Signs the images of batches that ask for it; nil if this host has no key.
  package var signer: ImageSigner?

  package init(
    name: String, version: String, home: String, lease: Duration, modelCache: Int, minimumFreeBytes: Int64,
    endsWhenEmpty: Bool, threads: Int, modelCacheBytes: Int64 = 64 << 30, labels: [String] = [],
    retention: RetentionLimits = .standard, signer: ImageSigner? = nil
  ) {
    self.name = name
    self.version = version
    self.home = home
    self.lease = lease
    self.modelCache = modelCache
    self.modelCacheBytes = modelCacheBytes
    self.minimumFreeBytes = minimumFreeBytes
    self.endsWhenEmpty = endsWhenEmpty
    self.threads = threads
    self.labels = labels
    self.retention = retention
    self.signer = signer
  }
}
