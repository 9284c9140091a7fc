import Imaging
import Postgres
import Vocabulary

/// The statements on `jobs` and their `attempts`.
///
/// Locks are always taken in the order batch, job, cell, so that no deadlock can occur. A claim never waits, because it
/// skips locked rows.
enum JobSQL {
  // The claim: the function `claim_jobs` of migration 0009, whose steps a session plans once.
  //
  // Batches first, jobs second. Open batches are visited by priority, then by user (`users_by_share`), then by the number of
  // workers that serve them (so that a small batch need not wait for a large one), then by age. Each in turn is searched
  // for its first due job through `jobs_ready (batch_id, run_at, id)`. The LIMIT stops at the first batch that has one.
  //
  // The cost depends neither on the number of open batches, nor on that of waiting jobs, nor on the queue's history:
  // - Only as many batches have running jobs as there are such jobs, and the process asks for them every one to three
  //   seconds (``ClaimMemory``). All other batches of a user and priority come in the order of the index `batches_open`,
  //   and only as far as the LIMIT asks. Then come the counted ones. One step in the index finds the next user.
  // - Jobs leave a batch from its front, and a job that returns is due later than those that were claimed before. The
  //   dead index entries of claimed jobs, which an old snapshot keeps from being removed, lie in front of the first
  //   ready job: the search begins where this process found a job before.
  // A stale count or position costs order for a while, never a job: see ``ClaimMemory``.
  //
  // Measured with 1,000,000 dead rows and a pinned snapshot, 8 at once: 653 ms from the front, 4.1 ms from a position.
  // Alternatives that lost:
  // - one statement with all of this: its plan depends on the arrays, and planning takes 2 ms for each claim;
  // - counting running jobs in the claim: dead entries of `jobs_running`, 170 ms each time;
  // - ORDER BY over all open batches where the planner may sort: 20 ms with 10,000 of them;
  // - one index over all ready jobs by priority: pausing or cancelling a batch or changing its priority would have to
  //   rewrite all its jobs, or each claim would have to step over them;
  // - FOR UPDATE without SKIP LOCKED: claimers wait for each other's commits;
  // - advisory locks per job: they outlive the deciding transaction, and nothing ties them to the row's state;
  // - SERIALIZABLE: also correct, but concurrent claimers abort each other.
  //
  // The claim's random number costs eight bytes of a row. A worker whose registration was lost in a restore claims
  // nothing, nor does one that an operator has told to pause or to drain: its row is read once for the statement.
  static func claim(
    worker: WorkerKey, number: Int64, lease: Duration, limit: Int, models: [String]?, countsCaps: Bool = false,
    knowing view: ClaimMemory.View
  ) -> SQL {
    """
    WITH claimed AS (
      SELECT * FROM claim_jobs(
        \(worker.id), \(worker.registration), \(number), \(SQL.interval(lease)), \(limit)::integer, \(orNull: models)::text[],
        \(countsCaps), \(view.busy), \(view.running), \(view.batches), \(view.runAt), \(view.jobs),
        \(view.floors.map { Int64($0.key.priority) })::smallint[], \(view.floors.map(\.key.user)),
        \(view.floors.map(\.value)))
    )
    \(describe)
    """
  }

  /// The condition that `w` is this worker, registered, and can do the jobs of the batch `b`.
  private static func mayTake(_ worker: WorkerKey) -> SQL {
    "w.id = \(worker.id) AND w.registration = \(worker.registration) AND \(WorkerSQL.canDo)"
  }

  /// The number of running jobs of each batch that has any, as somebody counted them lately: see migration 0015.
  static let runningByBatch: SQL = "SELECT batch_id, running FROM running_jobs()"

  /// The condition on a row of `jobs` that a claim still holds.
  ///
  /// The state is compared as text, so that the planner finds the row by its primary key: `jobs_running` looks smaller to
  /// it, but an old snapshot fills that index with the dead entries of all jobs that ever ran.
  static func isHeld(_ handle: JobHandle) -> SQL {
    """
    jobs.id = \(handle.job) AND jobs.batch_id = \(handle.batch) AND jobs.token = \(handle.token)
      AND jobs.claim = \(handle.claim) AND jobs.state::text = 'running'
    """
  }

