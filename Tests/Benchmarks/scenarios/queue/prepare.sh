# The deployment queue: what each operation costs where an organisation has 1,000 deployments and
# where it has many, and what it costs to refuse forged tokens.

packages=(
    caddy redis-server redis-tools curl jq procps python3 openssl
    gcc libc6-dev libfcgi-dev libhiredis-dev libcurl4-openssl-dev
)

repository=example/app

for part in sides seed rounds; do
    # shellcheck source=/dev/null
    source "$scenario_dir/$part.sh"
done

scenario_run() {
    ((stored % 1000 == 0)) || wrong_usage "--stored needs a multiple of 1000 for this scenario"
    gcc -O2 -Wall -Wextra -o "$work/requests" "$here/programs/requests.c"
    find_chimney
    describe_machine
    servers=(small large tokens)
    choose_ports
    start_sides
    start_tokens
    front_start
    wait_until 10 "an answer through Caddy" answer_all

    for side in small large; do seed "$side"; done
    count_requests before
    note_machine before
    measure_operations
    measure_tokens
    note_machine after
    count_requests after
    report_queue
}

# answer_all: every pool does.
answer_all() {
    local server
    for server in "${servers[@]}"; do
        curl -sSf --max-time 5 -o /dev/null "http://127.0.0.1:${port_of[$server]}/health" || return 1
    done
}

report_queue() {
    jq -s -f "$scenario_dir/figures.jq" --arg at "$(date -u +%Y-%m-%dT%H:%M:%SZ)" \
        --argjson connections "$connections" --argjson rounds "$rounds" --argjson workers "$workers" \
        --argjson operations "$(titles operations)" --argjson tokens "$(titles tokens)" \
        --slurpfile machine "$work/machine.json" "$records" |
        jq -f "$scenario_dir/targets.jq" >"$work/figures.json"
    mkdir -p "$(dirname "$json")"
    cp "$work/figures.json" "$json"
    jq -r -L "$here/report" -f "$scenario_dir/table.jq" "$work/figures.json"
    say "figures: $json"
    jq -r 'select(.others_pct > 10) | "Something else took \(.others_pct | round) % of the CPU: not to be trusted."' "$work/figures.json"
    jq -e '.errors == 0' "$work/figures.json" >/dev/null || die "not every request was answered as it should be"
    jq -e '.uncounted <= 0' "$work/figures.json" >/dev/null ||
        die "telemetry has not counted every request, so the figures are not of the whole work"
    if $check && jq -e 'any(.targets[]; .met == false)' "$work/figures.json" >/dev/null; then exit 3; fi
}
