import Postgres
import Vocabulary

extension AuditCheck {
  /// Promises 2, 3, 9 and 10: published images.
  static let images: [AuditCheck] = [
    AuditCheck(2, "image.unclaimed", "an image was accepted under a token that no claim issued") { batch in
      """
      SELECT 'image ' || i.idx || ' of batch ' || i.batch_id || ': job ' || i.job_id || ', token ' || i.token AS row
      FROM images i LEFT JOIN attempts a ON a.batch_id = i.batch_id AND a.job_id = i.job_id AND a.token = i.token
        JOIN batches b ON b.id = i.batch_id
      WHERE a.token IS NULL AND \(scope("i.batch_id", batch))
        AND (b.attempts_pruned_at IS NULL OR i.created_at > b.attempts_pruned_at)
      """
    },
    // A publish locks the job's row, so it cannot follow the transaction that ended the attempt. The minute allows for
    // a database clock that was set back.
    AuditCheck(2, "image.late", "an image was accepted after its attempt had ended") { batch in
      """
      SELECT 'image ' || i.idx || ' of batch ' || i.batch_id || ': attempt ended at ' || a.ended_at AS row
      FROM images i JOIN attempts a ON a.batch_id = i.batch_id AND a.job_id = i.job_id AND a.token = i.token
      WHERE i.created_at > a.ended_at + interval '1 minute' AND \(scope("i.batch_id", batch))
      """
    },
    AuditCheck(2, "image.foreign", "an image lies outside the range, cell or batch of its job") { batch in
      """
      SELECT 'image ' || i.idx || ' of batch ' || i.batch_id || ': job ' || i.job_id AS row
      FROM images i LEFT JOIN jobs j ON j.id = i.job_id
      WHERE \(scope("i.batch_id", batch)) AND (j.id IS NULL OR j.batch_id <> i.batch_id OR j.cell <> i.cell
        OR i.idx NOT BETWEEN j.first_index AND j.first_index + j.count - 1)
      """
    },
    AuditCheck(2, "image.unmeasured", "an image of a batch that measures has no measurement, or a measurement no image")
    {
      batch in
      """
      SELECT 'image ' || coalesce(i.idx, m.idx) || ' of batch ' || b.id || ': '
        || CASE WHEN i.idx IS NULL THEN 'a measurement without an image' ELSE 'no measurement' END AS row
      FROM images i FULL JOIN measurements m ON m.batch_id = i.batch_id AND m.idx = i.idx
        JOIN batches b ON b.id = coalesce(i.batch_id, m.batch_id)
      WHERE b.classifiers IS NOT NULL AND \(scope("b.id", batch)) AND (i.idx IS NULL OR m.idx IS NULL)
      UNION ALL
      SELECT 'image ' || m.idx || ' of batch ' || b.id || ': measured, which its batch does not ask for'
      FROM measurements m JOIN batches b ON b.id = m.batch_id
      WHERE b.classifiers IS NULL AND \(scope("b.id", batch))
      """
    },
    AuditCheck(10, "image.try", "an image is not the first that was accepted of its index's tries") { batch in
      """
      SELECT 'image ' || i.idx || ' of batch ' || i.batch_id || ': try ' || i.trial + 1 || ' after '
        || count(r.idx) || ' rejected ones' AS row
      FROM images i LEFT JOIN rejects r ON r.batch_id = i.batch_id AND r.idx = i.idx
      WHERE \(scope("i.batch_id", batch)) GROUP BY i.batch_id, i.idx, i.trial HAVING count(r.idx) <> i.trial
      UNION ALL
      SELECT 'image ' || r.idx || ' of batch ' || r.batch_id || ': ' || count(*) || ' rejected ones up to try '
        || max(r.trial) + 1 || ' of ' || b.tries
      FROM rejects r JOIN batches b ON b.id = r.batch_id
      WHERE \(scope("r.batch_id", batch)) GROUP BY r.batch_id, r.idx, b.tries, b.accept
      HAVING count(*) <> max(r.trial) + 1 OR count(*) > b.tries OR b.accept IS NULL
      """
    },
    AuditCheck(3, "job.short", "a job gave up other images than those whose every try was rejected") { batch in
      """
      SELECT 'job ' || j.id || ' of batch ' || j.batch_id || ': gave up ' || j.given_up || ', not '
        || coalesce(r.images, 0) AS row
      FROM jobs j JOIN batches b ON b.id = j.batch_id LEFT JOIN (
        SELECT r.job_id, count(*) AS images FROM rejects r JOIN batches b ON b.id = r.batch_id
        WHERE r.trial + 1 = b.tries AND b.accept ->> 'on_shortage' = 'partial' AND \(scope("r.batch_id", batch))
        GROUP BY r.job_id
      ) r ON r.job_id = j.id
      WHERE j.given_up <> coalesce(r.images, 0) AND \(scope("j.batch_id", batch))
      """
    },
    AuditCheck(10, "measurement.wrong", "a measurement's probabilities contradict each other") { batch in
      """
      SELECT 'image ' || m.idx || ' of batch ' || m.batch_id || ': emotion ' || m.emotion || ' of ' || m.emotions::text
        || coalesce(', asked ' || m.asked, '') AS row
      FROM measurements m LEFT JOIN cells c ON c.batch_id = m.batch_id AND c.ordinal = m.cell
        CROSS JOIN LATERAL (SELECT sum(p) AS sum, max(p) AS best FROM unnest(m.emotions) p) s
      WHERE \(scope("m.batch_id", batch))
        AND NOT coalesce(abs(s.sum - 1) < 0.001 AND m.emotions[m.emotion + 1] = s.best
          AND m.asked IS NOT DISTINCT FROM m.emotions[array_position(\(Emotion.names)::text[], c.emotion)], false)
      """
    },
    AuditCheck(3, "job.incomplete", "a job is done although images of its range are missing") { batch in
      """
      SELECT 'job ' || j.id || ' of batch ' || j.batch_id || ': ' || coalesce(i.images, 0) || ' of ' || j.count AS row
      FROM jobs j LEFT JOIN (\(imagesByJob(batch))) i ON i.job_id = j.id
      WHERE j.state = 'done' AND coalesce(i.images, 0) + j.given_up <> j.count AND \(scope("j.batch_id", batch))
      """
    },
    AuditCheck(9, "image.engine", "an image names no engine kind, or one that differs from its worker's") { batch in
      """
      SELECT 'image ' || i.idx || ' of batch ' || i.batch_id || ': ' || i.engine AS row
      FROM images i LEFT JOIN workers w ON w.id = i.worker_id CROSS JOIN farm f
      WHERE (i.engine = '' OR w.engine <> i.engine OR w.id IS NULL AND i.worker_id > f.workers_pruned_to) AND \(scope("i.batch_id", batch))
      """
    },
    AuditCheck(
      9, "image.irreproducible", "one engine kind rendered different pixels from the same seed, settings and model",
      isDeep: true
    ) { _ in
      """
      SELECT 'seed ' || i.seed || ', ' || c.subject || ': batches ' || string_agg(DISTINCT i.batch_id::text, ', ') AS row
      FROM images i JOIN batches b ON b.id = i.batch_id
        JOIN cells c ON c.batch_id = i.batch_id AND c.ordinal = i.cell
      GROUP BY b.model_digest, c.subject, c.settings, i.seed, i.engine
      HAVING count(DISTINCT i.rgb_sha256) > 1
      """
    },
    AuditCheck(9, "repair.differs", "one engine kind rendered an image again with other pixels") { batch in
      """
      SELECT 'image ' || i.idx || ' of batch ' || i.batch_id || ', repaired at ' || r.asked_at AS row
      FROM repairs r JOIN images i ON i.batch_id = r.batch_id AND i.idx = r.idx
      WHERE r.fault <> 'untrue' AND i.engine = r.engine AND i.rgb_sha256 <> r.rgb_sha256
        AND \(scope("r.batch_id", batch))
      """
    },
    AuditCheck(10, "image.seed", "an image's seed is not the one that its batch has for its index and try") { batch in
      """
      SELECT 'image ' || i.idx || ' of batch ' || i.batch_id || ': seed ' || i.seed AS row
      FROM images i JOIN batches b ON b.id = i.batch_id
      WHERE i.seed <> (b.seed::numeric + i.idx + i.trial::numeric * b.images) % 9223372036854775808
        AND \(scope("i.batch_id", batch))
      UNION ALL
      SELECT 'try ' || r.trial + 1 || ' of image ' || r.idx || ' of batch ' || r.batch_id || ': seed ' || r.seed
      FROM rejects r JOIN batches b ON b.id = r.batch_id
      WHERE r.seed <> (b.seed::numeric + r.idx + r.trial::numeric * b.images) % 9223372036854775808
        AND \(scope("r.batch_id", batch))
      """
    },
    AuditCheck(10, "image.steps", "an image records a number of steps that its settings cannot produce") { batch in
      """
      SELECT 'image ' || i.idx || ' of batch ' || i.batch_id || ': ' || i.actual_steps || ' steps of '
        || (c.settings ->> 'steps') AS row
      FROM images i JOIN cells c ON c.batch_id = i.batch_id AND c.ordinal = i.cell
      WHERE i.actual_steps NOT BETWEEN 1 AND (c.settings ->> 'steps')::integer + 1 AND \(scope("i.batch_id", batch))
      """
    },
    AuditCheck(10, "batch.seed", "a batch's seed differs from its specification") { batch in
      """
      SELECT 'batch ' || id || ': ' || seed || ', specified ' || (spec ->> 'seed') AS row FROM batches
      WHERE seed <> (spec ->> 'seed')::numeric AND \(scope("id", batch))
      """
    },
  ]

  /// Images joined with the job that accepted them.
  static func imagesByJob(_ batch: Int64?) -> SQL {
    "SELECT job_id, count(*) AS images FROM images WHERE \(scope("batch_id", batch)) GROUP BY job_id"
  }
}
