# The batches of a scenario, what they must be in the end, and the table. Sourced by run.

emotions=(amusement awe contentment excitement anger disgust fear sadness)
steps=60
table=()
unclean=0
total_images=0

# A random number from 0 below N, from the scenario's seed.
pick() { echo $((RANDOM % $1)); }
# A random worker.
any() { echo "w$(($(pick 3) + 1))"; }

# order TURN: the eight emotions from the one at TURN on. Batches of equal seeds and turned emotions look alike in all but
# their labels.
order() { for ((k = 0; k < 8; k++)); do echo "${emotions[(k + $1) % 8]}"; done; }

declare -A batch_key=() batch_turn=() batch_count=()

# enqueue KEY TURN COUNT [OPTIONS]: COUNT images of each emotion.
enqueue() {
  local key=$1 turn=$2 count=$3 flags=() emotion
  shift 3
  while read -r emotion; do flags+=(--emotion "$emotion"); done < <(order "$turn")
  farm enqueue --key "$key" --count "$count" --seed "$image_seed" --steps "$steps" --chunk 4 "${flags[@]}" "$@" > /dev/null
  batch_turn[$key]=$turn
  batch_count[$key]=$count
}

images() { sql "$database" "SELECT count(*) FROM images" 2> /dev/null || echo 0; }
has_images() { [ "$(images)" -ge "$1" ]; }
# more_images N [SECONDS]: waits until N more are accepted, or everything is done.
more_images() {
  local before
  before=$(images)
  wait_for "${2:-90}" "$1 more images" eval "has_images $((before + $1)) || is_over"
}
is_over() { [ "$(sql "$database" "SELECT count(*) FROM batches WHERE finished_at IS NULL" 2> /dev/null || echo 1)" = 0 ]; }
event_count() { sql "$database" "SELECT count(*) FROM events WHERE kind = '$1'"; }
running_jobs_of() {
  sql "$database" "SELECT count(*) FROM jobs j JOIN workers w ON w.id = j.worker_id WHERE j.state = 'running' AND w.host = '$1'" 2> /dev/null || echo 0
}
holds_a_job() { [ "$(running_jobs_of "$1")" -gt 0 ] || is_over; }

# Images rendered without a farm, by emotion and seed.
make_reference() {
  local key=$1 k=0 emotion first file
  while read -r emotion; do
    first=$((image_seed + k * batch_count[$key]))
    if [ ! -e "$reference/$emotion-$first.png" ]; then
      "$programs/emofarm" render --model config/models/tiny --emotion "$emotion" --seed "$first" \
        --count "${batch_count[$key]}" --steps "$steps" --out "$folder/render" > /dev/null 2>&1
      for file in "$folder"/render/*.png; do mv "$file" "$reference/$emotion-$((first++)).png"; done
      rm -r "$folder/render"
    fi
    k=$((k + 1))
  done < <(order "${batch_turn[$key]}")
}

# check_batch KEY: adds to asked, lost, doubled and wrong.
check_batch() {
  local key=$1 numbers list
  make_reference "$key"
  farm verify "$key" > "$folder/verify.log" 2>&1 || failures+=("verify $key")
  farm export "$key" --out "$folder/export/$database-$key" > "$folder/export.log" 2>&1 || failures+=("export $key")
  sql "$database" "SELECT idx || ' ' || seed || ' ' || encode(sha256, 'hex') FROM images
    WHERE batch_id = (SELECT id FROM batches WHERE key = '$key')" > "$folder/rows"
  mapfile -t list < <(order "${batch_turn[$key]}")
  numbers=$(/usr/bin/python3 deploy/chaos/check.py "$folder/rows" "$reference" "$folder/export/$database-$key" "$image_seed" \
    "${batch_count[$key]}" "${list[@]}" 2>> "$folder/wrong.log") || { failures+=("check $key"); return 0; }
  read -r a l d w <<< "$numbers"
  asked=$((asked + a)) lost=$((lost + l)) doubled=$((doubled + d)) wrong=$((wrong + w))
}

# run_scenario NAME SEED
run_scenario() {
  local name=$1 began=$SECONDS key
  local asked=0 lost=0 doubled=0 wrong=0 audit=clean
  failures=() faults=""
  RANDOM=$2
  image_seed=$(($2 * 1000))
  database=${name}_$2
  port=5432
  reference=$folder/reference/$steps
  batch_turn=() batch_count=()
  say "$name, seed $2"
  mkdir -p "$reference" "$folder/export"
  rm -rf "$folder/operator" "$folder"/machines
  furnish "$folder/operator"
  sql postgres "CREATE DATABASE $database OWNER farm"
  farm db migrate > /dev/null 2>&1
  farm models add tiny config/models/tiny --upload > "$folder/models.log" 2>&1
  "scenario_$name" || failures+=("the scenario did not come to its end")
  for key in "${!batch_turn[@]}"; do
    farm_within 300 wait "$key" > "$folder/wait.log" 2>&1 || failures+=("batch $key is not done")
  done
  stop_workers
  farm audit --deep > "$folder/audit.log" 2>&1 || { audit=unclean; sed 's/^/  /' "$folder/audit.log" >&2; }
  for key in "${!batch_turn[@]}"; do check_batch "$key"; done
  local expired stale attempts
  attempts=$(sql "$database" "SELECT count(*) FROM attempts")
  expired=$(event_count job.expired) stale=$(event_count job.stale)
  [ "$audit" = clean ] && [ $((lost + doubled + wrong)) -eq 0 ] && [ ${#failures[@]} -eq 0 ] || unclean=$((unclean + 1))
  total_images=$((total_images + asked))
  table+=("$name|$2|$faults|$asked|$lost|$doubled|$wrong|$attempts|$expired|$stale|$audit|$((SECONDS - began)) s|${failures[*]-}")
  say "$faults: $asked images, $lost lost, $doubled doubled, $wrong wrong, audit $audit ${failures[*]-}"
  if [ ${#failures[@]} -gt 0 ]; then for log in "$folder"/machines/*/*.log "$folder"/*.log; do echo "$log"; tail -n 12 "$log"; done >&2; fi
  sql postgres "DROP DATABASE $database WITH (FORCE)"
}

print_table() {
  {
    echo "scenario|seed|faults|images|lost|doubled|wrong|attempts|expired|stale|audit|time|"
    printf '%s\n' "${table[@]}"
  } | column -t -s '|'
  echo "${#table[@]} runs, $total_images images, $unclean unclean"
}
