DROP INDEX measurements_doubted;
ALTER TABLE measurements DROP COLUMN asked;
