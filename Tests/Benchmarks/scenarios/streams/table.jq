# The figures as text for people.

include "text";

"",
"streams: \(.memory.streams) of them, \(.lines.count / .memory.streams) lines each; \(.held.count) held requests",
"\(.machine.cores) × \(.machine.cpu), Linux \(.machine.kernel), Caddy \(.machine.caddy), Redis \(.machine.redis)",
"",
([["latency, ms", "p50", "p99", "largest"]]
    + [["a worker’s answer, no streams", .before], ["the same with streams and their lines", .during],
       ["the same after them", .after], ["a line at each client", .lines], ["an outcome at each held client", .held]
       | [.[0], (.[1] | (.p50_us, .p99_us, .max_us) / 1000 | fixed(2))]]
    | aligned),
"",
targets
