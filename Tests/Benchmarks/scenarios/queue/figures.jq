# From the records of a run to its figures. A figure is the median of the rounds, a growth that of two of them.
#
# Input: the records. $operations, $tokens: names and titles. $connections, $rounds, $workers, $machine, $at: as they are.

def median: sort | if length == 0 then null
    elif length % 2 == 1 then .[length / 2 | floor]
    else (.[length / 2 - 1] + .[length / 2]) / 2 end;
def total: .workers + .store + .caddy;

. as $records
| def of($kind): [$records[] | select(.kind == $kind)];
  def measured($kind; $name; $server):
      [$records[] | select(.kind == $kind and .name == $name and .server == $server and .round > 0)] as $turns
      | {
            requests: ([$turns[].requests] | add),
            requests_per_s: ([$turns[] | .requests / .seconds] | median),
            latency_ms: {p50: ([$turns[].p50_us / 1000] | median), p99: ([$turns[].p99_us / 1000] | median)},
            cpu_us_per_request: (
                {workers: ([$turns[] | .cpu_us.workers / .requests] | median),
                 store: ([$turns[] | .cpu_us.store / .requests] | median),
                 caddy: ([$turns[] | .cpu_us.caddy / .requests] | median)} | . + {total: total}),
            answer_bytes: ([$turns[].bytes] | median),
            # What an agent does besides is in some rounds only.
            commands: (([$turns[] | .commands / .requests] | min) * 10 | round / 10)
        };

{
    scenario: "queue",
    at: $at,
    machine: $machine[0],
    settings: {connections: $connections, rounds: $rounds, workers: $workers},
    others_pct: (of("machine") | (.[1].clock - .[0].clock) as $clock
        | ([(.[1].all - .[0].all) - (.[1].own - .[0].own), 0] | max) * 100 / ($clock * $machine[0].cores)),
    stored: (of("seeded") | map({key: .side, value: (del(.kind, .side) + {bytes_each: (.bytes / .count)})}) | from_entries),
    operations: [$operations[] | . as $entry
        | measured("operation"; .name; "small") as $small | measured("operation"; .name; "large") as $large
        | $entry + {small: $small, large: $large, growth: {
            p50: ($large.latency_ms.p50 / $small.latency_ms.p50),
            p99: ($large.latency_ms.p99 / $small.latency_ms.p99),
            cpu: (($large.cpu_us_per_request | .workers + .store) / ($small.cpu_us_per_request | .workers + .store)),
            commands: (if $small.commands == 0 then null else $large.commands / $small.commands end)}}],
    tokens: (measured("token"; "valid"; "tokens") as $valid
        | [$tokens[] | . as $entry | measured("token"; .name; "tokens") as $one
            | $entry + $one + {of_valid: {
                p50: ($one.latency_ms.p50 / $valid.latency_ms.p50),
                cpu: (($one.cpu_us_per_request | .workers + .store) / ($valid.cpu_us_per_request | .workers + .store))}}]),
    errors: ([$records[] | .errors // 0] | add),
    uncounted: (([$records[] | select(.kind == "operation" or .kind == "token") | .requests] | add)
        - ([of("counted")[] | if .when == "after" then .requests else -.requests end] | add))
}
