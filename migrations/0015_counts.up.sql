-- How many jobs of each batch run, counted for the whole farm where counting is slow.
--
-- A count reads every running job, and the dead index entries of all that ran since an old snapshot was taken: 170 ms after
-- a million jobs. A worker whose jobs take ten seconds would count for each claim.

-- The last slow counts, of which the newest is used and the others are removed. They are made anew after a crash, so that
-- they need no log.
CREATE UNLOGGED TABLE running_counts (
  counted_at timestamptz PRIMARY KEY,
  took interval NOT NULL,
  batches bigint[] NOT NULL,
  jobs bigint[] NOT NULL
);

-- The number of running jobs of each batch that has any. A count that took longer than two milliseconds serves everybody for
-- twenty times as long, and until another is ready: counting takes the farm a twentieth of one processor at most. The newest
-- count is found at the end of the index, in front of no dead entry.
CREATE FUNCTION running_jobs() RETURNS TABLE (batch_id bigint, running bigint) LANGUAGE plpgsql VOLATILE
SET enable_seqscan = off SET enable_bitmapscan = off SET jit = off
AS $$
#variable_conflict use_column
DECLARE
  start constant timestamptz := clock_timestamp();
  latest running_counts;
BEGIN
  SELECT * INTO latest FROM running_counts ORDER BY counted_at DESC LIMIT 1;
  IF latest.counted_at IS NULL
    -- Also after a clock was set back.
    OR start NOT BETWEEN latest.counted_at AND latest.counted_at + interval '1 minute'
    OR start > latest.counted_at + 20 * latest.took
      AND pg_try_advisory_xact_lock(hashtextextended('emofarm running counts', 0))
  THEN
    SELECT coalesce(array_agg(r.batch_id), '{}'), coalesce(array_agg(r.jobs), '{}') INTO latest.batches, latest.jobs
    FROM (SELECT batch_id, count(*) AS jobs FROM jobs WHERE state = 'running' GROUP BY batch_id) r;
    latest.counted_at := clock_timestamp();
    latest.took := latest.counted_at - start;
    IF latest.took > interval '2 milliseconds' THEN
      DELETE FROM running_counts WHERE counted_at <> latest.counted_at;
      INSERT INTO running_counts (counted_at, took, batches, jobs) SELECT latest.* ON CONFLICT DO NOTHING;
    END IF;
  END IF;
  RETURN QUERY SELECT * FROM unnest(latest.batches, latest.jobs);
END
$$;
