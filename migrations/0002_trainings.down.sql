DELETE FROM batches WHERE images = 0;
DROP TABLE trainings;
ALTER TABLE jobs
  DROP CONSTRAINT jobs_count_check,
  ADD CONSTRAINT jobs_count_check CHECK (count BETWEEN 1 AND 64);
ALTER TABLE batches
  DROP CONSTRAINT batches_kind_check,
  DROP CONSTRAINT batches_images_check,
  ADD CONSTRAINT batches_images_check CHECK (images > 0),
  ALTER COLUMN model_digest SET NOT NULL,
  ALTER COLUMN model_id SET NOT NULL;
