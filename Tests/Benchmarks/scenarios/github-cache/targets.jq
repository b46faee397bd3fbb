# What a cached answer of GitHub's has to reach. A value is null if a contender did not take part.

def ratio($a; $b): if $a == null or $b == null then null else $a / $b end;
def rate($name): [.load[] | select(.name == $name) | .requests_per_s.median][0];

def target($what; $value; $least): {
    what: $what, value: $value, least: $least, most: null, met: (if $value == null then null else $value >= $least end)};

.targets = [
    target("a fresh hit’s throughput, of the C responder’s"; ratio(rate("fresh"); rate("c")); 0.60),
    # By HTTP Caddy keeps its connections, which even a constant by FastCGI does not make up for: shown, and no target.
    target("a fresh hit’s throughput, of Go’s by FastCGI"; ratio(rate("fresh"); rate("go-fcgi")); 1.1),
    target("a stale hit’s throughput, of a fresh one’s"; ratio(rate("stale"); rate("fresh")); 0.90)
]
