# Deploys for chimney's ring, and its answer about them.

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

# post_events SERVER: through Caddy, as CI does it.
post_events() {
    local event status url=http://127.0.0.1:${port_of[$1]}/api/deploy/events
    while read -r event; do
        status=$(curl -sS --max-time 5 -o "$work/posted" -w '%{http_code}' "$url" -H "Authorization: Bearer $chimney_token" \
            -H 'Content-Type: application/json' --data-raw "$event")
        [[ $status == 200 ]] || die "$1 answered a deploy event with $status: $(head -c 500 "$work/posted")"
    done <"$work/events"
}

# take_answer SERVER PATH: answer.head and answer.body are what the constant
# contenders say; answer is both as a CGI program prints them.
take_answer() {
    curl -sSf --max-time 5 -D "$work/head" -o "$work/answer.body" "http://127.0.0.1:${port_of[$1]}$2"
    tr -d '\r' <"$work/head" | grep -E '^[A-Za-z0-9-]+: ' | grep -ivE '^(server|date|connection|x-powered-by|status):' >"$work/answer.head"
    { cat "$work/answer.head"; echo; cat "$work/answer.body"; } >"$work/answer"
}
