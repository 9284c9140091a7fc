extension TableRights {
  /// The farm's tables: the one place where a new table or column gets its rights. `RoleTests` compares it with the
  /// schema and with every statement of the farm.
  ///
  /// Who a session is, is its login (`session_user`), which it cannot choose: batches, workers and events record it.
  /// Workers may keep the farm's books (counters, expired leases, old history) for everybody; nothing else of another's.
  static let farm: [TableRights] = [
    TableRights("emofarm_migrations"),
    TableRights(
      "farm",
      [
        .worker: [.update(["store_marked_at", "workers_pruned_to"])],
        .admin: [.update(["store_marked_at", "workers_pruned_to"])],
      ]),
    TableRights(
      "models",
      [
        .admin: [
          .insert(["name", "folder", "digest", "multiple", "files", "defaults"]),
          .update(["folder", "digest", "multiple", "files", "defaults", "registered_at"]), .delete(),
        ]
      ]),
    TableRights(
      "batches",
      [
        .producer: [
          .insert(newBatch), .update(batchState + ["priority"], of: ownBatch), .delete(of: ownBatch),
        ],
        // Which changes of the state are a worker's is checked by the trigger `batches_steered`.
        .worker: [.update(batchState + ["attempts_pruned_at"])],
        .admin: [.insert(newBatch), .update(batchState + ["priority", "attempts_pruned_at"]), .delete()],
      ]),
    TableRights(
      "cells",
      [
        .producer: [.insert(newCell, check: ofOwnBatch), .update(["images_done"], of: ofOwnBatch)],
        .worker: [.update(["images_done"])],
        .admin: [.insert(newCell), .update(["images_done"])],
      ]),
    TableRights(
      "jobs",
      [
        .producer: [
          .insert(newJob, check: ofOwnBatch),
          .update(["state", "attempt", "run_at", "failing_hosts"], of: ofOwnBatch),
        ],
        .worker: [
          .update(
            jobState, of: "state <> 'running' OR lease_expires_at < statement_timestamp() OR \(ofOwnWorker)",
            check: "worker_id IS NULL OR \(ofOwnWorker)")
        ],
        .admin: [.insert(newJob), .update(jobState)],
      ]),
    TableRights(
      "tallies",
      [
        .producer: [.delete(of: ofOwnBatch)],
        .worker: [.insert(newTally), .delete()],
        .admin: [.insert(newTally), .delete()],
      ]),
    TableRights(
      "attempts",
      [
        .worker: [
          .insert(newAttempt, check: ofOwnWorker),
          .update(
            endedAttempt, of: "\(ofOwnWorker) OR \(expiredAttempt) OR \(yesterday("ended_at"))",
            check: "outcome IS NOT NULL AND (\(ofOwnWorker) OR outcome IN ('expired', 'cancelled', 'completed'))"),
          .delete(of: yesterday("ended_at")),
        ],
        .admin: [.update(endedAttempt), .delete()],
      ]),
    TableRights(
      "images",
      [
        .worker: [.insert(newImage, check: ofHeldJob("images"))],
        .admin: [.delete()],
      ]),
    TableRights(
      "rejects",
      [
        .worker: [.insert(newReject, check: ofHeldJob("rejects"))],
        .admin: [.insert(newReject, check: "criterion = 'by_hand'")],
      ]),
    TableRights(
      "measurements",
      [
        .worker: [.insert(newMeasurement, check: ofHeldRange)],
        .admin: [.delete()],
      ]),
    TableRights(
      "trainings",
      [
        .producer: [.insert(["batch_id", "steps"], check: ofOwnBatch)],
        .worker: [.update(["step", "loss", "steps_per_second"])],
        .admin: [.insert(["batch_id", "steps"]), .update(["step", "loss", "steps_per_second"])],
      ]),
    TableRights(
      "workers",
      [
        .worker: [
          .insert(
            ["host", "pid", "engine", "version", "threads", "precisions", "labels", "registration"] + workerRequest),
          .update(
            workerState,
            of:
              "login = session_user OR heartbeat_at < statement_timestamp() - interval '4 minutes' OR \(yesterday("ended_at"))",
            check: "login = session_user OR state = 'lost'"),
          .delete(of: yesterday("ended_at")),
        ],
        // Only an admin directs workers; a worker that registers again takes along what it was asked.
        .admin: [.update(workerState + workerRequest), .delete()],
      ]),
    TableRights(
      "events",
      [
        .producer: [.insert(newEvent, check: producedEvent)],
        // Old events are locked before they are removed; none is changed.
        .worker: [
          .insert(newEvent, check: workedEvent), .update(["level"], of: yesterday("at"), check: "false"),
          .delete(of: yesterday("at")),
        ],
        .admin: [.insert(newEvent), .update(["level"], check: "false"), .delete()],
      ]),
    TableRights("users", [.admin: [.insert(["name", "weight", "cap"]), .update(["weight", "cap"])]]),
    TableRights("hosts", [.admin: [.insert(["name", "cap"]), .update(["cap"]), .delete()]]),
    TableRights("running_counts", [.worker: [.insert(["counted_at", "took", "batches", "jobs"]), .delete()]]),
    TableRights(
      "artifact_marks",
      [.admin: [.insert(["sha256", "bytes"]), .update(["bytes"]), .delete()]]),
    TableRights(
      "repairs",
      [.admin: [.insert(["batch_id", "idx", "fault", "sha256", "rgb_sha256", "engine"])]]),
  ]
}

extension TableRights {
  /// The sequences that statements name, and who draws numbers from them.
  static let sequences: [(name: String, roles: [FarmRole])] = [("claim_turns", [.worker])]

