UPDATE cells c SET images_done = c.images_done + t.images
FROM (SELECT batch_id, cell, sum(images) AS images FROM tallies GROUP BY batch_id, cell) t
WHERE c.batch_id = t.batch_id AND c.ordinal = t.cell;

UPDATE batches b SET images_done = b.images_done + t.images, jobs_done = b.jobs_done + t.jobs_done
FROM (SELECT batch_id, sum(images) AS images, sum(jobs_done) AS jobs_done FROM tallies GROUP BY batch_id) t
WHERE b.id = t.batch_id;

DROP TABLE tallies;

DROP INDEX batches_open;
CREATE INDEX batches_open ON batches (priority DESC, id) WHERE state IN ('queued', 'running');
