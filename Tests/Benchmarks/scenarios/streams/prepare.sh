# Clients that wait: streams of the log, and requests held for one outcome, through the
# package's own Caddyfile.

packages=(caddy redis-server redis-tools curl jq procps gcc libc6-dev libfcgi-dev libhiredis-dev)

repository=example/app
streams=2000
held=1000
lines=100
lines_per_second=2
pace_rate=200
pace_seconds=20

scenario_run() {
    gcc -O2 -Wall -Wextra -o "$work/clients" "$here/programs/clients.c"
    find_chimney
    describe_machine
    store_start
    start_origin

    say "$pace_rate requests/s without streams …"
    pace >"$work/before.json"
    measure_streams
    say "$pace_rate requests/s without streams …"
    pace >"$work/after.json"
    measure_held
    report_streams
}

start_origin() {
    servers=(chimney)
    choose_ports
    port=${port_of[chimney]}
    chimney_environment chimney
    start chimney env "${chimney_env[@]}" CHIMNEY_FAULTS=true \
        "$chimney" pool --listen "$work/chimney.sock" --workers "$workers"
    wait_until 10 "the start of chimney" ready chimney "$work/chimney-streamer.sock"
    start front env HOME="$work" XDG_DATA_HOME="$work" CHIMNEY_PORT="$port" CHIMNEY_MANAGEMENT_PORT="$(free_port)" \
        CHIMNEY_PATHS='/debug/*' \
        CHIMNEY_SOCKET="$work/chimney.sock" CHIMNEY_STREAM_SOCKET="$work/chimney-streamer.sock" \
        caddy run --adapter caddyfile --config "$root/caddy/Caddyfile"
    wait_until 10 "an answer through Caddy" curl -sSf -o /dev/null "http://127.0.0.1:$port/health"
}

pace() { "$work/clients" pace "$port" /api/version "$pace_rate" "$pace_seconds" || die "the paced load failed"; }

streamer() { children_named "${pid_of[chimney]}" 'chimney streamer'; }

# kept: how many clients the streamer has.
kept() { curl -sS --max-time 5 "http://127.0.0.1:$port/api/pool/status" | jq '.streamers[0].clients'; }

keeps() { [[ $(kept) == "$1" ]]; }

# with_clients ARGUMENT…: starts the program of many clients, to be spoken with.
with_clients() {
    coproc CLIENTS { exec "$work/clients" "$@"; }
    pid_of[clients]=$CLIENTS_PID
    started+=(clients)
    exec {from_clients}<&"${CLIENTS[0]}" {to_clients}>&"${CLIENTS[1]}"
}

# hear WORD: what the program has to say next.
hear() {
    local word=
    read -r word <&"$from_clients" || true
    [[ $word == "$1" ]] || die "the clients did not get as far as: $1"
}

# figures FILE: what the program says last.
figures() {
    head -n 1 <&"$from_clients" >"$1"
    finished clients || die "the clients failed"
    exec {from_clients}<&- {to_clients}>&-
}

# Lines of requests that fail, seen by who asks for errors: the load beside them writes none.
measure_streams() {
    local empty with after began
    say "$streams streams …"
    empty=$(private_kb "$(streamer)")
    with_clients lines "$port" '/api/logs/stream?level=error' "$streams" /debug/fail "$lines" "$lines_per_second"
    hear open
    keeps "$streams" || die "the streamer keeps $(kept) streams"
    with=$(private_kb "$(streamer)")
    say "$lines lines, and $pace_rate requests/s …"
    echo go >&"$to_clients"
    sleep 5
    pace >"$work/during.json"
    after=$(private_kb "$(streamer)")
    hear closed
    began=${EPOCHREALTIME/[.,]/}
    figures "$work/lines.json"
    say "until they are gone …"
    wait_until 60 "the end of the streams" keeps 0
    jq -nc --argjson empty "$empty" --argjson with "$with" --argjson after "$after" \
        --argjson gone_us "$((${EPOCHREALTIME/[.,]/} - began))" --argjson streams "$streams" \
        '{$streams, empty_kb: $empty, with_kb: $with, with_lines_kb: $after, $gone_us}' >"$work/memory.json"
}

measure_held() {
    say "$held held requests …"
    with_clients held "$port" '/debug/hold?name=benchmark&ms=60000' "$held" '/debug/hold/finish?name=benchmark'
    hear open
    wait_until 30 "the hold of all requests" keeps "$held"
    # One of them is busy with telling.
    curl -sS --max-time 5 "http://127.0.0.1:$port/api/pool/status" |
        jq '[.workers[] | select(.route != null)] | length - 1 | {busy: .}' >"$work/busy.json"
    echo go >&"$to_clients"
    figures "$work/held.json"
}

report_streams() {
    jq -n --arg at "$(date -u +%Y-%m-%dT%H:%M:%SZ)" --slurpfile machine "$work/machine.json" \
        --slurpfile before "$work/before.json" --slurpfile during "$work/during.json" \
        --slurpfile after "$work/after.json" --slurpfile lines "$work/lines.json" \
        --slurpfile memory "$work/memory.json" --slurpfile held "$work/held.json" --slurpfile busy "$work/busy.json" \
        '{scenario: "streams", $at, machine: $machine[0], before: $before[0], during: $during[0], after: $after[0],
          lines: $lines[0], memory: $memory[0], held: $held[0], busy: $busy[0].busy}' |
        jq -f "$scenario_dir/targets.jq" >"$work/figures.json"
    mkdir -p "$(dirname "$json")"
    cp "$work/figures.json" "$json"
    jq -r -L "$here/report" -f "$scenario_dir/table.jq" "$work/figures.json"
    say "figures: $json"
    jq -e '.lines.missing + .lines.repeated + .lines.astray + .held.missing + .during.failed + .before.failed == 0' \
        "$work/figures.json" >/dev/null || die "not every client has got everything once"
    if $check && jq -e 'any(.targets[]; .met == false)' "$work/figures.json" >/dev/null; then exit 3; fi
}
