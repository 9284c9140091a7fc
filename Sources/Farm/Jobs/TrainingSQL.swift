import Postgres
import Specifications

/// The statements on `trainings`: the progress of batches that consist of a training.
enum TrainingSQL {
  static func insertBatch(_ spec: BatchSpec, json: JSONText, digest: [UInt8], user: String?) -> SQL {
    """
    INSERT INTO batches (key, name, spec, spec_digest, seed, chunk, max_attempts, priority, images, jobs, labels,
      user_name)
    VALUES (\(orNull: spec.key), \(spec.name), \(json), \(digest), \(spec.seed), \(spec.chunk), \(spec.maxAttempts),
      \(spec.priority), 0, 1, \(spec.require), coalesce(\(orNull: user)::text, session_user))
    ON CONFLICT (key) DO NOTHING
    RETURNING id
    """
  }

  /// Inserts a job without images and the row for its progress.
  static func insert(batch: Int64, steps: Int) -> SQL {
    """
    WITH job AS (
      INSERT INTO jobs (batch_id, cell, first_index, count) VALUES (\(batch), 0, 0, 0)
    )
    INSERT INTO trainings (batch_id, steps) VALUES (\(batch), \(steps))
    """
  }

  /// Renews the lease and records the progress, under the token.
  static func heartbeat(_ handle: JobHandle, lease: Duration, _ progress: TrainingStep?) -> SQL {
    """
    WITH held AS (
      UPDATE jobs SET lease_expires_at = statement_timestamp() + \(SQL.interval(lease)),
        heartbeat_at = statement_timestamp()
      WHERE \(JobSQL.isHeld(handle))
      RETURNING batch_id
    ), noted AS (
      UPDATE trainings SET step = \(orNull: progress?.step), loss = \(orNull: progress?.loss),
        steps_per_second = \(orNull: progress?.stepsPerSecond)
      FROM held WHERE trainings.batch_id = held.batch_id AND \(progress != nil)
    )
    SELECT b.state AS batch_state, set_config('synchronous_commit', 'off', true) FROM held JOIN batches b ON b.id = held.batch_id
    """
  }

  /// Records that the job has left its worker; runs under the lock of the batch.
  static func leave(batch: Int64, isDone: Bool) -> SQL {
    """
    UPDATE trainings SET step = CASE WHEN \(isDone) THEN steps ELSE step END, steps_per_second = NULL
    WHERE batch_id = \(batch)
    """
  }
}