  /// The columns that a worker receives for the rows `claimed` of `jobs`.
  ///
  /// `images` is read only for a job that has some: a plan that was made while the table was empty reads all of it.
  private static let describe: SQL = """
    SELECT c.id, c.batch_id, c.token, c.claim, c.attempt, c.first_index, c.count, c.lease_expires_at,
      (extract(epoch FROM c.run_at) * 1000000)::bigint AS run_at,
      b.priority, b.user_name, b.seed, b.spec_digest, b.max_attempts, b.model_digest, m.name AS model, m.folder,
      m.\(ModelSQL.variant) AS variant,
      CASE WHEN c.count = 0 THEN b.spec::text END AS training, b.classifiers, b.classifiers_folder,
      b.images AS batch_images, b.accept::text AS accept, CASE WHEN b.accept IS NOT NULL THEN ARRAY(
        SELECT r.idx::bigint FROM rejects r
        WHERE r.batch_id = c.batch_id AND r.idx BETWEEN c.first_index AND c.first_index + c.count - 1 ORDER BY r.idx
      ) ELSE '{}' END AS rejected,
      x.subject::text AS subject, x.settings::text AS settings,
      ARRAY(
        SELECT i FROM generate_series(c.first_index, c.first_index + c.count - 1) i
        WHERE c.images_done = 0 OR NOT EXISTS (SELECT FROM images WHERE batch_id = c.batch_id AND idx = i) ORDER BY i
      ) AS missing
    FROM claimed c JOIN batches b ON b.id = c.batch_id LEFT JOIN models m ON m.id = b.model_id
      LEFT JOIN cells x ON x.batch_id = c.batch_id AND x.ordinal = c.cell
    ORDER BY c.id
    """

  /// The jobs that a worker holds according to the database but does not know of: the answers to its claims were lost.
  static func held(worker: WorkerKey, except jobs: [Int64]) -> SQL {
    """
    WITH claimed AS (
      SELECT * FROM jobs WHERE state = 'running' AND worker_id = \(worker.id) AND id <> ALL(\(jobs))
        AND \(WorkerSQL.isRegistered(worker))
    )
    \(describe)
    """
  }

  /// Renews the lease. A crash of the server may lose the last renewals: the lease ends a second earlier.
  static func heartbeat(_ handle: JobHandle, lease: Duration, _ progress: JobProgress?) -> SQL {
    """
    UPDATE jobs SET lease_expires_at = statement_timestamp() + \(SQL.interval(lease)),
      heartbeat_at = statement_timestamp(),
      current_index = coalesce(\(orNull: progress?.index), current_index), step = coalesce(\(orNull: progress?.step), step),
      steps = coalesce(\(orNull: progress?.steps), steps)
    WHERE \(isHeld(handle))
    RETURNING (SELECT state FROM batches WHERE id = jobs.batch_id) AS batch_state,
      set_config('synchronous_commit', 'off', true)
    """
  }

