# GET /api/deploy/status with a full ring.

repository=example/app

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

made_up_answer() {
    head -c 3000 /dev/zero | tr '\0' x >"$work/answer.body"
    printf 'Content-Type: application/json\nContent-Length: 3000\n' >"$work/answer.head"
    { cat "$work/answer.head"; echo; cat "$work/answer.body"; } >"$work/answer"
}

scenario_prepare() {
    sample_events >"$work/events"
    if uses_server chimney; then post_events chimney; fi
    if uses_server php; then fill_php; fi
    if uses_server chimney && uses_server php; then compare_answers; fi
    if uses_server chimney; then
        take_answer chimney /api/deploy/status
    elif uses_server php; then
        take_answer php /api/deploy/status
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
