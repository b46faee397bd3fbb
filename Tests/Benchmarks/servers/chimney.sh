# chimney: its pool of workers over the store, all telemetry on.

chimney_turn=first
chimney_token=benchmark

chimney_environment() {
    chimney_env=(
        "DRAGONFLY_URL=unix://$store_socket?db=0"
        "CHIMNEY_PREFIX=chimney:"
        "DEPLOY_TOKEN=$chimney_token"
        "GITHUB_REPO=$repository"
    )
}

chimney_start() {
    chimney_environment
    start chimney env "${chimney_env[@]}" "$chimney" pool --listen "$work/chimney.sock" --workers "$workers"
    wait_until 10 "the start of chimney" ready chimney "$work/chimney.sock"
}

chimney_route() { fastcgi_route "$work/chimney.sock"; }

# Its workers, and not the streamer beside them.
chimney_workers() { children_named "${pid_of[chimney]}" 'chimney worker'; }

chimney_counted() {
    store hgetall 'chimney:{telemetry}:counters' |
        awk '/^chimney_requests_total[{]/ { getline n; sum += n } END { print sum + 0 }'
}
