-- What an image must be to count, and the images that are not.

-- The criteria, the seeds of each slot (an index of the batch) and what becomes of slots without an image; NULL accepts
-- every image. The slot's try number k has the seed batch seed + index + k · images.
ALTER TABLE batches ADD COLUMN accept jsonb;
ALTER TABLE batches ADD COLUMN tries smallint NOT NULL DEFAULT 1 CHECK (tries BETWEEN 1 AND 20);

-- Which of its slot's tries an accepted image is.
ALTER TABLE images ADD COLUMN trial smallint NOT NULL DEFAULT 0 CHECK (trial BETWEEN 0 AND 19);

-- Slots whose every try was rejected, in a batch that may end without them.
ALTER TABLE jobs ADD COLUMN given_up smallint NOT NULL DEFAULT 0;
ALTER TABLE jobs DROP CONSTRAINT jobs_check4;
ALTER TABLE jobs ADD CONSTRAINT jobs_settled CHECK (state <> 'done' OR images_done + given_up = count);
ALTER TABLE jobs ADD CONSTRAINT jobs_given_up CHECK (given_up BETWEEN 0 AND count - images_done);

-- A rejected image: its file stays, too.
CREATE TABLE rejects (
  batch_id bigint NOT NULL REFERENCES batches ON DELETE CASCADE,
  job_id bigint NOT NULL,
  token bigint NOT NULL,
  worker_id bigint NOT NULL,
  seed bigint NOT NULL CHECK (seed >= 0),
  created_at timestamptz NOT NULL DEFAULT now(),
  idx integer NOT NULL CHECK (idx >= 0),
  cell integer NOT NULL,
  bytes integer NOT NULL CHECK (bytes > 0),
  seconds real NOT NULL,
  -- What was measured of the criterion; NULL if it has no number.
  value real,
  trial smallint NOT NULL CHECK (trial BETWEEN 0 AND 19),
  actual_steps smallint NOT NULL,
  sha256 bytea NOT NULL CHECK (octet_length(sha256) = 32),
  rgb_sha256 bytea NOT NULL CHECK (octet_length(rgb_sha256) = 32),
  engine text NOT NULL,
  criterion text NOT NULL CHECK (criterion IN ('not_blank', 'emotion_probability', 'content', 'decodes', 'no_duplicate')),
  PRIMARY KEY (batch_id, idx, trial)
);

CREATE INDEX rejects_file ON rejects (sha256);

-- Takes back the accepted images of a batch that are near-duplicates of others: they become rejected ones, and their jobs
-- are ready again for those of their slots that have tries left. It runs at the end of a batch, under the lock of its row,
-- with the rights of its owner: it deletes images and opens closed jobs, which no worker may do otherwise, so it does so
-- only in a batch that asks for it and whose every job is done. Returns the images and the jobs.
CREATE FUNCTION reject_duplicates(of_batch bigint, indices bigint[], likenesses double precision[])
RETURNS TABLE (images bigint, jobs bigint) LANGUAGE sql VOLATILE SECURITY DEFINER AS $$
  WITH owner AS MATERIALIZED (
    SELECT b.tries, b.accept ->> 'on_shortage' = 'partial' AS partial FROM batches b
    WHERE b.id = of_batch AND b.accept ? 'no_duplicate'
      AND NOT EXISTS (SELECT FROM jobs j WHERE j.batch_id = of_batch AND j.state <> 'done')
  ), taken AS (
    DELETE FROM images i USING owner, unnest(indices, likenesses) AS f(idx, likeness)
    WHERE i.batch_id = of_batch AND i.idx = f.idx
    RETURNING i.*, f.likeness, owner.partial AND i.trial + 1 = owner.tries AS gives_up
  ), unmeasured AS (
    DELETE FROM measurements m USING taken t WHERE m.batch_id = of_batch AND m.idx = t.idx
  ), kept AS (
    INSERT INTO rejects (batch_id, idx, trial, cell, job_id, token, worker_id, seed, sha256, rgb_sha256, bytes, actual_steps,
      engine, seconds, criterion, value)
    SELECT batch_id, idx, trial, cell, job_id, token, worker_id, seed, sha256, rgb_sha256, bytes, actual_steps, engine,
      seconds, 'no_duplicate', likeness FROM taken
  ), lost AS (
    SELECT job_id, count(*) AS images, count(*) FILTER (WHERE gives_up) AS given_up FROM taken GROUP BY job_id
  ), opened AS (
    UPDATE jobs j SET images_done = j.images_done - l.images, images_counted = j.images_counted - l.images,
      given_up = j.given_up + l.given_up,
      state = CASE WHEN l.given_up < l.images THEN 'ready' ELSE j.state END,
      attempt = CASE WHEN l.given_up < l.images THEN 0 ELSE j.attempt END, run_at = statement_timestamp()
    FROM lost l WHERE j.id = l.job_id
    RETURNING j.state
  ), tallied AS (
    INSERT INTO tallies (batch_id, cell, jobs_done, images) SELECT of_batch, cell, 0, -count(*) FROM taken GROUP BY cell
  ), result AS (
    SELECT (SELECT count(*) FROM taken) AS images, (SELECT count(*) FROM opened WHERE state = 'ready') AS jobs
  ), told AS (
    INSERT INTO events (level, kind, batch_id, detail)
    SELECT 'info', 'batch.duplicates', of_batch, jsonb_build_object('images', images::text, 'jobs', jobs::text)
    FROM result WHERE images > 0
  )
  SELECT images, jobs FROM result
$$;

DO $$
BEGIN
  EXECUTE format('ALTER FUNCTION reject_duplicates(bigint, bigint[], double precision[]) SET search_path = %I, pg_temp',
    current_schema());
END
$$;
