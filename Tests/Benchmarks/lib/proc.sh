# What the kernel counts about a process: CPU time and private memory.

ticks_per_second=$(getconf CLK_TCK)

children_of() { pgrep -P "$1" || true; }

# is_beside PID: whether it is one of chimney's that does not answer requests itself,
# such as its agent.
is_beside() {
    local name
    { read -r name <"/proc/$1/comm"; } 2>/dev/null || return 1
    [[ $name == 'chimney '* && $name != 'chimney worker' ]]
}

# children_named PID NAME: those with this name, by the 15 bytes of it that the kernel keeps.
children_named() {
    local child name
    for child in $(children_of "$1"); do
        { read -r name <"/proc/$child/comm"; } 2>/dev/null || continue
        [[ $name != "${2:0:15}" ]] || echo "$child"
    done
}

# cpu_ticks PID: CPU time of a process, its descendants, and those that it has
# already waited for, so that a worker replaced during a round is not lost.
cpu_ticks() {
    local stat fields child sum
    read -r stat 2>/dev/null <"/proc/$1/stat" || { echo 0; return; }
    read -ra fields <<<"${stat##*) }"
    sum=$((fields[11] + fields[12] + fields[13] + fields[14]))
    for child in $(children_of "$1"); do
        sum=$((sum + $(cpu_ticks "$child")))
    done
    echo "$sum"
}

# cpu_us PID: the same in microseconds.
cpu_us() {
    local ticks
    ticks=$(cpu_ticks "$1")
    echo $((ticks * (1000000 / ticks_per_second)))
}

# beside_us PID: the same for those of its children that do not answer requests.
beside_us() {
    local child sum=0
    for child in $(children_of "$1"); do
        if is_beside "$child"; then sum=$((sum + $(cpu_us "$child"))); fi
    done
    echo "$sum"
}

# running_ns PID…: CPU time of all threads that these processes have, to the nanosecond: ticks
# are too coarse for a part of a second. What threads took that have ended is not in it.
running_ns() {
    local pid task ns sum=0
    for pid in "$@"; do
        for task in "/proc/$pid/task/"*; do
            { read -r ns _ <"$task/schedstat"; } 2>/dev/null || continue
            sum=$((sum + ns))
        done
    done
    echo "$sum"
}

# driver_us: the same for this script and all that it has waited for, wrk too.
driver_us() {
    local stat fields
    read -r stat <"/proc/$$/stat"
    read -ra fields <<<"${stat##*) }"
    echo $(((fields[11] + fields[12] + fields[13] + fields[14]) * (1000000 / ticks_per_second)))
}

# machine_us: CPU time of everything on this machine, and what its host took from it.
machine_us() {
    local fields
    read -ra fields </proc/stat
    echo $(((fields[1] + fields[2] + fields[3] + fields[6] + fields[7] + fields[8]) * (1000000 / ticks_per_second)))
}

# private_kb PID: memory that is this process's alone.
private_kb() {
    awk '/^Private_(Clean|Dirty):/ { sum += $2 } END { print sum + 0 }' "/proc/$1/smaps_rollup"
}
