ALTER TABLE workers DROP COLUMN precisions;
ALTER TABLE batches DROP COLUMN precisions;
