# The deployments that there are before anything is measured, made and moved through the API; and
# the way back to them.

# send HOW FILE SERVER STATUS…: all requests of a file, as programs/requests.c has it; figures in $work/sent.json.
send() {
    local how=$1 file=$2 server=$3
    shift 3
    "$work/requests" "$how" "${port_of[$server]}" "$connections" "$file" "$@" >"$work/sent.json" ||
        die "the requests of $(basename "$file") failed"
}

# send_all FILE SERVER STATUS: the same, again and again where the server cannot serve.
send_all() {
    send again "$@"
    jq -e '.errors == 0' "$work/sent.json" >/dev/null || die "the requests of $(basename "$1") were not answered as they should be"
}

used_memory() { store info memory | tr -d '\r' | awk -F: '$1 == "used_memory" { print $2 }'; }

# seed SIDE
seed() {
    local side=$1 count=${stored_of[$1]} batch empty
    use_store "$side"
    empty=$(used_memory)
    for ((batch = 1; batch * 1000 <= count; batch++)); do
        ((batch % 10 != 1)) || say "$side: $(((batch - 1) * 1000)) of $count deployments …"
        queue create "$batch" "$work/creations"
        send_all "$work/creations" "$side" 201
        queue move "${port_of[$side]}" 1 "$work/moves"
        send_all "$work/moves" "$side" 200
        queue move "${port_of[$side]}" 2 "$work/moves"
        send_all "$work/moves" "$side" 200
    done
    sleep 0.5
    jq -nc --arg side "$side" --argjson count "$count" --argjson bytes "$(($(used_memory) - empty))" \
        --argjson keys "$(store dbsize)" '{kind: "seeded", $side, $count, $bytes, $keys}' >>"$records"
    mkdir "$work/$side"
    queue operations "${port_of[$side]}" "$work/$side"
    copy_keys "$side" 0 1
}

queue() { python3 "$here/programs/queue.py" "$@" || die "programs/queue.py $1 failed"; }

# copy_keys SIDE FROM TO: the queue's, from one database of its store to the other.
copy_keys() {
    queue_keys "$1" "$2" | sed "s/.*/COPY & & DB $3 REPLACE/" | store -n "$2" >/dev/null
}

queue_keys() { store -n "$2" --scan --pattern "$1:queue:*"; }

# restore SIDE: all is as it was after the seeding.
restore() {
    use_store "$1"
    queue_keys "$1" 0 | sed 's/^/DEL /' | store -n 0 >/dev/null
    copy_keys "$1" 1 0
}
