# Starting processes and stopping exactly those, and waiting for what they do.

declare -A pid_of=()
started=()

# Where the output of a process goes. Under load logs would fill a disk, so they
# are kept only if asked for.
log_of() {
    if $keep; then echo "$work/$1.log"; else echo /dev/null; fi
}

# start NAME COMMAND…: in the background; its process id is then pid_of[NAME].
start() { start_to "$(log_of "$1")" "$@"; }

# start_to FILE NAME COMMAND…: the same with its output in that file.
start_to() {
    local file=$1 name=$2
    shift 2
    "$@" </dev/null >"$file" 2>&1 {watcher}>&- &
    pid_of[$name]=$!
    started+=("$name")
}

# finished NAME: waits for its end; succeeds if it did.
finished() {
    local status=0
    wait "${pid_of[$1]}" || status=$?
    unset "pid_of[$1]"
    return "$status"
}

is_running() { [[ -n ${pid_of[$1]-} ]] && kill -0 "${pid_of[$1]}" 2>/dev/null; }

# stop NAME: asks it to end; after 10 seconds ends it and its children.
stop() {
    local pid=${pid_of[$1]-} children tries=100
    [[ -n $pid ]] || return 0
    children=$(pgrep -P "$pid" || true)
    kill -TERM "$pid" 2>/dev/null || true
    while kill -0 "$pid" 2>/dev/null && ((tries-- > 0)); do sleep 0.1; done
    if kill -0 "$pid" 2>/dev/null; then
        # shellcheck disable=SC2086  # one word for each child
        kill -KILL "$pid" $children 2>/dev/null || true
    fi
    wait "$pid" 2>/dev/null || true
    unset "pid_of[$1]"
}

stop_all() {
    local index
    for ((index = ${#started[@]} - 1; index >= 0; index--)); do
        stop "${started[index]}"
    done
    started=()
}

remove_work() {
    if $keep; then say "kept: $work"; else rm -rf "$work"; fi
}

# wait_until SECONDS WHAT COMMAND…: until the command succeeds.
wait_until() {
    local tries=$(($1 * 20)) what=$2
    shift 2
    until "$@" >/dev/null 2>&1; do
        ((tries-- > 0)) || die "$what did not happen in time (--keep leaves the logs)"
        sleep 0.05
    done
}

# ready NAME SOCKET: the process NAME has its socket; at once wrong if it has ended.
ready() {
    is_running "$1" || die "$1 ended as soon as it was started (--keep leaves its log)"
    [[ -S $2 ]]
}