  /// Inserts an image under the token and renews the lease, or changes nothing.
  ///
  /// The image must be what the batch asks for now: seed, specification, model and classifiers are compared with the
  /// batch's row, and its try with the number of its slot's rejected images. The job's counter grows by the number of
  /// inserted rows, so publishing an image twice counts once.
  static func publish(_ handle: JobHandle, _ image: NewImage, sha256: [UInt8], rgb: [UInt8], lease: Duration) -> SQL {
    """
    WITH claimed AS MATERIALIZED (
      SELECT id, batch_id, cell, worker_id FROM jobs
      WHERE \(isHeld(handle)) AND \(image.index) BETWEEN first_index AND first_index + count - 1
      FOR NO KEY UPDATE
    ), held AS MATERIALIZED (
      SELECT c.* FROM claimed c JOIN batches b ON b.id = c.batch_id
      WHERE b.spec_digest = \(image.specSHA256) AND b.model_digest = \(image.modelDigest)
        AND \(seed(image)) = \(image.seed)
        AND \(image.trial) = CASE WHEN b.accept IS NULL THEN 0 ELSE \(rejects(of: image)) END
        AND b.classifiers IS NOT DISTINCT FROM \(orNull: image.measurement?.classifiers)
    ), added AS (
      INSERT INTO images (batch_id, idx, cell, job_id, token, worker_id, seed, sha256, rgb_sha256, bytes, actual_steps,
        engine, seconds, trial)
      SELECT batch_id, \(image.index), cell, id, \(handle.token), worker_id, \(image.seed), \(sha256), \(rgb),
        \(image.bytes), \(image.actualSteps), \(image.engine), \(image.seconds), \(image.trial)
      FROM held
      ON CONFLICT (batch_id, idx) DO NOTHING
      RETURNING batch_id, idx, cell
    )\(image.measurement.map(measured) ?? ""), renewed AS (
      UPDATE jobs SET images_done = images_done + (SELECT count(*) FROM added),
        lease_expires_at = statement_timestamp() + \(SQL.interval(lease)), heartbeat_at = statement_timestamp()
      FROM held WHERE jobs.id = held.id AND \(isHeld(handle))
    )
    SELECT (SELECT count(*) FROM claimed) AS claimed, (SELECT count(*) FROM held) AS held,
      (SELECT count(*) FROM added) AS added
    """
  }

  /// The seed that the batch `b` has for an image of a slot.
  private static func seed(_ image: NewImage) -> SQL {
    "(b.seed::numeric + \(image.index) + \(image.trial)::numeric * b.images) % 9223372036854775808"
  }

  /// The number of rejected images of an image's slot, in the batch of the row `c`.
  private static func rejects(of image: NewImage) -> SQL {
    "(SELECT count(*) FROM rejects r WHERE r.batch_id = c.batch_id AND r.idx = \(image.index))"
  }

  /// Inserts a rejected image under the token and renews the lease, or changes nothing. As ``publish(_:_:sha256:rgb:lease:)``,
  /// but only in a batch that rejects images, as the next try of a slot without an accepted one.
  static func reject(
    _ handle: JobHandle, _ image: NewImage, _ rejection: Rejection, sha256: [UInt8], rgb: [UInt8], lease: Duration
  ) -> SQL {
    """
    WITH claimed AS MATERIALIZED (
      SELECT id, batch_id, cell, worker_id FROM jobs
      WHERE \(isHeld(handle)) AND \(image.index) BETWEEN first_index AND first_index + count - 1
      FOR NO KEY UPDATE
    ), held AS MATERIALIZED (
      SELECT c.*, b.accept ->> 'on_shortage' = 'partial' AND \(image.trial) + 1 = b.tries AS gives_up
      FROM claimed c JOIN batches b ON b.id = c.batch_id
      WHERE b.spec_digest = \(image.specSHA256) AND b.model_digest = \(image.modelDigest)
        AND \(seed(image)) = \(image.seed) AND b.classifiers IS NOT DISTINCT FROM \(orNull: image.measurement?.classifiers)
        AND b.accept IS NOT NULL AND \(image.trial) < b.tries AND \(image.trial) = \(rejects(of: image))
        AND NOT EXISTS (SELECT FROM images i WHERE i.batch_id = c.batch_id AND i.idx = \(image.index))
    ), added AS (
      INSERT INTO rejects (batch_id, idx, trial, cell, job_id, token, worker_id, seed, sha256, rgb_sha256, bytes,
        actual_steps, engine, seconds, criterion, value)
      SELECT batch_id, \(image.index), \(image.trial), cell, id, \(handle.token), worker_id, \(image.seed), \(sha256),
        \(rgb), \(image.bytes), \(image.actualSteps), \(image.engine), \(image.seconds), \(rejection.criterion.rawValue),
        \(orNull: rejection.value)::real
      FROM held
      ON CONFLICT (batch_id, idx, trial) DO NOTHING
      RETURNING idx
    ), renewed AS (
      UPDATE jobs SET
        given_up = given_up + CASE WHEN held.gives_up THEN (SELECT count(*) FROM added) ELSE 0 END,
        lease_expires_at = statement_timestamp() + \(SQL.interval(lease)), heartbeat_at = statement_timestamp()
      FROM held WHERE jobs.id = held.id AND \(isHeld(handle))
    )
    SELECT (SELECT count(*) FROM claimed) AS claimed, (SELECT count(*) FROM held) AS held,
      (SELECT count(*) FROM added) AS added
    """
  }

