# The figures as text for people.

include "text";

def cpu: .cpu_us_per_request | "\(.workers | fixed(0)) + \(.store | fixed(0)) + \(.caddy | fixed(0))";

"",
"queue: \(.stored.small.count) and \(.stored.large.count) deployments of one organisation; \(.settings.connections) connections, medians of \(.settings.rounds) rounds; \(.settings.workers) workers",
"\(.machine.cores) × \(.machine.cpu), Linux \(.machine.kernel), Caddy \(.machine.caddy), Redis \(.machine.redis)",
"CPU taken by anything else: \(.others_pct | fixed(0)) %",
"memory of the store per deployment: \(.stored.small.bytes_each | fixed(0)) and \(.stored.large.bytes_each | fixed(0)) bytes",
"",
([["with \(.stored.small.count), then with \(.stored.large.count)", "requests/s", "", "p50 ms", "", "grows", "p99 ms", "",
    "commands", "", "bytes"]]
    + [.operations[] | [.title, (.small.requests_per_s | fixed(0)), (.large.requests_per_s | fixed(0)),
        (.small.latency_ms.p50 | fixed(1)), (.large.latency_ms.p50 | fixed(1)), (.growth.p50 | fixed(2)),
        (.small.latency_ms.p99 | fixed(1)), (.large.latency_ms.p99 | fixed(1)),
        (.small.commands | fixed(1)), (.large.commands | fixed(1)), (.large.answer_bytes | fixed(0))]]
    | aligned),
"",
([["CPU µs per request: workers + store + Caddy", "with \(.stored.small.count)", "with \(.stored.large.count)",
    "workers + store grow"]]
    + [.operations[] | [.title, (.small | cpu), (.large | cpu), (.growth.cpu | fixed(2))]]
    | aligned),
"",
([["tokens", "requests/s", "p50 ms", "p99 ms", "CPU µs", "p50 of valid", "workers + store of valid"]]
    + [.tokens[] | [.title, (.requests_per_s | fixed(0)), (.latency_ms.p50 | fixed(1)), (.latency_ms.p99 | fixed(1)),
        cpu, (.of_valid.p50 | fixed(2)), (.of_valid.cpu | fixed(2))]]
    | aligned),
"",
targets
