ALTER TABLE workers DROP COLUMN suspended_at;
ALTER TABLE jobs DROP COLUMN failing_hosts;
