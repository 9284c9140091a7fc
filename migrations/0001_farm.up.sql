-- EmoFarm's first schema: batches of cells, jobs as chunks of a cell, images as rows when they exist.

CREATE TYPE batch_state AS ENUM ('queued', 'running', 'paused', 'cancelling', 'done', 'failed', 'cancelled');
CREATE TYPE job_state AS ENUM ('ready', 'running', 'done', 'failed', 'cancelled');
CREATE TYPE worker_state AS ENUM ('active', 'draining', 'gone', 'lost');
CREATE TYPE attempt_outcome AS ENUM ('completed', 'released', 'failed', 'expired', 'cancelled');
CREATE TYPE event_level AS ENUM ('info', 'warning', 'error');

-- Model folders by name. `digest` is the SHA-256 over the sorted "path sha256" lines of `files`.
CREATE TABLE models (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  name text NOT NULL UNIQUE CHECK (name <> ''),
  folder text NOT NULL,
  digest text NOT NULL CHECK (digest ~ '^[0-9a-f]{64}$'),
  multiple integer NOT NULL CHECK (multiple > 0),
  files jsonb NOT NULL,
  defaults jsonb NOT NULL,
  registered_at timestamptz NOT NULL DEFAULT now()
);

-- The counters name closed work only: jobs that have left the queue, and images of jobs that are not running now.
-- What running jobs add is summed from their own rows (a handful, through jobs_running), so that publishing an image
-- never touches the batch row and yet a status is exact in every snapshot.
CREATE TABLE batches (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  key text UNIQUE CHECK (key <> ''),
  name text NOT NULL,
  spec jsonb NOT NULL,
  spec_digest bytea NOT NULL CHECK (octet_length(spec_digest) = 32),
  model_id bigint NOT NULL REFERENCES models,
  model_digest text NOT NULL,
  seed bigint NOT NULL CHECK (seed >= 0),
  chunk smallint NOT NULL CHECK (chunk BETWEEN 1 AND 64),
  max_attempts smallint NOT NULL CHECK (max_attempts BETWEEN 1 AND 100),
  priority smallint NOT NULL DEFAULT 0 CHECK (priority BETWEEN -100 AND 100),
  state batch_state NOT NULL DEFAULT 'queued',
  images integer NOT NULL CHECK (images > 0),
  jobs integer NOT NULL CHECK (jobs > 0),
  images_done integer NOT NULL DEFAULT 0 CHECK (images_done BETWEEN 0 AND images),
  jobs_done integer NOT NULL DEFAULT 0 CHECK (jobs_done >= 0),
  jobs_failed integer NOT NULL DEFAULT 0 CHECK (jobs_failed >= 0),
  jobs_cancelled integer NOT NULL DEFAULT 0 CHECK (jobs_cancelled >= 0),
  created_at timestamptz NOT NULL DEFAULT now(),
  started_at timestamptz,
  finished_at timestamptz,
  CHECK (jobs_done + jobs_failed + jobs_cancelled <= jobs),
  CHECK ((state IN ('done', 'failed', 'cancelled')) = (finished_at IS NOT NULL))
) WITH (fillfactor = 50);

-- Claims look at the few batches that have work, by priority.
CREATE INDEX batches_open ON batches (priority DESC, id) WHERE state IN ('queued', 'running');

-- One subject with one set of settings; its images have the batch indices first_index ..< first_index + count.
CREATE TABLE cells (
  batch_id bigint NOT NULL REFERENCES batches ON DELETE CASCADE,
  ordinal integer NOT NULL CHECK (ordinal >= 0),
  emotion text,
  subject jsonb NOT NULL,
  settings jsonb NOT NULL,
  first_index integer NOT NULL CHECK (first_index >= 0),
  count integer NOT NULL CHECK (count > 0),
  images_done integer NOT NULL DEFAULT 0 CHECK (images_done BETWEEN 0 AND count),
  PRIMARY KEY (batch_id, ordinal)
) WITH (fillfactor = 70);

