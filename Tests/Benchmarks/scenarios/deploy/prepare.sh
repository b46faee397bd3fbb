# Callers that wait for deployments: what they cost the others, and how soon each is told of its
# outcome. Through the package's own Caddyfile, with a runner beside the pool.

packages=(caddy redis-server redis-tools curl jq procps python3 openssl gcc libc6-dev libfcgi-dev libhiredis-dev)

repository=example/app
callers=200
sites=20
secret=benchmark
# The commit whose deployment takes its time.
long=$(printf 'f%.0s' {1..40})
# The load takes nearly all of the time for which the long deployment is kept from its end.
pace_rate=200
pace_seconds=25

scenario_run() {
    gcc -O2 -Wall -Wextra -o "$work/clients" "$here/programs/clients.c"
    find_chimney
    describe_machine
    store_start
    write_services
    start_origin
    start_runner
    sample_events >"$work/events"
    post_events chimney

    say "$pace_rate requests/s without a deployment …"
    pace >"$work/before.json"
    measure_callers
    say "$pace_rate requests/s without a deployment …"
    pace >"$work/after.json"
    report_deploy
}

# The program that deploys: the long one takes until somebody says so. It notes when it has ended.
write_services() {
    mkdir "$work/ended"
    mkfifo "$work/go"
    cat >"$work/deploy.sh" <<END
#!/bin/bash
if [[ \$1 == $long ]]; then read -r _ <"$work/go"; fi
echo "\${EPOCHREALTIME/[.,]/}" >"$work/ended/\$1"
END
    chmod +x "$work/deploy.sh"
    jq -n --arg script "$work/deploy.sh" --argjson sites "$sites" \
        '{services: (["long"] + [range($sites) | "site-\(.)"]
            | map({key: ., value: {hosts: ["benchmark"], strategy: "script", $script}}) | from_entries)}' \
        >"$work/services.json"
}

start_origin() {
    servers=(chimney)
    choose_ports
    port=${port_of[chimney]}
    chimney_environment chimney
    chimney_env+=("DEPLOY_SERVICES_FILE=$work/services.json" CHIMNEY_HOST=benchmark)
    start chimney env "${chimney_env[@]}" "WEBHOOK_SECRET=$secret" \
        "$chimney" pool --listen "$work/chimney.sock" --workers "$workers"
    wait_until 10 "the start of chimney" ready chimney "$work/chimney-streamer.sock"
    start front env HOME="$work" XDG_DATA_HOME="$work" CHIMNEY_PORT="$port" CHIMNEY_MANAGEMENT_PORT="$(free_port)" \
        CHIMNEY_SOCKET="$work/chimney.sock" CHIMNEY_STREAM_SOCKET="$work/chimney-streamer.sock" \
        caddy run --adapter caddyfile --config "$root/caddy/Caddyfile"
    wait_until 10 "an answer through Caddy" curl -sSf -o /dev/null "http://127.0.0.1:$port/health"
}

start_runner() {
    mkdir "$work/runner"
    start runner env "${chimney_env[@]}" "CHIMNEY_RUNNER_DIR=$work/runner" "$chimney" runner
    wait_until 10 "the start of the runner" runner_beats
}

runner_beats() {
    is_running runner || die "the runner ended as soon as it was started (--keep leaves its log)"
    [[ $(store hexists 'chimney:{deployer}:runners' benchmark) == 1 ]]
}

pace() { "$work/clients" pace "$port" /api/deploy/status "$pace_rate" "$pace_seconds" || die "the paced load failed"; }

pool_status() { curl -sS --max-time 5 "http://127.0.0.1:$port/api/pool/status"; }

# keeps COUNT: whether the streamer has so many clients.
keeps() { [[ $(pool_status | jq '.streamers[0].clients') == "$1" ]]; }

# busy: how many workers are at something, but for the one that tells.
busy() { pool_status | jq '[.workers[] | select(.route != null)] | length - 1'; }

