# Caddy itself: header and size of the scenario's answer, without any responder.
# It has no process of its own; what it costs is Caddy's.

caddy_turn=second

caddy_start() { :; }

caddy_route() {
    local name value
    while IFS=': ' read -r name value; do
        [[ ${name,,} == content-length ]] || printf '\theader "%s" "%s"\n' "$name" "${value//\"/\\\"}"
    done <"$work/answer.head"
    # No braces in the body: Caddy would look for placeholders in it.
    printf '\trespond "%s"\n' "$(printf '%*s' "$(stat -c %s "$work/answer.body")" '' | tr ' ' x)"
}
