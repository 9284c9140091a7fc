-- Claims whose cost does not grow with the history of the queue, and completions that do not wait for each other.

-- A claim walks open batches one by one in the order of their priority: a row comparison needs one direction.
DROP INDEX batches_open;
CREATE INDEX batches_open ON batches ((-priority), id) WHERE state IN ('queued', 'running');

-- What the counters of batches and cells do not contain yet. A completed job adds a row here instead of changing the
-- batch, for whose row all workers would wait; whoever next locks the batch adds the rows up and removes them. The
-- counters and these rows together are exact in every snapshot. There is no foreign key, because its check would lock
-- the batch for every row.
CREATE TABLE tallies (
  batch_id bigint NOT NULL,
  cell integer NOT NULL,
  -- Jobs that are done, and images of jobs that have left their workers; negative if they were taken back.
  jobs_done integer NOT NULL,
  images integer NOT NULL
) WITH (
  autovacuum_vacuum_scale_factor = 0,
  autovacuum_vacuum_threshold = 2000,
  autovacuum_vacuum_cost_delay = 0
);

CREATE INDEX tallies_of_batch ON tallies (batch_id);
