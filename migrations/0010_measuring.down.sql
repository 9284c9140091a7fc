DROP TABLE measurements;
ALTER TABLE batches DROP COLUMN classifiers_folder, DROP COLUMN classifiers;
