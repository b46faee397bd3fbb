# Rounds of requests, taken in turns, with the CPU time and the commands that they cost. Every
# round has the same requests, so many that 1,000 deployments are enough for them.

# entries TABLE: its lines without comments.
entries() { grep -v '^#' "$scenario_dir/$1"; }

# titles TABLE: the words for each name, as JSON.
titles() {
    entries "$1" | if [[ $1 == operations ]]; then sed -E 's/^(\S+)\s+\S+\s+\S+\s+/\1\t/'; else sed -E 's/^(\S+)\s+\S+\s+/\1\t/'; fi |
        jq -R 'split("\t") | {name: .[0], title: .[1]}' | jq -sc .
}

# spent SERVER: CPU time so far, in nanoseconds.
spent() {
    local workers
    mapfile -t workers < <(workers_of "$1")
    printf '{"workers":%s,"store":%s,"caddy":%s}' "$(running_ns "${workers[@]}")" \
        "$(running_ns "${pid_of[$(store_of "$1")]}")" "$(running_ns "${pid_of[front]}")"
}

# looked_up: how many commands of the queue's kinds the store has carried out. Telemetry has others.
looked_up() {
    store info commandstats | tr -d '\r' |
        awk -F'[_:=,]' '$2 ~ /^(z.*|hmget|hget|hset|hexists|hlen|hvals)$/ { sum += $4 } END { print sum + 0 }'
}

# one_turn KIND ROUND NAME SERVER STATUSES
one_turn() {
    local before commands after
    use_store "$4"
    before=$(spent "$4")
    commands=$(looked_up)
    # shellcheck disable=SC2086  # one word for each status
    send once "$work/$4/$3" "$4" ${5//,/ }
    sleep 0.2 # what is written after the answer counts too
    after=$(spent "$4")
    commands=$(($(looked_up) - commands))
    jq -c --arg kind "$1" --argjson round "$2" --arg name "$3" --arg server "$4" --argjson before "$before" \
        --argjson after "$after" --argjson commands "$commands" \
        '{$kind, $round, $name, $server, $commands} + . + {cpu_us: ($after | with_entries(.value = (.value - $before[.key]) / 1000))}' \
        "$work/sent.json" >>"$records"
}

# Round 0 warms up, and is not told.
measure_operations() {
    local round name statuses changes side order
    for ((round = warmup ? 0 : 1; round <= rounds; round++)); do
        say "operations, round $round of $rounds …"
        order=(small large)
        ((round % 2)) || order=(large small)
        while read -r name statuses changes _; do
            for side in "${order[@]}"; do
                one_turn operation "$round" "$name" "$side" "$statuses"
                [[ $changes == no ]] || restore "$side"
            done
        done < <(entries operations)
    done
}

measure_tokens() {
    local round name statuses
    # The first ones have the issuer's keys fetched, for which few can wait.
    send_all "$work/tokens/valid" tokens 200
    for ((round = warmup ? 0 : 1; round <= rounds; round++)); do
        say "tokens, round $round of $rounds …"
        while read -r name statuses _; do
            one_turn token "$round" "$name" tokens "$statuses"
        done < <(entries tokens)
    done
}

# note_machine WHEN: what the machine has done so far, and how much of that is this run's.
note_machine() {
    local server own
    own=$(($(driver_us) + $(cpu_us "${pid_of[front]}") + $(cpu_us "${pid_of[issuer]}")))
    for server in "${servers[@]}"; do own=$((own + $(cpu_us "${pid_of[$server]}"))); done
    for server in small large; do own=$((own + $(cpu_us "${pid_of[$(store_of "$server")]}"))); done
    jq -nc --arg when "$1" --argjson own "$own" --argjson all "$(machine_us)" --argjson clock "${EPOCHREALTIME/[.,]/}" \
        '{kind: "machine", $when, $own, $all, $clock}' >>"$records"
}

# count_requests WHEN: what each pool's own telemetry has counted.
count_requests() {
    local server
    for server in "${servers[@]}"; do
        use_store "$server"
        jq -nc --arg server "$server" --arg when "$1" --argjson requests "$(chimney_requests "$server")" \
            '{kind: "counted", $server, $when, $requests}' >>"$records"
    done
}
