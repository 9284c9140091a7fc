package import Postgres

/// The location of the farm and a machine's part in it.
///
/// A description of the settings never contains the database's password.
package struct FarmSettings: Hashable, Sendable {
  /// The data folder.
  package var home: String
  /// Where images are stored.
  package var store: StoreLocation
  /// A libpq connection URL; nil selects the embedded database.
  package var databaseURL: String?
  /// Accept a remote database whose certificate is not verified.
  package var allowInsecureDatabase: Bool
  /// Whether a connection pooler stands before the database.
  package var pooling: Pooling
  /// Workers stop claiming if the data folder's volume has fewer free bytes.
  package var minimumFreeBytes: Int64
  /// Bytes that a machine's copies of models from the store may take.
  package var modelCacheBytes: Int64
  /// How long a worker may hold a job without proving progress.
  package var leaseSeconds: Int
  /// Threads of the engine; 0 uses all cores.
  package var threads: Int
  /// Whether workers recompute intermediate results instead of keeping them in memory.
  package var savesMemory: Bool
  /// What this machine's workers offer to batches that require it; sorted.
  package var labels: [String]
  package var logFormat: LogFormat
  /// Where a worker serves its metrics and health, as HOST:PORT; nil if it does not.
  package var metrics: String?
  /// The registered model used by batches that name none.
  package var model: String
  package var retention: RetentionLimits
  /// What signs images: the path of a PEM file, or its text; nil if this machine signs none.
  package var signingKey: String?

  package init(
    home: String, store: StoreLocation? = nil, databaseURL: String? = nil, allowInsecureDatabase: Bool = false,
    pooling: Pooling = .auto, minimumFreeBytes: Int64 = 1 << 30, modelCacheBytes: Int64 = 64 << 30,
    leaseSeconds: Int = 120, threads: Int = 0,
    savesMemory: Bool = false, labels: [String] = [], logFormat: LogFormat = .human, metrics: String? = nil,
    model: String = "tiny",
    retention: RetentionLimits = RetentionLimits.standard, signingKey: String? = nil
  ) {
    self.home = home
    self.store = store ?? .home(home)
    self.databaseURL = databaseURL
    self.allowInsecureDatabase = allowInsecureDatabase
    self.pooling = pooling
    self.minimumFreeBytes = minimumFreeBytes
    self.modelCacheBytes = modelCacheBytes
    self.leaseSeconds = leaseSeconds
    self.threads = threads
    self.savesMemory = savesMemory
    self.labels = labels
    self.logFormat = logFormat
    self.metrics = metrics
    self.model = model
    self.retention = retention
    self.signingKey = signingKey
  }

  package var lease: Duration { .seconds(leaseSeconds) }
}

extension FarmSettings: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
  package var description: String {
    let database = databaseURL == nil ? "embedded" : "configured"
    return "home \(home), database \(database), lease \(leaseSeconds) s, threads \(threads), model \(model)"
  }

  package var debugDescription: String { description }
  package var customMirror: Mirror { Mirror(self, children: ["settings": description]) }
}

/// The format of the daemon's log lines.
package enum LogFormat: String, CaseIterable, Codable, Hashable, Sendable {
  case human, json
}
