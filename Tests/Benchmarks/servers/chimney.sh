# chimney: its pool of workers over the store, all telemetry on, but not exported.

chimney_turn=first
chimney_token=benchmark

# chimney_environment SERVER: sets chimney_env, for a pool with a part of the store of its own.
chimney_environment() {
    chimney_env=(
        "DRAGONFLY_URL=unix://$store_socket?db=0"
        "CHIMNEY_PREFIX=$1:"
        "DEPLOY_TOKEN=$chimney_token"
        "GITHUB_REPO=$repository"
        OTEL_SDK_DISABLED=true
    )
}

# chimney_pool SERVER [VARIABLE=value]…
chimney_pool() {
    local server=$1
    shift
    chimney_environment "$server"
    start "$server" env "${chimney_env[@]}" "$@" "$chimney" pool --listen "$work/$server.sock" --workers "$workers"
    wait_until 10 "the start of $server" ready "$server" "$work/$server.sock"
}

# chimney_requests SERVER: how many its pool has counted.
chimney_requests() {
    store hgetall "$1:{telemetry}:counters" |
        awk '/^chimney_requests_total[{]/ { getline n; sum += n } END { print sum + 0 }'
}

chimney_start() { chimney_pool chimney; }
chimney_route() { fastcgi_route "$work/chimney.sock"; }
chimney_counted() { chimney_requests chimney; }
