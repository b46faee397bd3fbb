# GET /api/deploy/status with a full ring.

repository=example/app
ring_posts=60

# One deploy event a line, oldest first: six of seven succeed, every one has its
# own sha, a title of usual length and two addresses.
sample_events() {
    jq -nc --argjson count "$ring_posts" 'now as $now | range($count) | {
        sha: (("0000000" + ((. * 7919 + 3051037) | tostring))[-7:] + "abcdef0123456789abcdef0123456789a"),
        pr_number: (300 + .),
        pr_title: "feat(edge): blue/green rewrite, part \(.) – “smaller” steps",
        slot: (if . % 2 == 0 then "blue" else "green" end),
        outcome: (if . % 7 == 3 then "failure" else "success" end),
        duration_s: (30 + . % 40),
        deployed_at: ($now - ($count - .) * 600 | floor | todate),
        origin_ips: ["192.0.2.\(. % 250)", "2001:db8::\(. % 250)"]}'
}

# Through Caddy, as CI does it.
fill_chimney() {
    local event status url
    url=http://127.0.0.1:${port_of[chimney]}/api/deploy/events
    while read -r event; do
        status=$(curl -sS --max-time 5 -o "$work/posted" -w '%{http_code}' "$url" -H "Authorization: Bearer $chimney_token" \
            -H 'Content-Type: application/json' --data-raw "$event")
        [[ $status == 200 ]] || die "chimney answered a deploy event with $status: $(head -c 500 "$work/posted")"
    done <"$work/events"
}

fill_php() {
    local event
    while read -r event; do
        store lpush 'php:{deploys}' "$event"
    done <"$work/events" >/dev/null
    store ltrim 'php:{deploys}' 0 49 >/dev/null
    store hset 'php:{deploys}:meta' total "$ring_posts" revision "$ring_posts" >/dev/null
}

# Both must have said the same, or the comparison means nothing.
compare_answers() {
    local who
    for who in chimney php; do
        curl -sSf --max-time 5 "http://127.0.0.1:${port_of[$who]}/api/deploy/status" |
            jq -S 'walk(if type == "object" then del(.age_s) else . end)' >"$work/$who.answer"
    done
    diff -u "$work/chimney.answer" "$work/php.answer" >"$work/difference" || {
        head -n 40 "$work/difference" >&2
        die "chimney and PHP do not give the same answer"
    }
}

# answer.head and answer.body are what the constant contenders say; answer is
# both as a CGI program prints them. Chimney's own, if it takes part.
take_answer() {
    local who=$1
    curl -sSf --max-time 5 -D "$work/head" -o "$work/answer.body" "http://127.0.0.1:${port_of[$who]}/api/deploy/status"
    tr -d '\r' <"$work/head" | grep -E '^[A-Za-z0-9-]+: ' | grep -ivE '^(server|date|connection|x-powered-by|status):' >"$work/answer.head"
    { cat "$work/answer.head"; echo; cat "$work/answer.body"; } >"$work/answer"
}

made_up_answer() {
    head -c 3000 /dev/zero | tr '\0' x >"$work/answer.body"
    printf 'Content-Type: application/json\nContent-Length: 3000\n' >"$work/answer.head"
    { cat "$work/answer.head"; echo; cat "$work/answer.body"; } >"$work/answer"
}

scenario_prepare() {
    sample_events >"$work/events"
    if uses_server chimney; then fill_chimney; fi
    if uses_server php; then fill_php; fi
    if uses_server chimney && uses_server php; then compare_answers; fi
    if uses_server chimney; then
        take_answer chimney
    elif uses_server php; then
        take_answer php
    else
        made_up_answer
    fi
}

scenario_cgi() {
    local request=(GATEWAY_INTERFACE=CGI/1.1 SERVER_PROTOCOL=HTTP/1.1 REQUEST_METHOD=GET SERVER_NAME=localhost SERVER_PORT=80)
    local php
    php=$(command -v php-cgi)
    if uses_server chimney; then
        cgi_program chimney "chimney, the store asked" total_deploys \
            "${request[@]}" "${chimney_env[@]}" SCRIPT_NAME= PATH_INFO=/api/deploy/status REQUEST_URI=/api/deploy/status "$chimney"
    fi
    if uses_server php; then
        cgi_program php-word "php-cgi, one word" ok \
            "${request[@]}" REDIRECT_STATUS=200 SCRIPT_NAME=/word.php "SCRIPT_FILENAME=$scenario_dir/word.php" "$php" -q
        cgi_program php "php-cgi, the same work" total_deploys \
            "${request[@]}" REDIRECT_STATUS=200 SCRIPT_NAME=/answer.php "SCRIPT_FILENAME=$scenario_dir/answer.php" \
            "STORE_SOCKET=$store_socket" "GITHUB_REPO=$repository" REQUEST_URI=/api/deploy/status "$php" -q
    fi
}
