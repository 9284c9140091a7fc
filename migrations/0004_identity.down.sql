DROP TABLE repairs;
ALTER TABLE batches DROP COLUMN attempts_pruned_at;
ALTER TABLE workers DROP COLUMN registration;
ALTER TABLE attempts DROP COLUMN claim;
ALTER TABLE jobs DROP COLUMN claim;
DROP TABLE farm;