  /// Whether this claim rejected the given image.
  static func isRejected(_ handle: JobHandle, _ image: NewImage, sha256: [UInt8]) -> SQL {
    """
    SELECT EXISTS (
      SELECT FROM rejects i JOIN attempts a ON a.batch_id = i.batch_id AND a.job_id = i.job_id AND a.token = i.token
      WHERE i.batch_id = \(handle.batch) AND i.idx = \(image.index) AND i.trial = \(image.trial)
        AND i.job_id = \(handle.job) AND i.token = \(handle.token) AND i.sha256 = \(sha256) AND a.claim = \(handle.claim)
    ) AS published
    """
  }

  /// Inserts the measurement of an image that is inserted.
  private static func measured(_ measurement: ImageMeasurement) -> SQL {
    let probabilities = measurement.emotions.map { Double($0) }
    return """
      , measured AS (
        INSERT INTO measurements (batch_id, idx, cell, phash, content, attribute, emotion, emotions, asked, embedding)
        SELECT a.batch_id, a.idx, a.cell, \(Int64(bitPattern: measurement.hash.bits)),
          \(orNull: measurement.content.map { Double($0) })::real, \(orNull: measurement.attribute),
          \(measurement.emotion?.index ?? -1),
          \(probabilities)::real[], (\(probabilities)::real[])[array_position(\(Emotion.names)::text[], c.emotion)],
          \(measurement.embeddingBytes)
        FROM added a JOIN cells c ON c.batch_id = a.batch_id AND c.ordinal = a.cell
      )
      """
  }

  /// Whether the accepted image at this index is the given one.
  static func isPublished(_ handle: JobHandle, index: Int, sha256: [UInt8]) -> SQL {
    """
    SELECT EXISTS (
      SELECT FROM images i JOIN attempts a ON a.batch_id = i.batch_id AND a.job_id = i.job_id AND a.token = i.token
      WHERE i.batch_id = \(handle.batch) AND i.idx = \(index) AND i.job_id = \(handle.job)
        AND i.token = \(handle.token) AND i.sha256 = \(sha256) AND a.claim = \(handle.claim)
    ) AS published
    """
  }

  /// Locks a job's batch, then the job, and reads the state machines' input.
  static func lock(_ handle: JobHandle) -> SQL {
    """
    WITH owner AS MATERIALIZED (
      SELECT * FROM batches WHERE id = \(handle.batch) FOR NO KEY UPDATE
    )
    SELECT j.state, j.token, j.claim, j.attempt, j.cell, j.count, j.images_done, j.given_up, j.images_counted, j.worker_id,
      coalesce(j.lease_expires_at < statement_timestamp(), false) AS expired,
      o.images = 0 AS is_training, o.state AS batch_state, o.max_attempts, o.jobs, o.jobs_done, o.jobs_failed, o.jobs_cancelled,
      o.started_at IS NOT NULL AS started
    FROM owner o JOIN jobs j ON j.batch_id = o.id
    WHERE j.id = \(handle.job)
    FOR NO KEY UPDATE OF j
    """
  }

  /// The batch indices of a job that have no image.
  static func missing(_ handle: JobHandle) -> SQL {
    """
    SELECT i FROM jobs j, generate_series(j.first_index, j.first_index + j.count - 1) i
    WHERE j.id = \(handle.job) AND NOT EXISTS (SELECT FROM images WHERE batch_id = j.batch_id AND idx = i) ORDER BY i
    """
  }

