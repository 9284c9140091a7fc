-- The claim as a function: each of its steps is planned once for a session and costs some ten microseconds. As one
-- statement, whose plan depended on its arrays, it was planned anew for two milliseconds each time.

-- Users and hosts that run as many jobs as their caps allow.
CREATE FUNCTION full_users() RETURNS SETOF text LANGUAGE sql STABLE AS $$
  SELECT u.name FROM users u
  WHERE u.cap IS NOT NULL AND u.cap <= (
    SELECT count(*) FROM jobs j JOIN batches b ON b.id = j.batch_id WHERE j.state = 'running' AND b.user_name = u.name)
$$;

CREATE FUNCTION full_hosts() RETURNS SETOF text LANGUAGE sql STABLE AS $$
  SELECT h.name FROM hosts h
  WHERE h.cap <= (
    SELECT count(*) FROM jobs j JOIN workers w ON w.id = j.worker_id WHERE j.state = 'running' AND w.host = h.name)
$$;

-- Users with open batches of one priority, in the order in which a claim looks at them: in the proportion of their weights.
--
-- Each call draws the next number of the sequence `claim_turns`. Its multiple of the golden ratio, modulo 1, is a point
-- on a line on which every user has an interval as long as the user's weight: the user at the point comes first.
-- Successive multiples of the golden ratio are spread more evenly than random numbers, so that among 300 claims each
-- user gets the share due to within about three jobs, from the first claim on, with one worker or many. Users behind the
-- first, who get the claim if the first has nothing that is due, are in random order by weight (Efraimidis and Spirakis
-- 2006). A sequence takes no lock that outlives the call and leaves no dead rows.
--
-- Alternatives considered:
-- - the user with the fewest running jobs by weight: with few workers all counts are zero or one and shares are wrong,
--   and counting reads dead index entries;
-- - a counter in each user's row (stride scheduling): claims of a user wait for each other's commits, and each leaves a
--   dead row;
-- - random order alone: the share of a user among 300 claims is off by 16 jobs in one case of twenty.
CREATE FUNCTION users_by_share(names text[]) RETURNS text[] LANGUAGE sql VOLATILE AS $$
  WITH turn AS MATERIALIZED (
    SELECT (nextval('claim_turns') * 1327217885 % 2147483648) / 2147483648.0::double precision AS point
  ), weights AS (
    SELECT n.name, coalesce(u.weight, 1) AS weight, sum(coalesce(u.weight, 1)) OVER (ORDER BY n.name) AS upper,
      sum(coalesce(u.weight, 1)) OVER () AS total
    FROM unnest(names) n(name) LEFT JOIN users u ON u.name = n.name
  ), places AS MATERIALIZED (
    SELECT name, CASE
      WHEN turn.point * total >= upper - weight AND turn.point * total < upper THEN 0
      ELSE -ln(1 - random()) / weight END AS place
    FROM weights CROSS JOIN turn
  )
  SELECT array_agg(name ORDER BY place) FROM places
$$;

-- Claims up to `most` due jobs for a worker: see JobSQL.swift, which also says what the arrays are.
CREATE FUNCTION claim_jobs(
  claiming bigint, its_registration bigint, its_claim bigint, lease interval, most integer, only_models text[],
  counts_caps boolean, busy bigint[], busy_jobs bigint[], place_batches bigint[], place_times bigint[],
  place_jobs bigint[], floor_priorities smallint[], floor_users text[], floor_batches bigint[]
) RETURNS SETOF jobs LANGUAGE plpgsql VOLATILE ROWS 1
-- Every step finds its rows in an index, however little the statistics know of the tables.
SET plan_cache_mode = force_generic_plan SET enable_seqscan = off SET enable_bitmapscan = off SET enable_sort = off
SET enable_hashjoin = off SET enable_mergejoin = off SET enable_material = off SET jit = off
AS $$
#variable_conflict use_column
DECLARE
  me record;
  head record;
  owner text;
  owners text[];
  has_floors constant boolean := cardinality(floor_batches) > 0;
  floor bigint := 0;
  found_job bigint;
  picked bigint[] := '{}';
