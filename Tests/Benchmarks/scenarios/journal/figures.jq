# From the records of a run to its figures. A figure is the median of the rounds, a ratio that of two of them.
#
# Input: the records. $connections, $rounds, $workers, $disk, $machine, $at: as they are.

def median: sort | if length == 0 then null
    elif length % 2 == 1 then .[length / 2 | floor]
    else (.[length / 2 - 1] + .[length / 2]) / 2 end;

. as $records
| def measured($name; $server):
      [$records[] | select(.kind == "write" and .name == $name and .server == $server and .round > 0)] as $turns
      | [$records[] | select(.kind == "syncs" and .name == $name and .server == $server and .round > 0) | .syncs] as $syncs
      | {
            requests_per_s: ([$turns[] | .requests / .seconds] | median),
            latency_ms: {p50: ([$turns[].p50_us / 1000] | median), p99: ([$turns[].p99_us / 1000] | median)},
            cpu_us_per_request: {
                workers: ([$turns[] | .cpu_us.workers / .requests] | median),
                store: ([$turns[] | .cpu_us.store / .requests] | median),
                caddy: ([$turns[] | .cpu_us.caddy / .requests] | median)},
            writes_per_sync: (($syncs | add) as $all | if $all > 0 then ([$turns[].requests] | add) / $all else null end)
        };

{
    scenario: "journal",
    at: $at,
    machine: $machine[0],
    settings: {connections: $connections, rounds: $rounds, workers: $workers, disk: $disk},
    writes: [{name: "deploy", title: "record a deploy"}, {name: "create", title: "create a deployment"},
             {name: "change", title: "change its status"}
        | . as $write | measured($write.name; "without") as $without | measured($write.name; "with") as $with
        | $write + {without: $without, with: $with, ratio: ($with.requests_per_s / $without.requests_per_s)}],
    errors: ([$records[] | .errors // 0] | add)
}
