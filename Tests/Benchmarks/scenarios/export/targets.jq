# What exporting may cost a request. A value is null if a contender did not take part.

def ratio($a; $b): if $a == null or $b == null then null else $a / $b end;
def cost($name): [.load[] | select(.name == $name) | .cpu_us_per_request | .workers + .store][0];

def target($what; $value; $most): {
    what: $what, value: $value, least: null, most: $most, met: (if $value == null then null else $value <= $most end)};

.targets = [
    (("away", "slow", "busy") as $name
        | target("CPU of workers and store, \($name) of off"; ratio(cost($name); cost("off")); 1.10))
]