-- The hot table. A job is a chunk of consecutive indices of one cell. Columns that change while it runs (lease,
-- progress, images_done) are in no index, so renewing a lease is a heap-only update; errors and history live in
-- attempts. The page space left free by fillfactor is what those updates need.
CREATE TABLE jobs (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  batch_id bigint NOT NULL REFERENCES batches ON DELETE CASCADE,
  run_at timestamptz NOT NULL DEFAULT now(),
  lease_expires_at timestamptz,
  heartbeat_at timestamptz,
  token bigint NOT NULL DEFAULT 0 CHECK (token >= 0),
  worker_id bigint,
  cell integer NOT NULL,
  first_index integer NOT NULL CHECK (first_index >= 0),
  current_index integer,
  state job_state NOT NULL DEFAULT 'ready',
  count smallint NOT NULL CHECK (count BETWEEN 1 AND 64),
  attempt smallint NOT NULL DEFAULT 0 CHECK (attempt >= 0),
  images_done smallint NOT NULL DEFAULT 0,
  -- How many of images_done the counters of the batch and the cell include already.
  images_counted smallint NOT NULL DEFAULT 0,
  step smallint,
  steps smallint,
  UNIQUE (batch_id, first_index),
  CHECK (images_done BETWEEN 0 AND count),
  CHECK (images_counted BETWEEN 0 AND images_done),
  CHECK ((state = 'running') = (worker_id IS NOT NULL AND lease_expires_at IS NOT NULL)),
  CHECK (state = 'running' OR images_counted = images_done),
  CHECK (state <> 'done' OR images_done = count)
) WITH (
  fillfactor = 70,
  autovacuum_vacuum_scale_factor = 0,
  autovacuum_vacuum_threshold = 2000,
  autovacuum_vacuum_cost_delay = 0,
  autovacuum_analyze_scale_factor = 0.05
);

CREATE INDEX jobs_ready ON jobs (batch_id, run_at, id) WHERE state = 'ready';
CREATE INDEX jobs_running ON jobs (batch_id) WHERE state = 'running';
CREATE INDEX jobs_stopped ON jobs (batch_id) WHERE state IN ('failed', 'cancelled');

-- One row per claim: (job, token) names it. An attempt without outcome is the one that is running.
CREATE TABLE attempts (
  batch_id bigint NOT NULL REFERENCES batches ON DELETE CASCADE,
  job_id bigint NOT NULL,
  token bigint NOT NULL CHECK (token > 0),
  worker_id bigint NOT NULL,
  number smallint NOT NULL,
  started_at timestamptz NOT NULL DEFAULT now(),
  ended_at timestamptz,
  outcome attempt_outcome,
  images smallint,
  error text,
  PRIMARY KEY (batch_id, job_id, token),
  CHECK ((outcome IS NULL) = (ended_at IS NULL))
) WITH (fillfactor = 80);

CREATE TABLE workers (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  host text NOT NULL,
  pid integer NOT NULL,
  engine text NOT NULL,
  version text NOT NULL,
  threads integer NOT NULL,
  state worker_state NOT NULL DEFAULT 'active',
  note text,
  job_id bigint,
  free_bytes bigint,
  started_at timestamptz NOT NULL DEFAULT now(),
  heartbeat_at timestamptz NOT NULL DEFAULT now(),
  ended_at timestamptz,
  CHECK ((state IN ('gone', 'lost')) = (ended_at IS NOT NULL))
) WITH (fillfactor = 50);

CREATE INDEX workers_alive ON workers (id) WHERE ended_at IS NULL;

-- An accepted image. The primary key is the promise of one image per index, for ever.
CREATE TABLE images (
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
  actual_steps smallint NOT NULL,
  sha256 bytea NOT NULL CHECK (octet_length(sha256) = 32),
  rgb_sha256 bytea NOT NULL CHECK (octet_length(rgb_sha256) = 32),
  engine text NOT NULL,
  PRIMARY KEY (batch_id, idx)
);

CREATE INDEX images_file ON images (sha256);
-- Images come in the order of time, so a few pages of summary find the latest.
CREATE INDEX images_time ON images USING brin (created_at) WITH (pages_per_range = 16, autosummarize = on);

-- What happened, for people: append-only.
CREATE TABLE events (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  at timestamptz NOT NULL DEFAULT now(),
  batch_id bigint REFERENCES batches ON DELETE CASCADE,
  job_id bigint,
  worker_id bigint,
  level event_level NOT NULL,
  kind text NOT NULL,
  detail jsonb NOT NULL DEFAULT '{}'
);

CREATE INDEX events_of_batch ON events (batch_id, id);

-- Files seen without an image row, waiting for the grace period of the garbage collection to pass.
CREATE TABLE artifact_marks (
  sha256 bytea PRIMARY KEY CHECK (octet_length(sha256) = 32),
  bytes bigint NOT NULL,
  marked_at timestamptz NOT NULL DEFAULT now()
);
