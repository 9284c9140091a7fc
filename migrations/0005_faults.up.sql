-- Whose fault a failure was: the hosts that could not run a job, and the workers that stopped themselves because of
-- their host.

-- Names of hosts as their workers registered; NULL if none failed the job. Enough of them make it the job's own fault.
ALTER TABLE jobs ADD COLUMN failing_hosts text[];

-- Since when the worker claims nothing because of its host; its note says why.
ALTER TABLE workers ADD COLUMN suspended_at timestamptz;
