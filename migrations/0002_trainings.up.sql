-- Trainings as jobs of the farm: a batch without images whose one job, without images too, is the training. It has no
-- cells and no registered model; its specification says which folders it reads and writes.

ALTER TABLE batches
  ALTER COLUMN model_id DROP NOT NULL,
  ALTER COLUMN model_digest DROP NOT NULL,
  DROP CONSTRAINT batches_images_check,
  ADD CONSTRAINT batches_images_check CHECK (images >= 0),
  ADD CONSTRAINT batches_kind_check CHECK (
    (images > 0) = (model_id IS NOT NULL) AND (images > 0) = (model_digest IS NOT NULL) AND (images > 0 OR jobs = 1)
  );

ALTER TABLE jobs
  DROP CONSTRAINT jobs_count_check,
  ADD CONSTRAINT jobs_count_check CHECK (count BETWEEN 0 AND 64);

-- How far a training has come: changed with every heartbeat of the worker that holds its job, under the job's token.
CREATE TABLE trainings (
  batch_id bigint PRIMARY KEY REFERENCES batches ON DELETE CASCADE,
  steps integer NOT NULL CHECK (steps > 0),
  step integer NOT NULL DEFAULT 0 CHECK (step BETWEEN 0 AND steps),
  loss double precision,
  -- NULL while no worker trains.
  steps_per_second double precision
) WITH (fillfactor = 50);
