# The time from exec to the complete answer of CGI programs, run in turns.

# A scenario adds to these by cgi_program NAME TITLE WORD COMMAND…, where the
# command is [VARIABLE=value]… program [argument]…, its environment is only
# those variables, and WORD is in a right answer.
cgi_names=()
cgi_titles=()
cgi_commands=()

cgi_program() {
    local name=$1 title=$2 word=$3 answer
    shift 3
    answer=$(env -i "$@" </dev/null 2>/dev/null) || die "the CGI program $name failed"
    [[ $answer == *"$word"* ]] || die "the CGI program $name answered without $word: ${answer:0:300}"
    cgi_names+=("$name")
    cgi_titles+=("$title")
    cgi_commands+=(-- "$@")
}

measure_cgi() {
    local index=0 line
    ((cgi_runs)) || return 0
    scenario_cgi
    ((${#cgi_names[@]})) || return 0
    say "CGI programs, $cgi_runs runs each …"
    "$work/stopwatch" "$cgi_runs" "${cgi_commands[@]}" >"$work/stopwatch.jsonl" || die "a CGI program failed"
    while read -r line; do
        jq -c --arg name "${cgi_names[index]}" --arg title "${cgi_titles[index]}" \
            '{kind: "cgi", $name, $title} + .' <<<"$line" >>"$records"
        index=$((index + 1))
    done <"$work/stopwatch.jsonl"
}
