import Postgres
import Specifications
import Vocabulary

/// The statements on `batches` and their `cells`.
enum BatchSQL {
  static func insert(
    _ plan: BatchPlan, spec: JSONText, accept: JSONText?, digest: [UInt8], model: RegisteredModel, user: String?
  ) -> SQL {
    """
    INSERT INTO batches (key, name, spec, spec_digest, model_id, model_digest, seed, chunk, max_attempts, priority,
      images, jobs, precisions, labels, classifiers, classifiers_folder,
      accept, tries, user_name)
    VALUES (\(orNull: plan.spec.key), \(plan.spec.name), \(spec), \(digest), \(model.id), \(model.digest), \(plan.spec.seed),
      \(plan.spec.chunk), \(plan.spec.maxAttempts), \(plan.spec.priority), \(plan.images), \(plan.jobs), \(plan.precisions.map(\.rawValue)),
      \(plan.spec.require), \(orNull: plan.spec.measure?.sha256), \(orNull: plan.spec.measure?.path),
      \(orNull: accept), \(plan.spec.acceptance?.tries ?? 1), coalesce(\(orNull: user)::text, session_user))
    ON CONFLICT (key) DO NOTHING
    RETURNING id
    """
  }

  static func byKey(_ key: String) -> SQL {
    "SELECT id, spec::text AS spec, spec_digest, images, jobs FROM batches WHERE key = \(key)"
  }

  /// Inserts all cells in one statement, from one parameter.
  static func insertCells(batch: Int64, _ cells: JSONText) -> SQL {
    """
    INSERT INTO cells (batch_id, ordinal, emotion, subject, settings, first_index, count)
    SELECT \(batch), ordinal, emotion, subject, settings, first_index, count
    FROM jsonb_to_recordset(\(cells))
      AS cell(ordinal integer, emotion text, subject jsonb, settings jsonb, first_index integer, count integer)
    """
  }

  /// Inserts the jobs of all cells in one statement.
  ///
  /// The first chunk of every cell comes first, then every second chunk, and so on. Claims in this order fill all cells
  /// evenly, so that an unfinished batch is balanced.
  static func insertJobs(batch: Int64, chunk: Int) -> SQL {
    """
    INSERT INTO jobs (batch_id, cell, first_index, count)
    SELECT \(batch), c.ordinal, c.first_index + k * \(chunk), least(\(chunk), c.count - k * \(chunk))
    FROM cells c CROSS JOIN LATERAL generate_series(0, (c.count - 1) / \(chunk)) k
    WHERE c.batch_id = \(batch)
    ORDER BY k, c.ordinal
    """
  }

  static func find(id: Int64) -> SQL { "SELECT id FROM batches WHERE id = \(id)" }

  static func find(key: String) -> SQL { "SELECT id FROM batches WHERE key = \(key)" }

  static func origin(_ id: Int64) -> SQL {
    """
    SELECT key, encode(spec_digest, 'hex') AS spec_sha256,
      to_char(created_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') AS created,
      current_database()::text AS database, current_schema()::text AS schema
    FROM batches WHERE id = \(id)
    """
  }

  static let server: SQL = "SELECT system_identifier::text AS server FROM pg_control_system()"

  /// Locks a batch and reads what ``BatchMachine`` needs.
  static func lock(_ id: Int64) -> SQL {
    """
    SELECT state AS batch_state, jobs, jobs_done, jobs_failed, jobs_cancelled, started_at IS NOT NULL AS started
    FROM batches WHERE id = \(id) FOR NO KEY UPDATE
    """
  }

  /// Who enqueued a batch, and who asks.
  static func login(_ id: Int64) -> SQL {
    "SELECT login::text AS login, session_user::text AS own FROM batches WHERE id = \(id)"
  }

  /// Commits the machine's decision and adds `images` to the counter.
  static func commit(_ id: Int64, _ machine: BatchMachine, images: Int = 0, starts: Bool = false) -> SQL {
    """
    UPDATE batches SET state = \(machine.state.rawValue)::batch_state, jobs_done = \(machine.done),
      jobs_failed = \(machine.failed), jobs_cancelled = \(machine.cancelled), images_done = images_done + \(images),
      started_at = CASE WHEN \(starts) THEN coalesce(started_at, statement_timestamp()) ELSE started_at END,
      finished_at = CASE WHEN \(machine.state.isFinished) THEN coalesce(finished_at, statement_timestamp()) END
    WHERE id = \(id)
    """
  }

  static func setPriority(_ id: Int64, _ priority: Int) -> SQL {
    "UPDATE batches SET priority = \(priority) WHERE id = \(id) AND priority <> \(priority)"
  }