BEGIN
  SELECT w.precisions, w.labels INTO me FROM workers w
  WHERE w.id = claiming AND w.registration = its_registration AND w.request IS NULL AND CASE
    WHEN counts_caps THEN w.host NOT IN (SELECT full_hosts())
    ELSE NOT EXISTS (SELECT FROM users WHERE cap IS NOT NULL) AND NOT EXISTS (SELECT FROM hosts WHERE name = w.host)
    END;
  IF NOT FOUND THEN RETURN; END IF;

  SELECT -b.priority AS level, b.user_name INTO head FROM batches b
  WHERE b.state IN ('queued', 'running') ORDER BY -b.priority, b.user_name LIMIT 1;
  <<levels>>
  WHILE head.user_name IS NOT NULL LOOP
    DECLARE
      this_level constant integer := head.level;
    BEGIN
      owners := '{}';
      WHILE head.level = this_level LOOP
        owners := owners || head.user_name;
        SELECT -b.priority AS level, b.user_name INTO head FROM batches b
        WHERE b.state IN ('queued', 'running') AND (-b.priority, b.user_name) > (head.level, head.user_name)
        ORDER BY -b.priority, b.user_name LIMIT 1;
      END LOOP;
      IF counts_caps THEN
        owners := ARRAY(SELECT name FROM unnest(owners) name WHERE name NOT IN (SELECT full_users()));
      END IF;
      IF cardinality(owners) > 1 THEN owners := users_by_share(owners); END IF;

      FOREACH owner IN ARRAY owners LOOP
        IF has_floors THEN
          SELECT f.batch INTO floor FROM unnest(floor_priorities, floor_users, floor_batches) f(priority, user_name, batch)
          WHERE f.priority = -this_level AND f.user_name = owner;
          EXIT levels WHEN NOT FOUND;
        END IF;
        FOR found_job IN
          SELECT due.id FROM (
            -- Batches without running jobs, by age: one after the other in the index, as far as the LIMIT asks.
            (
              SELECT b.id FROM batches b
              WHERE b.state IN ('queued', 'running') AND -b.priority = this_level AND b.user_name = owner
                AND b.precisions <@ me.precisions AND b.labels <@ me.labels
                AND (only_models IS NULL OR b.model_id IN (SELECT id FROM models WHERE name = ANY(only_models)))
                AND b.id > floor AND b.id NOT IN (SELECT unnest(busy))
              ORDER BY b.id
            )
            UNION ALL
            -- Then those with the fewest running jobs.
            (
              SELECT b.id FROM unnest(busy, busy_jobs) c(id, running) JOIN batches b ON b.id = c.id
              WHERE NOT has_floors
                AND b.state IN ('queued', 'running') AND -b.priority = this_level AND b.user_name = owner
                AND b.precisions <@ me.precisions AND b.labels <@ me.labels
                AND (only_models IS NULL OR b.model_id IN (SELECT id FROM models WHERE name = ANY(only_models)))
              ORDER BY c.running, b.id
            )
          ) open CROSS JOIN LATERAL (
            SELECT j.id FROM jobs j
            WHERE j.batch_id = open.id AND j.state = 'ready' AND j.run_at <= statement_timestamp()
              AND (j.run_at, j.id) >= (
                coalesce(
                  'epoch'::timestamptz
                    + place_times[array_position(place_batches, open.id)] * interval '1 microsecond', '-infinity'),
                coalesce(place_jobs[array_position(place_batches, open.id)], 0))
            ORDER BY j.run_at, j.id LIMIT most FOR NO KEY UPDATE SKIP LOCKED
          ) due LIMIT most - cardinality(picked)
        LOOP
          picked := picked || found_job;
        END LOOP;
        EXIT levels WHEN has_floors OR cardinality(picked) = most;
      END LOOP;
    END;
  END LOOP;
  IF cardinality(picked) = 0 THEN RETURN; END IF;

  -- A crash of the server may lose the claim: its job is ready again, and what the worker publishes is refused.
  PERFORM set_config('synchronous_commit', 'off', true);
  RETURN QUERY
    WITH claimed AS (
      UPDATE jobs j SET state = 'running', token = j.token + 1, claim = its_claim, attempt = j.attempt + 1,
        worker_id = claiming, lease_expires_at = statement_timestamp() + lease, heartbeat_at = statement_timestamp(),
        current_index = NULL, step = NULL, steps = NULL
      WHERE j.id = ANY(picked)
      RETURNING j.*
    ), history AS (
      INSERT INTO attempts (batch_id, job_id, token, claim, worker_id, number)
      SELECT batch_id, id, token, claim, worker_id, attempt FROM claimed
    ), started AS (
      UPDATE batches SET state = 'running', started_at = coalesce(started_at, statement_timestamp())
      WHERE id IN (
        SELECT id FROM batches WHERE id IN (SELECT batch_id FROM claimed) AND state = 'queued'
        FOR NO KEY UPDATE SKIP LOCKED)
    )
    SELECT * FROM claimed;
END
$$;
