-- Who gets the workers: users with weights and caps, labels that batches require and workers have, caps of hosts, and
-- what operators ask of workers.

-- What an operator set for a user. A user without a row has weight 1 and no cap.
CREATE TABLE users (
  name text PRIMARY KEY CHECK (name <> ''),
  weight double precision NOT NULL DEFAULT 1 CHECK (weight BETWEEN 0.001 AND 1000),
  -- Running jobs at once; NULL for any number.
  cap integer CHECK (cap >= 0)
);

-- Numbers the claims: each stands at another point of the line on which users have intervals by weight.
CREATE SEQUENCE claim_turns MAXVALUE 2147483647 CYCLE;

-- Hosts, by the names of their workers, on which only so many jobs may run at once.
CREATE TABLE hosts (
  name text PRIMARY KEY CHECK (name <> ''),
  cap integer NOT NULL CHECK (cap >= 0)
);

ALTER TABLE batches ADD COLUMN user_name text NOT NULL DEFAULT session_user CHECK (user_name <> '');

-- Claims step from user to user within a priority.
DROP INDEX batches_open;
CREATE INDEX batches_open ON batches ((-priority), user_name, id) WHERE state IN ('queued', 'running');

ALTER TABLE batches ADD COLUMN labels text[] NOT NULL DEFAULT '{}';
ALTER TABLE workers ADD COLUMN labels text[] NOT NULL DEFAULT '{}';

-- What an operator asked of the worker, when, and by which role. It ends with the registration.
ALTER TABLE workers
  ADD COLUMN request text,
  ADD COLUMN requested_at timestamptz,
  ADD COLUMN requested_by text,
  ADD CONSTRAINT workers_request_check CHECK (
    request IN ('pause', 'drain') AND (request IS NULL) = (requested_at IS NULL)
    AND (request IS NULL) = (requested_by IS NULL)
  );
