# Machines as network namespaces on one bridge: `server` with PostgreSQL and an S3 server, and workers. Sourced by run.
#
# A machine has its own network, its own data folder (seen as /srv) and its own view of the file system, in which neither
# the folders of the others nor the models of this source tree exist.

network=10.77.0
server=$network.1
lease=8
# What went wrong in the scenario.
failures=()

# Commands of a user other than root must be able to enter the folder.
make_network() {
  ip netns add "$id-net"
  ip -n "$id-net" link add bridge type bridge
  ip -n "$id-net" link set bridge up
  add_machine server 1
}

# add_machine NAME NUMBER
add_machine() {
  ip netns add "$id-$1"
  ip -n "$id-net" link add "$1" type veth peer name eth0 netns "$id-$1"
  ip -n "$id-net" link set "$1" master bridge up
  ip -n "$id-$1" address add "$network.$2/24" dev eth0
  ip -n "$id-$1" link set eth0 up
  ip -n "$id-$1" link set lo up
}

# A cut that nobody is told of: packets vanish, and both sides keep their connections.
cut_link() { ip -n "$id-net" link set "$1" nomaster; }
mend_link() { ip -n "$id-net" link set "$1" master bridge; }

on() { ip netns exec "$id-$1" "${@:2}"; }

# An authority, and the server's certificate for the name db.chaos.
make_certificates() {
  local tls=$folder/tls
  mkdir -p "$tls"
  {
    openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj "/CN=chaos authority" -keyout "$tls/ca.key" -out "$tls/ca.pem"
    openssl req -newkey rsa:2048 -nodes -subj "/CN=db.chaos" -keyout "$tls/server.key" -out "$tls/server.csr"
    printf 'subjectAltName=DNS:db.chaos\n' > "$tls/extensions"
    openssl x509 -req -in "$tls/server.csr" -CA "$tls/ca.pem" -CAkey "$tls/ca.key" -CAcreateserial -days 2 \
      -extfile "$tls/extensions" -out "$tls/server.pem"
  } 2> "$tls/log"
  chown postgres "$tls/server.key"
  chmod 600 "$tls/server.key"
}