  static func countImages(_ id: Int64) -> SQL {
    "SELECT count(*) AS images FROM images WHERE batch_id = \(id)"
  }

  static func delete(_ id: Int64) -> SQL {
    "DELETE FROM batches WHERE id = \(id)"
  }

  /// Exact in every snapshot: the counters, the tallies that they do not contain yet, and the counts of the few running
  /// jobs.
  static func status(where condition: SQL, limit: Int) -> SQL {
    """
    SELECT b.id, b.key, b.name, m.name AS model, b.seed, b.priority, b.chunk, b.max_attempts, b.state, b.images, b.jobs,
      b.images_done + r.images + y.images AS images_done, r.running, b.jobs_done + y.jobs_done AS jobs_done, b.jobs_failed, b.jobs_cancelled,
      b.created_at, b.started_at, b.finished_at, b.spec #>> '{training,stage}' AS stage,
      b.spec #>> '{training,out}' AS out, t.steps, t.step, t.loss, t.steps_per_second,
      b.user_name, b.classifiers, b.accept::text AS accept, b.precisions, b.labels, ARRAY(
        SELECT unnest(b.precisions) EXCEPT SELECT unnest(w.precisions) FROM workers w WHERE w.ended_at IS NULL ORDER BY 1
      ) AS precisions_missing, ARRAY(
        SELECT unnest(b.labels) EXCEPT SELECT unnest(w.labels) FROM workers w WHERE w.ended_at IS NULL ORDER BY 1
      ) AS labels_missing,
      (SELECT count(*) FROM workers w WHERE \(WorkerSQL.canDo) AND \(WorkerSQL.takesJobs)) AS able_workers,
      u.cap AS user_cap, CASE WHEN u.cap IS NOT NULL THEN (\(CapSQL.running(user: "b.user_name"))) END AS user_running
    FROM batches b LEFT JOIN models m ON m.id = b.model_id LEFT JOIN trainings t ON t.batch_id = b.id
      LEFT JOIN users u ON u.name = b.user_name CROSS JOIN LATERAL (
      SELECT count(*) AS running, coalesce(sum(images_done - images_counted), 0) AS images
      FROM jobs WHERE batch_id = b.id AND state = 'running'
    ) r CROSS JOIN LATERAL (\(TallySQL.ofBatch)) y
    WHERE \(condition)
    ORDER BY b.id DESC LIMIT \(limit)
    """
  }

  /// The condition of a list: newer batches than `before` are left out.
  static func listed(states: [BatchState]?, before: Int64, onlyTrainings: Bool = false) -> SQL {
    let names = states?.map(\.rawValue)
    let kind: SQL = onlyTrainings ? " AND b.images = 0" : ""
    return "b.id < \(before) AND (\(orNull: names)::text[] IS NULL OR b.state::text = ANY(\(orNull: names)))\(kind)"
  }

  /// The cells after an ordinal.
  static func cells(_ id: Int64, after ordinal: Int = -1, limit: Int? = nil) -> SQL {
    """
    SELECT c.ordinal, c.subject::text AS subject, c.settings::text AS settings, c.first_index, c.count,
      c.images_done + coalesce(r.images, 0) AS images_done
    FROM cells c LEFT JOIN (\(uncounted(id))) r ON r.cell = c.ordinal
    WHERE c.batch_id = \(id) AND c.ordinal > \(ordinal) ORDER BY c.ordinal LIMIT \(orNull: limit)
    """
  }

  static func emotions(_ id: Int64) -> SQL {
    """
    SELECT c.emotion, sum(c.count)::bigint AS images, sum(c.images_done + coalesce(r.images, 0))::bigint AS images_done,
      coalesce(sum(f.images), 0)::bigint AS images_failed
    FROM cells c LEFT JOIN (\(uncounted(id))) r ON r.cell = c.ordinal LEFT JOIN (
      SELECT cell, sum(count - images_done) AS images FROM jobs WHERE batch_id = \(id) AND state = 'failed' GROUP BY cell
    ) f ON f.cell = c.ordinal
    WHERE c.batch_id = \(id) GROUP BY c.emotion ORDER BY min(c.ordinal)
    """
  }

  /// The images of each cell that its counter does not contain.
  private static func uncounted(_ id: Int64) -> SQL {
    """
    SELECT cell, sum(images) AS images FROM (
      SELECT cell, images_done - images_counted AS images FROM jobs WHERE batch_id = \(id) AND state = 'running'
      UNION ALL
      SELECT cell, images FROM tallies WHERE batch_id = \(id)
    ) parts GROUP BY cell
    """
  }

