# The one Caddy in front of all servers, with a port for each.

# fastcgi_route SOCKET [NAME VALUE]…: the directives for a FastCGI responder,
# with further variables for it. The same for every contender.
fastcgi_route() {
    printf '\treverse_proxy unix/%s {\n\t\ttransport fastcgi {\n' "$1"
    printf '\t\t\tenv CHIMNEY_REQUEST_TIME_MS {time.now.unix_ms}\n'
    shift
    while (($#)); do
        printf '\t\t\tenv %s %s\n' "$1" "$2"
        shift 2
    done
    printf '\t\t}\n\t}\n'
}

write_caddyfile() {
    local server
    printf '{\n\tadmin off\n\tauto_https off\n\tlog {\n\t\toutput stderr\n\t\tlevel ERROR\n\t}\n}\n'
    for server in "${servers[@]}"; do
        [[ $is_up == *" $server "* ]] || continue
        printf 'http://127.0.0.1:%s {\n\tbind 127.0.0.1\n' "${port_of[$server]}"
        "${server}_route"
        printf '}\n'
    done
}

front_start() {
    local name
    write_caddyfile >"$work/Caddyfile"
    start front env HOME="$work" XDG_DATA_HOME="$work" XDG_CONFIG_HOME="$work" \
        caddy run --adapter caddyfile --config "$work/Caddyfile"
    for name in "${names[@]}"; do
        [[ $is_up == *" ${server_of[$name]} "* ]] || continue
        wait_until 10 "an answer of $name through Caddy" answers "$name"
    done
}

front_stop() { stop front; }

# answers NAME: with a status of 2xx.
answers() {
    is_running front || die "Caddy ended as soon as it was started (--keep leaves its log)"
    curl -sSf --max-time 5 -o /dev/null "$(url_of "$1")"
}

# ask_all_again: after the load everyone still answers, with 200.
ask_all_again() {
    local name status
    for name in "${names[@]}"; do
        status=$(curl -sS --max-time 5 -o /dev/null -w '%{http_code}' "$(url_of "$name")") || true
        [[ $status == 200 ]] || die "$name answers ${status:-nothing} after the load"
    done
}
