# GET /api/github/… of 8 kB that the cache holds: fresh, and stale with GitHub slow to say whether it has changed.

packages=(
    caddy redis-server redis-tools wrk curl jq procps python3
    gcc libc6-dev libfcgi-dev libhiredis-dev libcurl4-openssl-dev golang-go
)

repository=example/app

# How old the entries are in milliseconds when a round begins. Issues are fresh for 120 s, and stale as long again.
declare -A age_of=([fresh]=1000 [stale]=130000 [go]=1000 [go-fcgi]=1000)

# cache_state NAME: hit, stale or miss.
cache_state() { curl -sS --max-time 5 -o /dev/null -D - "$(url_of "$1")" | tr -d '\r' | awk '/^X-Cache: / { print $2 }'; }

is_state() { [[ $(cache_state "$1") == "$2" ]]; }

wanted_state() { if [[ $1 == stale ]]; then echo stale; else echo hit; fi; }

# before_round NAME: the entry gets its age, and who answers sees it so.
before_round() {
    [[ -n ${age_of[$1]-} ]] || return 0
    local key='chimney_github:{cache}:'${path_of[$1]#/api/github}
    [[ $(store exists "$key") == 1 ]] || die "$1 has no entry $key"
    store hset "$key" fetched_at "$((${EPOCHREALTIME/[.,]/} / 1000 - age_of[$1]))" >/dev/null
    is_state "$1" "$(wanted_state "$1")" || die "$1 is not $(wanted_state "$1") before its round"
}

# after_round NAME: it was like that to the end.
after_round() {
    [[ -n ${age_of[$1]-} ]] || return 0
    is_state "$1" "$(wanted_state "$1")" || die "$1 is not $(wanted_state "$1") after its round"
}

# answer_of NAME FILE: without what differs from request to request.
answer_of() {
    curl -sSf --max-time 5 -D "$work/head" -o "$work/body" "$(url_of "$1")"
    {
        tr -d '\r' <"$work/head" | grep -ivE '^(server|date|connection|status|x-request-id|x-trace-id|x-cache-age):' | sort
        cat "$work/body"
    } >"$2"
}

# compare_answers NAME: it must have said the same as chimney, or the comparison means nothing.
compare_answers() {
    answer_of fresh "$work/fresh.answer"
    answer_of "$1" "$work/other.answer"
    diff -u "$work/fresh.answer" "$work/other.answer" >"$work/difference" || {
        head -c 4000 "$work/difference" >&2
        die "chimney and $1 do not give the same answer"
    }
}

takes_part() { [[ -n ${server_of[$1]-} ]]; }

scenario_prepare() {
    local name
    takes_part fresh || die "the entry is that of the contender fresh, which has to take part"
    wait_until 10 "an entry of chimney's" is_state fresh hit
    if takes_part stale; then wait_until 10 "another entry of chimney's" is_state stale hit; fi
    for name in go go-fcgi; do
        if takes_part "$name"; then compare_answers "$name"; fi
    done
    take_answer chimney_github "${path_of[fresh]}"
}

scenario_cgi() { :; }
