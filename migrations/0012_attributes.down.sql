ALTER TABLE measurements DROP COLUMN attribute;
