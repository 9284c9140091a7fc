-- Who a session is, for the roles of `emofarm db roles`: the login that made a row, which no client can choose. Rows
-- from before belong to the login that migrates.

ALTER TABLE batches ADD COLUMN login name NOT NULL DEFAULT session_user;
ALTER TABLE workers ADD COLUMN login name NOT NULL DEFAULT session_user;
ALTER TABLE events ADD COLUMN login name NOT NULL DEFAULT session_user;

-- Workers change the states of jobs that they claim and return, and of their batches. Pausing, resuming, cancelling,
-- retrying and repairing are for logins that may change a batch's priority. The conditions call nothing, and the
-- function only runs for such a change.
CREATE FUNCTION refuse_steering() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog AS $$
BEGIN
  IF NOT has_column_privilege(format('%I.batches', TG_TABLE_SCHEMA), 'priority', 'UPDATE') THEN
    RAISE insufficient_privilege USING
      MESSAGE = format('permission denied: %s may not change the state of one of %s from %s to %s', session_user,
        TG_TABLE_NAME, OLD.state, NEW.state),
      HINT = 'A producer may for its own batches, an admin for all: see emofarm db roles.';
  END IF;
  RETURN NEW;
END
$$;

CREATE TRIGGER batches_steered BEFORE UPDATE OF state ON batches FOR EACH ROW
WHEN (
  OLD.state <> NEW.state AND (
    NEW.state IN ('paused', 'cancelling') OR NEW.state = 'cancelled' AND OLD.state <> 'cancelling'
    OR OLD.state IN ('paused', 'done', 'failed', 'cancelled') AND NEW.state IN ('queued', 'running')
  )
)
EXECUTE FUNCTION refuse_steering();

CREATE TRIGGER jobs_steered BEFORE UPDATE OF state ON jobs FOR EACH ROW
WHEN (OLD.state <> NEW.state AND OLD.state <> 'running' AND NEW.state <> 'running')
EXECUTE FUNCTION refuse_steering();