  /// The functions that statements call, and who may. They run with the rights of the caller, except `reject_duplicates`,
  /// which checks itself that the batch asks for it.
  static let functions: [(name: String, roles: [FarmRole])] = [
    ("claim_jobs", [.worker]), ("running_jobs", [.worker]), ("users_by_share", [.worker]), ("full_users", [.reader]),
    ("full_hosts", [.reader]),
    ("reject_duplicates", [.worker, .admin]),
  ]
}

// The columns that each right concerns. What is in no list is set by its default alone: `login`, above all.
extension TableRights {
  private static let newBatch = [
    "key", "name", "spec", "spec_digest", "model_id", "model_digest", "seed", "chunk", "max_attempts", "priority",
    "images", "jobs", "precisions", "labels", "classifiers", "classifiers_folder", "accept",
    "tries", "user_name",
  ]
  private static let batchState = [
    "state", "images_done", "jobs_done", "jobs_failed", "jobs_cancelled", "started_at", "finished_at",
  ]
  private static let newCell = ["batch_id", "ordinal", "emotion", "subject", "settings", "first_index", "count"]
  private static let newJob = ["batch_id", "cell", "first_index", "count"]
  private static let jobState = [
    "state", "token", "claim", "attempt", "worker_id", "lease_expires_at", "heartbeat_at", "current_index", "step",
    "steps", "images_done", "images_counted", "run_at", "failing_hosts", "given_up",
  ]
  private static let newTally = ["batch_id", "cell", "jobs_done", "images"]
  private static let newAttempt = ["batch_id", "job_id", "token", "claim", "worker_id", "number"]
  private static let endedAttempt = ["ended_at", "outcome", "images", "error"]
  private static let newImage = [
    "batch_id", "idx", "cell", "job_id", "token", "worker_id", "seed", "sha256", "rgb_sha256", "bytes", "actual_steps",
    "engine", "seconds", "trial",
  ]
  private static let newReject = newImage + ["criterion", "value"]
  private static let newMeasurement = [
    "batch_id", "idx", "cell", "phash", "content", "attribute", "emotion", "emotions", "asked", "embedding",
  ]
  private static let workerState = [
    "state", "heartbeat_at", "job_id", "free_bytes", "note", "suspended_at", "ended_at",
  ]
  private static let workerRequest = ["request", "requested_at", "requested_by"]
  private static let newEvent = ["level", "kind", "batch_id", "job_id", "worker_id", "detail"]
}

// The conditions on rows. `batch_id IN (…)` depends on no row and is evaluated once for a statement: an enqueueing
// inserts a hundred thousand jobs. A worker's statements concern one row, for which one look-up is enough.
extension TableRights {
  private static let ownBatch = "login = session_user"
  private static let ofOwnBatch = "batch_id IN (SELECT b.id FROM batches b WHERE b.login = session_user)"
  private static let ofOwnWorker =
    "EXISTS (SELECT FROM workers w WHERE w.id = worker_id AND w.login = session_user)"

  private static func yesterday(_ column: String) -> String {
    "\(column) < statement_timestamp() - interval '1 day'"
  }

  /// An attempt of another's worker whose lease has ended.
  private static let expiredAttempt = """
    EXISTS (SELECT FROM jobs j WHERE j.id = attempts.job_id AND j.token = attempts.token AND j.lease_expires_at < statement_timestamp())
    """

  /// A row of an image of a job that one of the login's workers holds.
  private static func ofHeldJob(_ table: String) -> String {
    """
    EXISTS (SELECT FROM jobs j JOIN workers w ON w.id = j.worker_id
      WHERE j.id = \(table).job_id AND j.batch_id = \(table).batch_id AND j.token = \(table).token AND j.state = 'running'
        AND j.worker_id = \(table).worker_id AND w.login = session_user)
    """
  }

  /// A measurement in the range of a job that one of the login's workers holds: the image's own row, which the same
  /// statement inserts, cannot be seen yet. The range is looked up by its beginning.
  private static let ofHeldRange = """
    EXISTS (SELECT FROM jobs j JOIN workers w ON w.id = j.worker_id
      WHERE j.id = (SELECT r.id FROM jobs r WHERE r.batch_id = measurements.batch_id AND r.first_index <= measurements.idx
          ORDER BY r.first_index DESC LIMIT 1)
        AND measurements.idx < j.first_index + j.count AND j.cell = measurements.cell AND j.state = 'running'
        AND w.login = session_user)
    """

  private static let producedEvent = """
    worker_id IS NULL AND job_id IS NULL AND (batch_id IS NULL AND kind = 'batch.deleted'
      OR kind LIKE 'batch.%' AND \(ofOwnBatch))
    """

  /// What a worker reports of itself, of jobs that it holds or took back, and of the farm's books.
  private static let workedEvent = """
    CASE
      WHEN kind = 'batch.finished' THEN worker_id IS NULL
        AND EXISTS (SELECT FROM batches b WHERE b.id = batch_id AND b.finished_at IS NOT NULL)
      WHEN kind = 'retention' THEN batch_id IS NULL AND job_id IS NULL AND worker_id IS NULL
      WHEN kind = 'worker.lost' THEN EXISTS (SELECT FROM workers w WHERE w.id = worker_id AND w.state = 'lost')
      WHEN kind IN ('job.expired', 'job.quarantined') AND EXISTS (
        SELECT FROM attempts a WHERE a.batch_id = events.batch_id AND a.job_id = events.job_id
          AND a.worker_id = events.worker_id AND a.outcome = 'expired') THEN true
      WHEN kind LIKE 'worker.%' OR kind LIKE 'job.%' THEN \(ofOwnWorker)
      ELSE false
    END
    """
}
