ALTER TABLE workers DROP COLUMN request, DROP COLUMN requested_at, DROP COLUMN requested_by;
ALTER TABLE workers DROP COLUMN labels;
ALTER TABLE batches DROP COLUMN labels;
DROP INDEX batches_open;
ALTER TABLE batches DROP COLUMN user_name;
CREATE INDEX batches_open ON batches ((-priority), id) WHERE state IN ('queued', 'running');
DROP TABLE hosts;
DROP SEQUENCE claim_turns;
DROP TABLE users;
