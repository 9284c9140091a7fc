# The scenarios, each a function that disturbs a farm of three workers and names in `faults` what it did, how often.
# Sourced by run.

start_three() { local name; for name in w1 w2 w3; do start_worker "$name"; done; }

# Waits in fractions of a second, as the seed says: up to MILLISECONDS.
pause_randomly() { sleep "$(printf '%d.%03d' 0 $(($(pick "$1") % 1000)))"; }

past_the_lease() { sleep $((lease + 4)); }

terminate_backends() {
  sql postgres "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE datname = '$database'" > /dev/null
}

# farm: a link cut for longer than the lease, the server restarted at once, the database restored under a sleeping worker.
scenario_farm() {
  enqueue anna 0 5
  start_three
  more_images 4
  wait_for 60 "a job of w2" holds_a_job w2
  say "cutting w2 for longer than its lease"
  cut_link w2
  past_the_lease
  say "stopping the server at once"
  stop_postgres first immediate
  start_postgres first 5432
  more_images 4
  mend_link w2
  more_images 4
  say "backup, then a batch that it does not hold"
  as_postgres pg_dump -Fc -p 5432 -f "$folder/socket/backup" "$database"
  enqueue bert 4 3 --priority 9
  wait_for 60 "an image of bert" eval '[ "$(sql "$database" "SELECT count(*) FROM images WHERE batch_id > 1")" -gt 0 ]'
  local sleeper number
  number=$(number_of bert)
  sleeper=$(sql "$database" "SELECT w.host FROM jobs j JOIN workers w ON w.id = j.worker_id
    WHERE j.batch_id = $number AND j.state = 'running' ORDER BY j.id LIMIT 1")
  sleeper=${sleeper:-w3}
  signal STOP "$sleeper"
  say "restoring while $sleeper sleeps with a job of bert; dora gets bert's number"
  sql postgres "DROP DATABASE $database WITH (FORCE)"
  sql postgres "CREATE DATABASE $database OWNER farm"
  # In one transaction: the workers come back as soon as the database exists.
  as_postgres pg_restore -p 5432 --single-transaction -d "$database" "$folder/socket/backup" || return 1
  rm "$folder/socket/backup"
  enqueue dora 2 3 --priority 9
  [ "$(number_of dora)" = "$number" ] || failures+=("dora has not bert's number")
  more_images 3
  signal CONT "$sleeper"
  more_images 6
  enqueue bert 4 3
  faults="1 cut of $((lease + 4)) s, 1 immediate stop, 1 restore"
}

number_of() { sql "$database" "SELECT id FROM batches WHERE key = '$1'"; }

# kill: SIGKILL of workers at random moments and at labelled steps.
scenario_kill() {
  local count=6 labelled=0 victim point name gate
  enqueue anna 0 5
  # Held at a step of a cell's first job, when an image is rendered, and before it is stored.
  for point in step-$((5 * $(pick 8)))-$(($(pick 60) + 1)) rendered-"$(pick 40)" storing-"$(pick 40)"; do
    for name in w1 w2 w3; do mkdir -p "$folder/machines/$name/gates"; mkfifo "$folder/machines/$name/gates/$point"; done
  done
  start_three
  local end=$((SECONDS + 120))
  while [ "$labelled" -lt 3 ] && [ "$SECONDS" -lt "$end" ] && ! is_over; do
    for name in w1 w2 w3; do
      for gate in "$folder/machines/$name"/gates/*; do
        [ -p "$gate" ] && is_held "$gate" || continue
        say "killing $name at $(basename "$gate")"
        kill_worker "$name"
        rm -f "$folder"/machines/*/gates/"$(basename "$gate")"
        labelled=$((labelled + 1))
        start_worker "$name"
      done
    done
    sleep 0.3
  done
  release_gates
  for ((k = 0; k < count; k++)); do
    more_images "$(pick 4)"
    pause_randomly 900
    victim=$(any)
    kill_worker "$victim"
    start_worker "$victim"
  done
  faults="$labelled kills at labels, $count at random"
}

# Whether a worker has come to a gate: a FIFO that has a reader can be opened for writing without waiting.
is_held() {
  /usr/bin/python3 -c 'import os, sys
try: os.close(os.open(sys.argv[1], os.O_WRONLY | os.O_NONBLOCK))
except OSError: sys.exit(1)' "$1"
}

release_gates() {
  local gate
  for gate in "$folder"/machines/*/gates/*; do
    [ -p "$gate" ] || continue
    mv "$gate" "$gate.open"
    is_held "$gate.open" || true
    rm "$gate.open"
  done
}

# stop: SIGSTOP past the lease, then on.
scenario_stop() {
  local count=3 victim
  enqueue anna 0 5
  start_three
  for ((k = 0; k < count; k++)); do
    more_images $((1 + $(pick 3)))
    victim=$(any)
    wait_for 30 "a job of $victim" holds_a_job "$victim"
    pause_randomly 900
    signal STOP "$victim"
    past_the_lease
    signal CONT "$victim"
  done
  faults="$count stops of $((lease + 4)) s"
}

# backend: the server ends every session, again and again.
scenario_backend() {
  local count=30
  enqueue anna 0 5
  start_three
  more_images 2
  for ((k = 0; k < count; k++)); do
    pause_randomly 900
    terminate_backends
  done
  faults="$count times all sessions ended"
}

# immediate: the server stops at once, again and again.
scenario_immediate() {
  local count=4
  enqueue anna 0 5
  start_three
  for ((k = 0; k < count; k++)); do
    more_images $((1 + $(pick 5)))
    pause_randomly 900
    stop_postgres first immediate
    sleep $((1 + $(pick 4)))
    start_postgres first 5432
  done
  faults="$count immediate stops"
}

# commit: the link is cut, or the session ended, while COMMIT runs.
scenario_commit() {
  local cuts=0 ends=0 pid address name
  enqueue anna 0 5
  # A deferred trigger runs inside COMMIT: here it takes its time there, in every transaction that ends an attempt.
  sql "$database" "CREATE FUNCTION slow() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN PERFORM pg_sleep(2); RETURN NULL; END'"
  sql "$database" "CREATE CONSTRAINT TRIGGER slow AFTER UPDATE ON attempts DEFERRABLE INITIALLY DEFERRED
    FOR EACH ROW EXECUTE FUNCTION slow()"
  start_three
  for ((k = 0; k < 6; k++)); do
    wait_for 60 "a COMMIT" eval '[ -n "$(committing)" ] || is_over'
    IFS='|' read -r pid address < <(committing) || break
    if [ $((k % 2)) -eq 0 ]; then
      name=w$((${address##*.} - 10))
      cut_link "$name"
      past_the_lease
      mend_link "$name"
      cuts=$((cuts + 1))
    else
      sql "$database" "SELECT pg_terminate_backend($pid)" > /dev/null
      ends=$((ends + 1))
    fi
  done
  sql "$database" "DROP TRIGGER slow ON attempts"
  sql "$database" "DROP FUNCTION slow"
  faults="$cuts cuts and $ends ended sessions inside COMMIT"
}

committing() {
  sql "$database" "SELECT pid, host(client_addr) FROM pg_stat_activity
    WHERE datname = '$database' AND client_addr IS NOT NULL AND wait_event = 'PgSleep' AND query ILIKE 'commit%' LIMIT 1"
}

# failover: a standby that lags behind is promoted when the server dies; what it had not received is rendered again.
scenario_failover() {
  local receiver before after
  enqueue anna 0 5
  as_postgres pg_basebackup -p 5432 -D "$folder/postgres/second" -R -c fast -X stream || return 1
  start_postgres second 5433 || return 1
  start_three
  more_images 3
  wait_for 30 "the standby" eval '[ "$(port=5433 images)" -ge 1 ]'
  # The receiver of the log sleeps, so that the standby lags.
  receiver=$(as_postgres psql -X -A -t -p 5433 -d postgres -c "SELECT pid FROM pg_stat_wal_receiver")
  kill -s STOP "$receiver"
  more_images $((6 + $(pick 6)))
  before=$(images)
  stop_postgres first immediate
  kill -s KILL "$receiver"
  # The crash of one of its processes restarts the standby; it takes the server's port, as an address that moves would.
  sleep 1
  stop_postgres second immediate || true
  start_postgres second 5432
  as_postgres pg_ctl -D "$folder/postgres/second" -w promote > /dev/null
  after=$(images)
  say "failover: $((before - after)) of $before images were lost by the lag"
  [ "$after" -lt "$before" ] || failures+=("the standby did not lag")
  mv "$folder/postgres/first" "$folder/postgres/dead-$RANDOM"
  mv "$folder/postgres/second.log" "$folder/postgres/first.log"
  faults="1 failover, $((before - after)) rows behind"
  finish_here
  stop_postgres second fast
  mv "$folder/postgres/second" "$folder/postgres/first"
  start_postgres first 5432
}

# Waits for the end of the batches before the scenario goes on.
finish_here() { wait_for 200 "the end of the batches" is_over; }

# store: the S3 server hangs for longer than the lease, is killed, shows a certificate that nobody trusts, and is well.
scenario_store() {
  enqueue anna 0 5
  start_three
  more_images 3
  say "the store hangs"
  kill -s STOP "$objects"
  sleep $((lease * 2 + $(pick 4)))
  kill -s CONT "$objects"
  more_images 4
  say "the store is killed"
  kill_objects
  sleep $((3 + $(pick 6)))
  mkdir "$folder/trusted"
  mv "$folder"/objects/{certificate,key}.pem "$folder/trusted"
  start_objects
  say "the store has an unknown certificate"
  sleep $((lease + $(pick 6)))
  kill_objects
  mv "$folder"/trusted/* "$folder/objects"
  rmdir "$folder/trusted"
  start_objects
  faults="1 hang of $((lease * 2)) s, 1 kill of the store, 1 unknown certificate"
}

kill_objects() {
  kill -s KILL "$objects"
  exec {objects_input}>&-
}

# full: a worker's volume is full, then has room again.
scenario_full() {
  local data=$folder/machines/w2/data
  mkdir -p "$data"
  mount -t tmpfs -o size=48m none "$data"
  enqueue anna 0 5
  start_three
  more_images 3
  say "the volume of w2 is full"
  dd if=/dev/zero of="$data/ballast" bs=64k status=none 2> /dev/null || true
  more_images $((6 + $(pick 6)))
  rm "$data/ballast"
  faults="1 full volume"
  finish_here
  stop_workers
  umount "$data"
}

# clock: a worker's clock is set ahead and back, by minutes and hours.
scenario_clock() {
  local clock offset offsets=()
  clock=$(ls /usr/lib/*/faketime/libfaketime.so.1 | head -n 1)
  enqueue anna 0 5
  mkdir -p "$folder/machines/w2"
  echo "+0" > "$folder/machines/w2/clock"
  start_worker w1
  clock=$clock start_worker w2
  clock="" start_worker w3
  for ((k = 0; k < 5; k++)); do
    more_images $((1 + $(pick 3)))
    offset=$((RANDOM % 14400 - 7200))
    [ $((k % 2)) -eq 0 ] && offset=$((offset / 16))
    echo "$(printf '%+d' "$offset")" > "$folder/machines/w2/clock"
    offsets+=("$offset")
  done
  faults="${#offsets[@]} steps (${offsets[*]} s)"
  more_images 4
  echo "+0" > "$folder/machines/w2/clock"
}

# many: 64 workers on three machines, sessions ended and workers killed meanwhile.
scenario_many() {
  local lease=60 steps=4 reference=$folder/reference/4 victim kills=8
  mkdir -p "$reference"
  enqueue anna 0 64
  for ((k = 0; k < 64; k++)); do start_worker "n$k" "w$((k % 3 + 1))"; done
  for ((k = 0; k < kills; k++)); do
    more_images 16
    victim=n$(pick 64)
    [ -n "${worker_pid[$victim]:-}" ] && kill_worker "$victim"
    terminate_backends
  done
  finish_here
  faults="64 workers, $kills kills, $kills times all sessions ended"
}
