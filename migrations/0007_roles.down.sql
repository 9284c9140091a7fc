DROP TRIGGER jobs_steered ON jobs;
DROP TRIGGER batches_steered ON batches;
DROP FUNCTION refuse_steering();
ALTER TABLE events DROP COLUMN login;
ALTER TABLE workers DROP COLUMN login;
ALTER TABLE batches DROP COLUMN login;
