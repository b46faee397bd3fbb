# Starting the servers of the table. A file servers/X.sh has:
#
#   X_start    starts it by `start X …` and waits until it listens
#   X_route    prints the lines of the Caddyfile that lead to it
#   X_turn     first, or second if it needs the answer that the scenario prepares
#   X_counted  if it keeps telemetry: prints how many requests that has counted

is_up=" "

# start_servers TURN
start_servers() {
    local server turn
    for server in "${servers[@]}"; do
        turn=${server}_turn
        [[ ${!turn} == "$1" ]] || continue
        "${server}_start"
        is_up+="$server "
    done
}