  /// Notes that the host of the worker that holds the job could not run it; runs under the locks of ``lock(_:)``.
  static func blameHost(_ handle: JobHandle) -> SQL {
    """
    UPDATE jobs SET failing_hosts = ARRAY(
      SELECT DISTINCT h FROM unnest(failing_hosts || (SELECT host FROM workers WHERE workers.id = jobs.worker_id)) h
      WHERE h IS NOT NULL ORDER BY h)
    WHERE \(isHeld(handle))
    RETURNING cardinality(failing_hosts) AS hosts
    """
  }

  /// Completes a job whose images are published, without a lock on its batch, if the batch is running and another job of
  /// it is ready: then this completion cannot end the batch. Otherwise changes nothing.
  ///
  /// These are the decisions of ``JobMachine`` and ``BatchMachine`` for a completed job that is not the last one. If the
  /// other job ends at the same time, so that each sees the other one open, the batch ends with the next ``fold``.
  ///
  /// A crash of the server may lose the completion, as it may lose a claim: the images are there, so the job is done when
  /// its lease ends, without another rendering and without an attempt.
  /// - Parameter position: no ready job is expected in front of it; only an optimisation, as in a claim.
  static func complete(_ handle: JobHandle, behind position: ClaimMemory.Place?) -> SQL {
    """
    WITH held AS MATERIALIZED (
      SELECT id, cell, images_done - images_counted AS images FROM jobs
      WHERE \(isHeld(handle)) AND images_done + given_up = count AND count > 0
        AND EXISTS (SELECT FROM batches WHERE id = \(handle.batch) AND state = 'running')
        AND EXISTS (
          SELECT FROM (
            SELECT FROM jobs other WHERE other.batch_id = \(handle.batch) AND other.state = 'ready'
              AND (other.run_at, other.id) >= (
                coalesce('epoch'::timestamptz + \(orNull: position?.runAt) * interval '1 microsecond', '-infinity'),
                \(position?.id ?? 0))
            ORDER BY other.run_at, other.id LIMIT 1
          ) first)
      FOR NO KEY UPDATE
    ), job AS (
      UPDATE jobs SET state = 'done', worker_id = NULL, lease_expires_at = NULL, current_index = NULL, step = NULL,
        steps = NULL, images_counted = images_done
      FROM held WHERE jobs.id = held.id AND \(isHeld(handle))
    ), history AS (
      UPDATE attempts SET ended_at = statement_timestamp(), outcome = 'completed', images = (SELECT images FROM held)
      WHERE batch_id = \(handle.batch) AND job_id = \(handle.job) AND token = \(handle.token)
        AND claim = \(handle.claim) AND EXISTS (SELECT FROM held)
    ), tally AS (
      INSERT INTO tallies (batch_id, cell, jobs_done, images) SELECT \(handle.batch), cell, 1, images FROM held
    )
    SELECT count(*) AS completed, set_config('synchronous_commit', 'off', true) FROM held
    """
  }

  /// Takes a running job from its worker, and adds its images and the tallies of the batch to the counters of cells.
  ///
  /// Runs under the locks of ``lock(_:)``; every statement on the job still names the token.
  static func leave(_ handle: JobHandle, _ change: JobMachine.Change, cell: Int, images: Int, error: String?) -> SQL {
    """
    WITH job AS (
      UPDATE jobs SET state = \(change.state.rawValue)::job_state, attempt = \(change.attempt),
        run_at = statement_timestamp() + \(SQL.interval(change.delay)), worker_id = NULL, lease_expires_at = NULL,
        current_index = NULL, step = NULL, steps = NULL, images_counted = images_done
      WHERE \(isHeld(handle))
      RETURNING id
    ), history AS (
      UPDATE attempts SET ended_at = statement_timestamp(), outcome = \(change.outcome.rawValue)::attempt_outcome,
        images = \(images), error = \(orNull: error)
      WHERE batch_id = \(handle.batch) AND job_id IN (SELECT id FROM job) AND token = \(handle.token)
        AND claim = \(handle.claim)
    ), \(TallySQL.folding(handle.batch, and: "SELECT \(cell), 0, \(images) FROM job"))
    SELECT jobs_done AS folded_jobs, images AS folded_images FROM folded
    """
  }

