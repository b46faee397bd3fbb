# Go's net/http on a unix socket, with what the cache of chimney_github holds: programs/cache.

# go_program SERVER http|fcgi: builds it and starts it, reached in that way.
go_program() {
    say "building the program in Go …"
    env GO111MODULE=off GOFLAGS= GOPATH="$work/go" GOCACHE="$work/go-cache" \
        go build -o "$work/cache" "$here"/programs/cache/*.go || die "the program in Go does not build"
    start "$1" "$work/cache" "$2" "$work/$1.sock" "$store_socket" 'chimney_github:{cache}:' "$1:{telemetry}"
    wait_until 10 "the start of the program in Go" ready "$1" "$work/$1.sock"
}

# go_requests SERVER: how many it has counted.
go_requests() {
    store hgetall "$1:{telemetry}:counters" | awk '/^requests_total[{]/ { getline n; sum += n } END { print sum + 0 }'
}

# By HTTP over connections that are kept, as is usual.
go_turn=first
go_start() { go_program go http; }
go_route() { printf '\treverse_proxy unix/%s\n' "$work/go.sock"; }
go_counted() { go_requests go; }

# By FastCGI, as the others.
go_fcgi_turn=first
go_fcgi_start() { go_program go_fcgi fcgi; }
go_fcgi_route() { fastcgi_route "$work/go_fcgi.sock"; }
go_fcgi_counted() { go_requests go_fcgi; }
