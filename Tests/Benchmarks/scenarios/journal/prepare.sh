# What the journal costs: two pools on one store, one of which keeps a journal on the disk that the
# temporary folder is on, and waits for that disk before it answers.

packages=(
    caddy redis-server redis-tools curl jq procps python3
    gcc libc6-dev libfcgi-dev libhiredis-dev libcurl4-openssl-dev
)

repository=example/app
per_round=4000

# shellcheck source=/dev/null
source "$here/scenarios/queue/rounds.sh"

without_route() { fastcgi_route "$work/without.sock"; }
with_route() { fastcgi_route "$work/with.sock"; }
store_of() { echo store; }
use_store() { :; }

scenario_run() {
    gcc -O2 -Wall -Wextra -o "$work/requests" "$here/programs/requests.c"
    find_chimney
    describe_machine
    servers=(without with)
    choose_ports
    store_start
    chimney_pool without AUTH_ENABLED=false QUEUE_DAILY_LIMIT=1000000
    chimney_pool with AUTH_ENABLED=false QUEUE_DAILY_LIMIT=1000000 "CHIMNEY_JOURNAL_DIR=$work/journal"
    is_up+="without with "
    front_start
    wait_until 10 "durable writes" takes_writes
    measure_writes
    jq -s -f "$scenario_dir/figures.jq" --arg at "$(date -u +%Y-%m-%dT%H:%M:%SZ)" \
        --argjson connections "$connections" --argjson rounds "$rounds" --argjson workers "$workers" \
        --arg disk "$(stat -f -c %T "$work")" --slurpfile machine "$work/machine.json" "$records" |
        jq -f "$scenario_dir/targets.jq" >"$work/figures.json"
    mkdir -p "$(dirname "$json")"
    cp "$work/figures.json" "$json"
    jq -r -L "$here/report" -f "$scenario_dir/table.jq" "$work/figures.json"
    say "figures: $json"
    jq -e '.errors == 0' "$work/figures.json" >/dev/null || die "not every request was answered as it should be"
    if $check && jq -e 'any(.targets[]; .met == false)' "$work/figures.json" >/dev/null; then exit 3; fi
}

takes_writes() {
    local server
    for server in "${servers[@]}"; do
        curl -sSf --max-time 5 "http://127.0.0.1:${port_of[$server]}/healthz" | jq -e '.status == "ok"' >/dev/null || return 1
    done
}

send() {
    local file=$2 server=$3
    shift 3
    "$work/requests" once "${port_of[$server]}" "$connections" "$file" "$@" >"$work/sent.json" ||
        die "the requests of $(basename "$file") failed"
}

# syncs: how often the journal has had the disk do what it has.
syncs() { od -An -tu8 -N8 "$work/journal/synced" | tr -d ' '; }

# Round 0 warms up, and is not told. Each has its turn first in every other round.
measure_writes() {
    local round name status server order before
    mkdir "$work/with" "$work/without"
    for ((round = warmup ? 0 : 1; round <= rounds; round++)); do
        say "round $round of $rounds …"
        order=(without with)
        ((round % 2)) || order=(with without)
        for name in deploy create change; do
            status=200
            [[ $name != create ]] || status=201
            for server in "${order[@]}"; do
                python3 "$here/programs/writes.py" "$name" "$per_round" "$chimney_token" "${port_of[$server]}" "$work/$server/$name"
                before=$(syncs)
                one_turn write "$round" "$name" "$server" "$status"
                jq -nc --argjson round "$round" --arg name "$name" --arg server "$server" --argjson syncs "$(($(syncs) - before))" \
                    '{kind: "syncs", $round, $name, $server, $syncs}' >>"$records"
            done
        done
    done
}