  /// How this token's hold on the job ended. It resolves an ambiguous commit.
  static func outcome(_ handle: JobHandle) -> SQL {
    """
    SELECT a.outcome, j.state, j.token, b.state AS batch_state
    FROM attempts a JOIN jobs j ON j.id = a.job_id JOIN batches b ON b.id = a.batch_id
    WHERE a.batch_id = \(handle.batch) AND a.job_id = \(handle.job) AND a.token = \(handle.token)
      AND a.claim = \(handle.claim)
    """
  }

  static func expired(limit: Int) -> SQL {
    """
    SELECT batch_id, id, token, claim FROM jobs
    WHERE state = 'running' AND lease_expires_at < statement_timestamp()
    ORDER BY batch_id, id LIMIT \(limit)
    """
  }

  /// When the next job is due that this worker can do and no cap keeps back, and whose caps keep jobs back.
  static func next(worker: WorkerKey) -> SQL {
    """
    SELECT min(run_at) FILTER (WHERE NOT host_full AND NOT user_full) AS next,
      min(host) FILTER (WHERE host_full AND run_at <= statement_timestamp()) AS full_host,
      coalesce(array_agg(DISTINCT user_name) FILTER (WHERE user_full AND run_at <= statement_timestamp()), '{}')
        AS full_users
    FROM (
      SELECT due.run_at, w.host, b.user_name, \(CapSQL.hostIsFull) AS host_full, \(CapSQL.userIsFull) AS user_full
      FROM batches b JOIN workers w ON \(mayTake(worker)) CROSS JOIN LATERAL (
        SELECT run_at FROM jobs WHERE batch_id = b.id AND state = 'ready' ORDER BY run_at LIMIT 1
      ) due
      WHERE b.state IN ('queued', 'running')
    ) open
    """
  }

  /// The jobs that other workers hold and this one could take once their leases have ended. `seconds` is the rest of the
  /// lease by the database's clock.
  static func leases(except worker: WorkerKey) -> SQL {
    """
    SELECT j.batch_id, j.id, j.token, j.claim, extract(epoch FROM j.lease_expires_at)::double precision AS ends,
      extract(epoch FROM j.lease_expires_at - statement_timestamp())::double precision AS seconds
    FROM batches b JOIN workers w ON \(mayTake(worker)) JOIN jobs j ON j.batch_id = b.id
    WHERE b.state IN ('queued', 'running') AND j.state = 'running' AND j.worker_id <> w.id
    ORDER BY j.id LIMIT 1000
    """
  }

  /// Cancels the jobs that no worker holds; runs under the lock of the batch.
  static func cancelReady(batch: Int64) -> SQL {
    "UPDATE jobs SET state = 'cancelled' WHERE batch_id = \(batch) AND state = 'ready'"
  }

  /// Makes stopped jobs ready again and resets their attempts; runs under the lock of the batch.
  static func retry(batch: Int64, cancelled: Bool) -> SQL {
    """
    WITH again AS MATERIALIZED (
      SELECT id, state FROM jobs
      WHERE batch_id = \(batch) AND state IN ('failed', 'cancelled') AND (state = 'failed' OR \(cancelled))
      FOR NO KEY UPDATE
    ), changed AS (
      UPDATE jobs SET state = 'ready', attempt = 0, run_at = statement_timestamp(), failing_hosts = NULL
      FROM again WHERE jobs.id = again.id
      RETURNING again.state
    )
    SELECT count(*) FILTER (WHERE state = 'failed') AS failed, count(*) FILTER (WHERE state = 'cancelled') AS cancelled
    FROM changed
    """
  }
}