# Debian keeps PostgreSQL's programs out of PATH.
postgres_programs=$(ls -d /usr/lib/postgresql/*/bin | sort -V | tail -n 1)
as_postgres() { on server runuser -u postgres -- env -C / PATH="$postgres_programs:$PATH" PGHOST="$folder/socket" "$@"; }
sql() { as_postgres psql -X -q -A -t -v ON_ERROR_STOP=1 -p "${port:-5432}" -d "$1" -c "$2"; }

make_postgres() {
  mkdir -p "$folder"/{postgres,socket}
  chown postgres "$folder"/{postgres,socket}
  as_postgres initdb -D "$folder/postgres/first" --auth=trust --no-sync > "$folder/initdb.log"
  cat >> "$folder/postgres/first/postgresql.conf" <<END
listen_addresses = '$server'
unix_socket_directories = '$folder/socket'
ssl = on
ssl_cert_file = '$folder/tls/server.pem'
ssl_key_file = '$folder/tls/server.key'
max_connections = 400
shared_buffers = 64MB
log_line_prefix = '%m [%p] %a '
# A failover loses what the standby had not yet received, and one without lag has to follow.
wal_level = replica
max_wal_senders = 4
wal_keep_size = 256MB
END
  cat > "$folder/postgres/first/pg_hba.conf" <<END
local all all trust
local replication all trust
hostssl all farm $network.0/24 scram-sha-256
END
  start_postgres first 5432
  sql postgres "CREATE ROLE farm LOGIN CREATEDB PASSWORD 'chaos'"
}

start_postgres() {
  as_postgres pg_ctl -D "$folder/postgres/$1" -o "-p $2" -l "$folder/postgres/$1.log" -w -t 60 start > /dev/null
}
stop_postgres() { as_postgres pg_ctl -D "$folder/postgres/$1" -m "$2" -w -t 60 stop > /dev/null; }

start_objects() {
  mkdir -p "$folder/objects"
  : > "$folder/objects.ports"
  exec {objects_input}> >(exec ip netns exec "$id-server" /usr/bin/python3 Tests/TestSupport/object-server.py \
    "$folder/objects" "$server" > "$folder/objects.ports" 2>> "$folder/objects.log")
  objects=$!
  wait_for 30 "the S3 server" test -s "$folder/objects.ports"
  cp "$folder/objects/certificate.pem" "$folder/tls/store.pem"
}

# The settings of every program of the farm; a worker needs no others.
settings() {
  local files=$1
  printf '%s\n' "PATH=/usr/bin:/bin" "HOME=$files" "PGPASSFILE=$files/pgpass" \
    "EMOFARM_DATABASE_URL=postgresql://farm@db.chaos:${port:-5432}/$database?hostaddr=$server&sslmode=verify-full&sslrootcert=$files/ca.pem" \
    "EMOFARM_STORE=s3://emofarm-tests/$database" "EMOFARM_S3_ENDPOINT=https://$server:8443" \
    "EMOFARM_S3_CA_FILE=$files/store.pem" "AWS_ACCESS_KEY_ID=test:tester" "AWS_SECRET_ACCESS_KEY=testing" \
    "AWS_REGION=us-east-1" "EMOFARM_MINIMUM_FREE_BYTES=0" "EMOFARM_MODEL_CACHE_BYTES=1000000000" \
    "EMOFARM_CONFIG=$files/empty.yaml" "EMOFARM_DEBUG_GATES=$files/gates"
}

# The files that a machine of the farm gets: certificates of authorities and the password.
furnish() {
  mkdir -p "$1/data" "$1/gates"
  cp "$folder/tls/ca.pem" "$folder/tls/store.pem" "$1"
  printf 'home: /srv/data\n' > "$1/empty.yaml"
  printf '*:*:*:farm:chaos\n' > "$1/pgpass"
  chmod 600 "$1/pgpass"
}

# The operator's command, on the server's machine: farm_within SECONDS COMMAND...
farm_within() {
  local variables
  mapfile -t variables < <(settings "$folder/operator")
  on server timeout "$1" env -i "${variables[@]}" "$programs/emofarm" "${@:2}" --home "$folder/operator/data"
}
farm() { farm_within 120 "$@"; }

declare -A worker_pid=()

# start_worker NAME [MACHINE]: on the machine of its name by default. With `clock`, a library, its clock obeys /srv/clock.
start_worker() {
  local name=$1 machine=${2:-$1} variables
  local home=$folder/machines/$machine
  furnish "$home"
  mapfile -t variables < <(settings /srv)
  [ -z "${clock:-}" ] || variables+=("LD_PRELOAD=$clock" "FAKETIME_TIMESTAMP_FILE=/srv/clock" "FAKETIME_NO_CACHE=1" "DONT_FAKE_MONOTONIC=1")
  ip netns exec "$id-$machine" unshare --mount --propagation private bash -c '
    mount --rbind "$1" /srv && mount -t tmpfs none "$2" && mount -t tmpfs none "$3/config" || exit 1
    [ -z "$(ls -A "$2")$(ls -A "$3/config")" ] || { echo "this machine sees the files of others" >&2; exit 1; }
    shift 3
    exec env -i "$@"' _ "$home" "$folder" "$PWD" \
    "${variables[@]}" "$programs/emofarmd" --name "$name" --home /srv/data --threads 1 --lease "$lease" \
    >> "$home/$name.log" 2>&1 < /dev/null &
  worker_pid[$name]=$!
}

signal() { kill -s "$1" "${worker_pid[$2]}"; }
lives() { kill -0 "${worker_pid[$1]}" 2> /dev/null; }

# Kills a worker and forgets it.
kill_worker() {
  kill -s KILL "${worker_pid[$1]}" 2> /dev/null || true
  wait "${worker_pid[$1]}" 2> /dev/null || true
  unset "worker_pid[$1]"
}

drained() {
  local end=$((SECONDS + 60))
  while lives "$1"; do
    ((SECONDS < end)) || { signal KILL "$1"; return 1; }
    sleep 0.2
  done
}

# Drains every worker; one that does not end is a failure of the run.
stop_workers() {
  local name
  for name in "${!worker_pid[@]}"; do lives "$name" && { signal CONT "$name"; signal TERM "$name"; }; done
  for name in "${!worker_pid[@]}"; do
    drained "$name" || failures+=("$name did not drain")
    wait "${worker_pid[$name]}" 2> /dev/null || failures+=("$name ended with status $?")
  done
  worker_pid=()
}

# wait_for SECONDS WHAT COMMAND...: until the command succeeds. What was waited for in vain is a failure of the scenario.
wait_for() {
  local end=$((SECONDS + $1)) what=$2
  shift 2
  until "$@"; do
    # After a first failure the rest of the scenario only runs down.
    ((SECONDS < end)) && [ ${#failures[@]} -eq 0 ] || { failures+=("waited in vain for $what"); return 1; }
    sleep 0.2
  done
}

remove_machines() {
  local name
  for name in "${!worker_pid[@]}"; do kill -s KILL "${worker_pid[$name]}" 2> /dev/null || true; done
  [ -z "${objects_input:-}" ] || exec {objects_input}>&-
  local data
  for data in "$folder"/postgres/*/postmaster.pid; do
    [ ! -e "$data" ] || stop_postgres "$(basename "$(dirname "$data")")" immediate || true
  done
  for name in $(ip netns list | cut -d ' ' -f 1 | grep "^$id-"); do ip netns delete "$name"; done
}
