# The figures as text for people.

include "text";

def cpu: .cpu_us_per_request | "\(.workers | fixed(0)) + \(.store | fixed(0)) + \(.caddy | fixed(0))";

"",
"journal on \(.settings.disk): \(.settings.connections) connections, medians of \(.settings.rounds) rounds; \(.settings.workers) workers",
"\(.machine.cores) × \(.machine.cpu), Linux \(.machine.kernel), Caddy \(.machine.caddy), Redis \(.machine.redis)",
"",
([["without, then with", "requests/s", "", "ratio", "p50 ms", "", "p99 ms", "", "writes per sync"]]
    + [.writes[] | [.title, (.without.requests_per_s | fixed(0)), (.with.requests_per_s | fixed(0)), (.ratio | fixed(2)),
        (.without.latency_ms.p50 | fixed(1)), (.with.latency_ms.p50 | fixed(1)),
        (.without.latency_ms.p99 | fixed(1)), (.with.latency_ms.p99 | fixed(1)), (.with.writes_per_sync | fixed(1))]]
    | aligned),
"",
([["CPU µs per request: workers + store + Caddy", "without", "with"]]
    + [.writes[] | [.title, (.without | cpu), (.with | cpu)]]
    | aligned),
"",
targets
