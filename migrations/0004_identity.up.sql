-- The identity of a farm, of a claim and of a worker's registration: ids and counters repeat after a restore from a
-- backup, random numbers do not. Also what repairs and retention leave behind.

CREATE TABLE farm (
  id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  made_at timestamptz NOT NULL DEFAULT now(),
  -- When a store got the marker of this farm; from then on a store without it is refused.
  store_marked_at timestamptz,
  -- Registrations up to this id may have been removed by retention.
  workers_pruned_to bigint NOT NULL DEFAULT 0,
  is_one boolean NOT NULL DEFAULT true UNIQUE CHECK (is_one)
);

INSERT INTO farm DEFAULT VALUES;

-- The random part of the claim's fencing token, and of the worker's registration. 0: made by an earlier version.
ALTER TABLE jobs ADD COLUMN claim bigint NOT NULL DEFAULT 0;
ALTER TABLE attempts ADD COLUMN claim bigint NOT NULL DEFAULT 0;
ALTER TABLE workers ADD COLUMN registration bigint NOT NULL DEFAULT 0;

-- When retention last removed attempts of the batch.
ALTER TABLE batches ADD COLUMN attempts_pruned_at timestamptz;

-- Accepted images whose files were lost, damaged or not theirs, and whose rows were taken back to be rendered again.
CREATE TABLE repairs (
  batch_id bigint NOT NULL REFERENCES batches ON DELETE CASCADE,
  idx integer NOT NULL CHECK (idx >= 0),
  asked_at timestamptz NOT NULL DEFAULT now(),
  fault text NOT NULL CHECK (fault IN ('missing', 'damaged', 'untrue')),
  -- Of the row that was taken back.
  sha256 bytea NOT NULL CHECK (octet_length(sha256) = 32),
  rgb_sha256 bytea NOT NULL CHECK (octet_length(rgb_sha256) = 32),
  engine text NOT NULL,
  PRIMARY KEY (batch_id, idx, asked_at)
);
