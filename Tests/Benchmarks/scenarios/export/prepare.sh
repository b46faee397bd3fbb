# GET /api/deploy/status with a full ring, lines and spans exported and not.

repository=example/app

scenario_prepare() {
    local server
    sample_events >"$work/events"
    for server in "${servers[@]}"; do post_events "$server"; done
    take_answer "${servers[0]}" /api/deploy/status
}

scenario_cgi() { :; }
