# From the records of a run to its figures.
#
# Input: the records. $table: the contenders. $settings, $machine, $at: as they are.

def median: sort | if length == 0 then null
    elif length % 2 == 1 then .[length / 2 | floor]
    else (.[length / 2 - 1] + .[length / 2]) / 2 end;
def spread: {median: median, min: min, max: max};
def ratio($a; $b): if $a == null or $b == null then null else $a / $b end;

. as $records
| def of($kind): [$records[] | select(.kind == $kind)];
  def rate($name): [of("round")[] | select(.name == $name) | .requests / .seconds] | median;
  def cost($rounds; whose): [$rounds[] | select(.cpu_us | whose != null) | (.cpu_us | whose) / .requests] | median;

  # Requests that were answered but not in the server's own telemetry.
  def uncounted($server):
      [of("counted")[] | select(.server == $server)] as $counted
      | if $counted == [] then 0 else
          ([$table[] | select(.server == $server) | .name] as $names
           | [of("round")[] | select(.name as $name | $names | index($name)) | .requests] | add)
          - ([$counted[] | if .when == "after" then .requests else -.requests end] | add)
        end;

  # The share of the machine's CPU that neither a contender nor the measuring took.
  def others: .cpu_us as $us
      | ([$us.machine - (($us.own // 0) + $us.store + $us.caddy + $us.driver), 0] | max)
        * 100 / ($us.clock * $machine[0].cores);

{
    at: $at,
    machine: $machine[0],
    settings: $settings,
    others_pct: ([of("round")[] | others] | spread),
    load: [$table[] | . as $entry
        | [of("round")[] | select(.name == $entry.name)] as $rounds
        | $entry + {
            requests: ([$rounds[].requests] | add),
            errors: ([$rounds[].errors] | add),
            requests_per_s: ([$rounds[] | .requests / .seconds] | spread + {rounds: .}),
            of_c: ratio(rate($entry.name); rate("c")),
            of_php: ratio(rate($entry.name); rate("php")),
            of_go: ratio(rate($entry.name); rate("go")),
            latency_ms: {p50: ([$rounds[].p50_us / 1000] | median), p99: ([$rounds[].p99_us / 1000] | median)},
            cpu_us_per_request: {
                workers: cost($rounds; if .own == null then null else .own - .beside end),
                beside: cost($rounds; .beside), store: cost($rounds; .store), caddy: cost($rounds; .caddy)},
            private_kb: ([of("memory")[] | select(.server == $entry.server) | .kb][0]
                | if . then spread + {workers: .} else null end),
            uncounted: uncounted($entry.server)
        }],
    cgi: [of("cgi")[] | {
        name, title, bytes, runs: (.answered_us | length),
        answered_ms: ([.answered_us[] / 1000] | spread),
        ended_ms: ([.ended_us[] / 1000] | spread)
    }]
}
