# A store of this run alone, without persistence, the same for all.

store_start() {
    store_socket=$work/store.sock
    start store redis-server --port 0 --unixsocket "$store_socket" --unixsocketperm 666 \
        --save '' --appendonly no --dir "$work" --daemonize no
    wait_until 10 "the start of the store" store_answers
}

store() { redis-cli -s "$store_socket" "$@"; }

store_answers() {
    is_running store || die "redis-server ended as soon as it was started"
    [[ $(store ping) == PONG ]]
}
