-- Number formats beside fp32 that a batch's images are rendered in, and that a worker's processor has: a worker claims
-- no job that it cannot do.

ALTER TABLE batches ADD COLUMN precisions text[] NOT NULL DEFAULT '{}';
ALTER TABLE workers ADD COLUMN precisions text[] NOT NULL DEFAULT '{}';

UPDATE batches b SET precisions = p.names
FROM (
  SELECT batch_id, array_agg(DISTINCT settings ->> 'precision') AS names
  FROM cells WHERE settings ->> 'precision' <> 'fp32' GROUP BY batch_id
) p
WHERE p.batch_id = b.id;
