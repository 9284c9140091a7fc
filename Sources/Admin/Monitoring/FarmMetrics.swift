package import Farm
package import Monitoring

/// A farm's measures as Prometheus scrapes them.
package enum FarmMetrics {
  /// - Parameter version: the program's, for `emofarm_build_info`.
  package static func families(_ measures: FarmMeasures, version: String) -> [MetricFamily] {
    queue(measures, version) + workers(measures) + database(measures.database)
  }

  private static func queue(_ measures: FarmMeasures, _ version: String) -> [MetricFamily] {
    [
      MetricFamily.build(version: version),
      .gauge("emofarm_jobs", "Jobs by state.", by: "state", named(measures.jobs, JobState.allCases)),
      .gauge("emofarm_batches", "Batches by state.", by: "state", named(measures.batches, BatchState.allCases)),
      .gauge(
        "emofarm_images", "Accepted images by dominant emotion; none for plain text.", by: "emotion",
        measures.images.mapValues { Double($0) }),
      .gauge(
        "emofarm_oldest_queued_timestamp_seconds", "When the job became due that waits longest for a worker.",
        measures.oldestQueued),
    ]
  }

  private static func workers(_ measures: FarmMeasures) -> [MetricFamily] {
    [
      .gauge(
        "emofarm_workers", "Registered workers by state.", by: "state",
        named(measures.workers, [.active, .draining])),
      .gauge("emofarm_workers_held", "Workers that claim no jobs and say why.", Double(measures.heldWorkers)),
      .gauge(
        "emofarm_workers_free_bytes", "Free space of the fullest disk that a worker reported.",
        measures.freeBytes.map { Double($0) }),
    ]
  }

  private static func database(_ measures: DatabaseMeasures) -> [MetricFamily] {
    [
      .gauge("emofarm_database_size_bytes", "Size of the database.", Double(measures.bytes)),
      .gauge("emofarm_database_connections", "Connections of clients to the server.", Double(measures.connections)),
      .gauge("emofarm_database_connections_limit", "The server's max_connections.", Double(measures.connectionLimit)),
      .gauge(
        "emofarm_database_oldest_snapshot_seconds", "Age of the oldest transaction that keeps dead rows alive.",
        measures.oldestSnapshot),
      .gauge(
        "emofarm_database_oldest_idle_transaction_seconds", "Age of the oldest transaction that waits for its client.",
        measures.oldestIdle),
      .gauge("emofarm_database_waiting_sessions", "Sessions that wait for a lock.", Double(measures.waiting)),
      .gauge(
        "emofarm_database_live_rows", "Live rows, as the server estimates.", by: "table",
        measures.liveRows.mapValues { Double($0) }),
      .gauge(
        "emofarm_database_dead_rows", "Dead rows, as the server estimates.", by: "table",
        measures.deadRows.mapValues { Double($0) }),
    ]
  }

  /// Every state has a sample: a series that appears with its first job has no rate.
  private static func named<State: RawRepresentable & Hashable>(_ counts: [State: Int], _ states: [State])
    -> [String: Double] where State.RawValue == String
  {
    Dictionary(uniqueKeysWithValues: states.map { ($0.rawValue, Double(counts[$0] ?? 0)) })
  }
}
