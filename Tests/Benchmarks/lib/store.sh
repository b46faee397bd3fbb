# Stores of this run alone, without persistence. Most scenarios have one, the same for all.

# store_start [NAME]: what follows is about this one.
store_start() {
    local name=${1-store}
    store_socket=$work/$name.sock
    start "$name" redis-server --port 0 --unixsocket "$store_socket" --unixsocketperm 666 \
        --save '' --appendonly no --dir "$work" --daemonize no
    wait_until 10 "the start of the store" store_answers "$name"
}

store() { redis-cli -s "$store_socket" "$@"; }

store_answers() {
    is_running "$1" || die "redis-server ended as soon as it was started"
    [[ $(store ping) == PONG ]]
}
