# The figures as text for people.

include "text";

"",
"deploy: \(.held.callers) callers held while a deployment takes \(.deployment_s) s",
"\(.machine.cores) × \(.machine.cpu), Linux \(.machine.kernel), Caddy \(.machine.caddy), Redis \(.machine.redis)",
"",
([["latency, ms", "p50", "p99", "largest"]]
    + [["a worker’s answer, no deployment", .before], ["the same with a deployment and held callers", .during],
       ["the same after them", .after], ["each caller’s answer after the end of its deployment", .told]
       | [.[0], (.[1] | (.p50_us, .p99_us, .max_us) / 1000 | fixed(2))]]
    | aligned),
"",
targets
