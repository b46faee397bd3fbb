# From the records of the measurements to figures, targets and a table.

# What the table says of each contender.
table_json() {
    local name
    for name in "${names[@]}"; do
        jq -nc --arg name "$name" --arg server "${server_of[$name]}" --arg path "${path_of[$name]}" \
            --arg title "${title_of[$name]}" '{$name, $server, $path, $title}'
    done | jq -sc .
}

report() {
    local settings
    settings=$(jq -nc --arg scenario "$scenario" --argjson rounds "$rounds" --argjson duration_s "$duration" \
        --argjson connections "$connections" --argjson threads "$threads" --argjson workers "$workers" \
        --argjson answer_bytes "$(stat -c %s "$work/answer.body")" \
        '{$scenario, $rounds, $duration_s, $connections, $threads, $workers, $answer_bytes}')
    jq -s -L "$here/report" -f "$here/report/figures.jq" \
        --arg at "$(date -u +%Y-%m-%dT%H:%M:%SZ)" --argjson settings "$settings" \
        --argjson table "$(table_json)" --slurpfile machine "$work/machine.json" "$records" |
        jq -f "$scenario_dir/targets.jq" >"$work/figures.json"

    mkdir -p "$(dirname "$json")"
    cp "$work/figures.json" "$json"
    jq -r -L "$here/report" -f "$here/report/table.jq" "$work/figures.json"
    say "figures: $json"

    jq -r 'select(.others_pct.max > 10) | "Something else took up to \(.others_pct.max | round) % of the CPU in a round: not to be trusted."' "$work/figures.json"
    jq -e '[.load[].errors] | add == 0' "$work/figures.json" >/dev/null || die "not every request was answered well"
    jq -e 'all(.load[]; .uncounted <= 0)' "$work/figures.json" >/dev/null ||
        die "telemetry has not counted every request, so the figures are not of the whole work"
    if $check && jq -e 'any(.targets[]; .met == false)' "$work/figures.json" >/dev/null; then
        exit 3
    fi
}