  static func runningJobs(_ id: Int64?) -> SQL {
    """
    SELECT j.id, j.batch_id, j.first_index, j.count, j.images_done, j.worker_id, w.host, w.pid, j.attempt,
      j.current_index, j.step, j.steps, j.lease_expires_at, j.heartbeat_at, c.emotion
    FROM jobs j LEFT JOIN cells c ON c.batch_id = j.batch_id AND c.ordinal = j.cell
      LEFT JOIN workers w ON w.id = j.worker_id
    WHERE j.state = 'running' AND (\(orNull: id)::bigint IS NULL OR j.batch_id = \(orNull: id))
    ORDER BY j.batch_id, j.id
    """
  }

  static func stoppedJobs(_ id: Int64, limit: Int) -> SQL {
    """
    SELECT j.id, j.state, j.first_index, j.count, j.images_done, j.attempt, c.emotion, ARRAY(
      SELECT 'attempt ' || a.number || ' on worker ' || a.worker_id || ': ' || coalesce(a.error, a.outcome::text)
      FROM attempts a WHERE a.batch_id = j.batch_id AND a.job_id = j.id AND a.outcome IN ('failed', 'expired')
      ORDER BY a.token
    ) AS errors
    FROM jobs j LEFT JOIN cells c ON c.batch_id = j.batch_id AND c.ordinal = j.cell
    WHERE j.batch_id = \(id) AND j.state = 'failed' ORDER BY j.id LIMIT \(limit)
    """
  }

  /// What a worker says that returns a job for no fault.
  private static let quiet = [ReleaseReason.drained, .paused, .cancelled, .toppedUp].map(\.text)

  /// Jobs that wait out the pause after a shared outage, by what their last worker said. Jobs that nobody ever claimed are
  /// not looked at.
  static func waits(_ id: Int64) -> SQL {
    """
    SELECT a.error, count(*) AS jobs
    FROM jobs j CROSS JOIN LATERAL (
      SELECT outcome, error FROM attempts WHERE batch_id = j.batch_id AND job_id = j.id ORDER BY token DESC LIMIT 1
    ) a
    WHERE j.batch_id = \(id) AND j.state = 'ready' AND j.token > 0 AND j.run_at > statement_timestamp() - interval '2 min'
      AND a.outcome = 'released' AND a.error <> ALL(\(quiet))
    GROUP BY a.error ORDER BY jobs DESC LIMIT 5
    """
  }

  /// When a batch began, and the seconds until its end or now.
  static func span(_ id: Int64) -> SQL {
    """
    SELECT date_part('epoch', started_at) AS start,
      date_part('epoch', coalesce(finished_at, statement_timestamp())) - date_part('epoch', started_at) AS seconds
    FROM batches WHERE id = \(id) AND started_at IS NOT NULL
    """
  }

  /// The images of each worker in slots of equal width from a moment on, in seconds.
  static func timeline(_ id: Int64, start: Double, width: Double) -> SQL {
    """
    SELECT t.worker_id, w.host, t.slot, t.images FROM (
      SELECT worker_id,
        floor((date_part('epoch', created_at) - \(start)::float8) / \(width)::float8)::integer AS slot, count(*) AS images
      FROM images WHERE batch_id = \(id) GROUP BY 1, 2
    ) t LEFT JOIN workers w ON w.id = t.worker_id
    """
  }

  /// The images of the most recent interval of every batch that published any.
  static func recentImagesByBatch(window: Duration) -> SQL {
    """
    SELECT i.batch_id, count(*) AS images,
      extract(epoch FROM least(\(SQL.interval(window)), statement_timestamp() - min(b.started_at)))::float8 AS seconds
    FROM images i JOIN batches b ON b.id = i.batch_id
    WHERE i.created_at > statement_timestamp() - \(SQL.interval(window)) AND b.started_at IS NOT NULL
    GROUP BY i.batch_id
    """
  }

  /// The images of the most recent interval, for computing a rate.
  static func recentImages(_ id: Int64, window: Duration) -> SQL {
    """
    SELECT count(i.batch_id) AS images,
      extract(epoch FROM least(\(SQL.interval(window)), statement_timestamp() - b.started_at)) AS seconds
    FROM batches b LEFT JOIN images i
      ON i.batch_id = b.id AND i.created_at > statement_timestamp() - \(SQL.interval(window))
    WHERE b.id = \(id) AND b.started_at IS NOT NULL GROUP BY b.id
    """
  }
}
