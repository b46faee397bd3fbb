# chimney with its cache of GitHub, which programs/github.py plays.

chimney_github_turn=first

chimney_github_start() {
    local port
    port=$(free_port)
    start github python3 "$here/programs/github.py" "$port"
    wait_until 10 "the start of GitHub's part" listens "$port"
    mkdir "$work/memory"
    chimney_pool chimney_github "GITHUB_API_URL=http://127.0.0.1:$port" "INVALIDATE_TOKEN=$chimney_token" \
        "CHIMNEY_CACHE_DIR=$work/memory"
}

chimney_github_route() { fastcgi_route "$work/chimney_github.sock" CHIMNEY_HOLDS 1; }
chimney_github_counted() { chimney_requests chimney_github; }
