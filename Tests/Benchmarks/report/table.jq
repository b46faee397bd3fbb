# The figures as text for people.

include "text";

# The contenders that took part and that others are compared with.
def compared: . as $figures
    | [["of_c", "of C"], ["of_php", "of PHP"], ["of_go", "of Go"]]
    | map(select(.[0] as $key | any($figures.load[]; .[$key] != null)));
def with($program; version): if version then ", \($program) \(version)" else "" end;

"",
"\(.settings.scenario): \(.settings.connections) connections, \(.settings.rounds) rounds of \(.settings.duration_s) s, medians; \(.settings.workers) workers; an answer of \(.settings.answer_bytes) bytes",
"\(.machine.cores) × \(.machine.cpu), Linux \(.machine.kernel)\(.machine | with("Caddy"; .caddy) + with("PHP"; .php) + with("Go"; .go) + with("Redis"; .redis))",
"CPU taken by anything else: \(.others_pct.median | fixed(0)) %, at most \(.others_pct.max | fixed(0)) % in a round",
"",
(compared as $compared
    | [["behind Caddy", "requests/s", "least", "most", $compared[][1], "p50 ms", "p99 ms"]]
        + [.load[] | [.title, (.requests_per_s.median | fixed(0)), (.requests_per_s.min | fixed(0)), (.requests_per_s.max | fixed(0)),
            (.[$compared[][0]] | fixed(2)), (.latency_ms.p50 | fixed(2)), (.latency_ms.p99 | fixed(2))]]
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
targets
