-- What images show, by name: the class that the attribute classifier finds most probable; NULL without one, and in
-- measurements of before.
ALTER TABLE measurements ADD COLUMN attribute text CHECK (attribute <> '');
