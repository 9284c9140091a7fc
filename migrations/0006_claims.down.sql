UPDATE cells c SET images_done = c.images_done + t.images
FROM (SELECT batch_id, cell, sum(images) AS images FROM tallies GROUP BY batch_id, cell) t
WHERE c.batch_id = t.batch_id AND c.ordinal = t.cell;

UPDATE batches b SET images_done = b.images_done + t.images, jobs_done = b.jobs_done + t.jobs_done
FROM (SELECT batch_id, sum(images) AS images, sum(jobs_done) AS jobs_done FROM tallies GROUP BY batch_id) t
WHERE b.id = t.batch_id;

-- Batches whose last completions had not been counted.
WITH ended AS (
  UPDATE batches SET finished_at = now(), state = (
    CASE WHEN jobs_cancelled > 0 THEN 'cancelled' WHEN jobs_failed > 0 THEN 'failed' ELSE 'done' END)::batch_state
  WHERE finished_at IS NULL AND jobs_done + jobs_failed + jobs_cancelled = jobs
  RETURNING id, state
)
INSERT INTO events (level, kind, batch_id, detail)
SELECT CASE state WHEN 'done' THEN 'info' ELSE 'warning' END::event_level, 'batch.finished', id,
  jsonb_build_object('state', state)
FROM ended;

DROP TABLE tallies;

DROP INDEX batches_open;
CREATE INDEX batches_open ON batches (priority DESC, id) WHERE state IN ('queued', 'running');
