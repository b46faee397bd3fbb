# Go's net/http on a unix socket, with what the cache of chimney_github holds: programs/cache.

go_turn=first

go_start() {
    say "building the program in Go …"
    env GO111MODULE=off GOFLAGS= GOPATH="$work/go" GOCACHE="$work/go-cache" \
        go build -o "$work/cache" "$here"/programs/cache/*.go || die "the program in Go does not build"
    start go "$work/cache" "$work/go.sock" "$store_socket" 'chimney_github:{cache}:' 'go:{telemetry}'
    wait_until 10 "the start of the program in Go" ready go "$work/go.sock"
}

# HTTP with connections that are kept, as is usual.
go_route() { printf '\treverse_proxy unix/%s\n' "$work/go.sock"; }

go_counted() {
    store hgetall 'go:{telemetry}:counters' | awk '/^requests_total[{]/ { getline n; sum += n } END { print sum + 0 }'
}
