# The figures as text for people.

def fixed($digits): if . == null then "–" else
    (. * pow(10; $digits) | round) as $n
    | if $digits == 0 then ($n | tostring) else
        ($n | fabs | tostring) as $s
        | ("0" * ([$digits + 1 - ($s | length), 0] | max) // "") + $s
        | (if $n < 0 then "-" else "" end) + .[:-$digits] + "." + .[-$digits:]
      end
    end;
def padding($width): (" " * ([$width - length, 0] | max)) // "";
def left($width): . + padding($width);
def right($width): padding($width) + .;

# Rows of cells, the first cell of each to the left, the others to the right.
def aligned:
    (map(length) | max) as $columns
    | [range($columns) as $i | map(.[$i] // "" | length) | max] as $widths
    | map(. as $row | [range($row | length) as $i
        | $row[$i] | if $i == 0 then left($widths[$i]) else right($widths[$i]) end] | join("  "))
    | .[];

"",
"\(.settings.scenario): \(.settings.connections) connections, \(.settings.rounds) rounds of \(.settings.duration_s) s, medians; \(.settings.workers) workers; an answer of \(.settings.answer_bytes) bytes",
"\(.machine.cores) × \(.machine.cpu), Linux \(.machine.kernel), Caddy \(.machine.caddy), PHP \(.machine.php), Redis \(.machine.redis)",
"CPU taken by anything else: \(.others_pct.median | fixed(0)) %, at most \(.others_pct.max | fixed(0)) % in a round",
"",
([["behind Caddy", "requests/s", "least", "most", "of C", "of PHP", "p50 ms", "p99 ms"]]
    + [.load[] | [.title, (.requests_per_s.median | fixed(0)), (.requests_per_s.min | fixed(0)), (.requests_per_s.max | fixed(0)),
        (.of_c | fixed(2)), (.of_php | fixed(2)), (.latency_ms.p50 | fixed(2)), (.latency_ms.p99 | fixed(2))]]
    | aligned),
"",
([["CPU µs per request, private memory", "workers", "agent", "store", "Caddy", "kB per worker", "largest", "errors"]]
    + [.load[] | [.title, (.cpu_us_per_request | (.workers, .beside, .store, .caddy) | fixed(0)),
        (.private_kb.median | fixed(0)), (.private_kb.max | fixed(0)), (.errors | fixed(0))]]
    | aligned),
"",
(if .cgi == [] then empty else
    ([["as a CGI program", "ms to the answer", "least", "most", "to its end"]]
        + [.cgi[] | [.title, (.answered_ms | (.median, .min, .max) | fixed(2)), (.ended_ms.median | fixed(2))]]
        | aligned), "" end),
([["target", "measured", "wanted", ""]]
    + [.targets[] | [.what, (.value | fixed(2)),
        (if .least != null then "≥ \(.least | fixed(2))" else "≤ \(.most | fixed(2))" end),
        (if .met == null then "not measured" elif .met then "met" else "MISSED" end)]]
    | aligned)
