# From what was measured to the figures. $ended: when the program of each deployment had ended; $answers: when its
# caller was answered, and with what.

def percentile($share): sort | .[[length * $share | floor, length - 1] | min];
def seconds($from; $to): ($to | sub("\\.[0-9]+Z$"; "Z") | fromdate) - ($from | sub("\\.[0-9]+Z$"; "Z") | fromdate);

[range($answers[0] | length) | $answers[0][.].at_us - $ended[0][.]] as $latencies
| {
    scenario: "deploy",
    $at,
    machine: $machine[0],
    before: $before[0],
    during: $during[0],
    after: $after[0],
    held: $held[0],
    deployment_s: ($long[0].deployments[0] | seconds(.started_at; .finished_at)),
    told: {
        count: ($latencies | length),
        p50_us: ($latencies | percentile(0.5)),
        p99_us: ($latencies | percentile(0.99)),
        max_us: ($latencies | max)
    },
    failed: ([$answers[0][] | select(.status != 200)] | length)
}
