# The figures as text for people.

include "text";

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
targets
