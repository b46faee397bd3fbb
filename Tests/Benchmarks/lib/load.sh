# Load: rounds of wrk, taken in turns, with the CPU time that each cost.

# wrk_run SECONDS URL: one line of JSON, in $work/wrk.json.
wrk_run() {
    start_to "$work/wrk.out" wrk \
        wrk -t "$threads" -c "$connections" -d "${1}s" -s "$here/programs/wrk.lua" "$2"
    finished wrk || die "wrk failed: $(tail -n 3 "$work/wrk.out")"
    tail -n 1 "$work/wrk.out" | jq -c . >"$work/wrk.json" || die "wrk told nothing"
}

# cpu_now SERVER: CPU time so far of the server, of that its processes beside the
# workers, of the store, Caddy, this script with wrk, and of the whole machine, so
# that what others take from it can be told; and the time of day. All in microseconds.
cpu_now() {
    local own=null beside=null
    if [[ -n ${pid_of[$1]-} ]]; then
        own=$(cpu_us "${pid_of[$1]}")
        beside=$(beside_us "${pid_of[$1]}")
    fi
    printf '{"own":%s,"beside":%s,"store":%s,"caddy":%s,"driver":%s,"machine":%s,"clock":%s}' "$own" "$beside" \
        "$(cpu_us "${pid_of[store]}")" "$(cpu_us "${pid_of[front]}")" "$(driver_us)" "$(machine_us)" "${EPOCHREALTIME/[.,]/}"
}

# around WHEN NAME: what the scenario does before or after a contender's round (before_round, after_round), if anything.
around() {
    if declare -F "$1_round" >/dev/null; then "$1_round" "$2"; fi
}

# one_round ROUND NAME
one_round() {
    local server=${server_of[$2]} before after
    around before "$2"
    before=$(cpu_now "$server")
    wrk_run "$duration" "$(url_of "$2")"
    sleep 0.2 # what is written after the answer counts too
    after=$(cpu_now "$server")
    around after "$2"
    jq -c --arg name "$2" --argjson round "$1" --argjson before "$before" --argjson after "$after" \
        '{kind: "round", $name, $round} + . + {cpu_us: ($after | with_entries(
            if .value == null then . else .value -= $before[.key] end))}' "$work/wrk.json" >>"$records"
}

# counted WHEN: what each server's own telemetry has counted.
counted() {
    local server
    for server in "${servers[@]}"; do
        declare -F "${server}_counted" >/dev/null || continue
        jq -nc --arg server "$server" --arg when "$1" --argjson requests "$("${server}_counted")" \
            '{kind: "counted", $server, $when, $requests}' >>"$records"
    done
}

warm_up() {
    local name
    ((warmup)) || return 0
    say "warming up …"
    for name in "${names[@]}"; do
        around before "$name"
        wrk_run "$warmup" "$(url_of "$name")"
    done
    sleep 0.2
}

# Every round begins with another contender, so that no place in it is favoured.
run_rounds() {
    local round turn name count=${#names[@]}
    counted before
    for ((round = 1; round <= rounds; round++)); do
        say "round $round of $rounds …"
        for ((turn = 0; turn < count; turn++)); do
            name=${names[(round - 1 + turn) % count]}
            one_round "$round" "$name"
        done
    done
    counted after
}

# workers_of SERVER: its processes that answer requests.
workers_of() {
    local child
    for child in $(children_of "${pid_of[$1]}"); do
        is_beside "$child" || echo "$child"
    done
}

# Private memory of every worker, after the load.
measure_memory() {
    local server child sizes
    for server in "${servers[@]}"; do
        [[ -n ${pid_of[$server]-} ]] || continue
        sizes=
        for child in $(workers_of "$server"); do
            sizes+="$(private_kb "$child") "
        done
        jq -nc --arg server "$server" --arg kb "$sizes" \
            '{kind: "memory", $server, kb: [$kb | splits(" +") | select(. != "") | tonumber]}' >>"$records"
    done
}