streamer_kb() { private_kb "$(children_named "${pid_of[chimney]}" 'chimney streamer')"; }

begin_long() {
    local body signature
    body="{\"service\":\"long\",\"image_sha\":\"$long\"}"
    signature=$(printf %s "$body" | openssl dgst -sha256 -hmac "$secret" -r | cut -c-64)
    curl -sSf --max-time 10 -o /dev/null "http://127.0.0.1:$port/deploy" -d "$body" -H 'Content-Type: application/json' \
        -H "X-Hub-Signature-256: sha256=$signature" -H 'Prefer: respond-async' || die "the long deployment is refused"
    wait_until 10 "the beginning of the long deployment" runs_long
}

runs_long() { [[ $(curl -sS "http://127.0.0.1:$port/deploy?service=long" | jq -r '.deployments[0].phase') == start ]]; }

measure_callers() {
    local empty held after idle word=
    say "$callers callers, with a deployment under way …"
    begin_long
    python3 "$here/programs/deployments.py" "$callers" "$sites" "$secret" "$work/calls" || die "there are no calls"
    empty=$(streamer_kb)
    coproc CLIENTS { exec "$work/clients" calls "$port" "$work/calls" "$callers"; }
    pid_of[clients]=$CLIENTS_PID
    started+=(clients)
    exec {from_clients}<&"${CLIENTS[0]}" {to_clients}>&"${CLIENTS[1]}"
    read -r word <&"$from_clients" || true
    [[ $word == open ]] || die "the callers did not get as far as calling"
    wait_until 30 "the hold of all callers" keeps "$callers"
    held=$(streamer_kb)
    idle=$(busy)
    say "$pace_rate requests/s beside them …"
    pace >"$work/during.json"
    keeps "$callers" || die "not all callers are held any more"
    after=$(streamer_kb)
    say "until each has its outcome …"
    echo go >&"$to_clients"
    echo go >"$work/go"
    head -n 1 <&"$from_clients" >"$work/answers.json"
    finished clients || die "the callers failed"
    exec {from_clients}<&- {to_clients}>&-
    wait_until 30 "the end of all holds" keeps 0
    jq -nc --argjson callers "$callers" --argjson empty "$empty" --argjson held "$held" --argjson after "$after" \
        --argjson busy "$idle" '{$callers, $busy, empty_kb: $empty, with_kb: $held, with_load_kb: $after}' \
        >"$work/held.json"
    curl -sS "http://127.0.0.1:$port/deploy?service=long" >"$work/long.json"
}

# ended: when the program of each deployment had ended, in the order of the calls.
ended() {
    local number
    for ((number = 0; number < callers; number++)); do
        cat "$work/ended/$(printf '%040d' "$number")" || die "the deployment $number was not carried out"
    done
}

report_deploy() {
    ended | jq -s . >"$work/ended.json"
    jq -n --arg at "$(date -u +%Y-%m-%dT%H:%M:%SZ)" --slurpfile machine "$work/machine.json" \
        --slurpfile before "$work/before.json" --slurpfile during "$work/during.json" \
        --slurpfile after "$work/after.json" --slurpfile held "$work/held.json" \
        --slurpfile answers "$work/answers.json" --slurpfile ended "$work/ended.json" \
        --slurpfile long "$work/long.json" -f "$scenario_dir/figures.jq" |
        jq -f "$scenario_dir/targets.jq" >"$work/figures.json"
    mkdir -p "$(dirname "$json")"
    cp "$work/figures.json" "$json"
    jq -r -L "$here/report" -f "$scenario_dir/table.jq" "$work/figures.json"
    say "figures: $json"
    jq -e '.failed + .before.failed + .during.failed + .after.failed == 0' "$work/figures.json" >/dev/null ||
        die "not every request was answered well"
    if $check && jq -e 'any(.targets[]; .met == false)' "$work/figures.json" >/dev/null; then exit 3; fi
}
