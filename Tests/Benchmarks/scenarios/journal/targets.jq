# What the journal may cost. How long a disk takes is its own matter; that many writes wait for one sync is ours.

def target($what; $value; $least): {
    what: $what, value: $value, least: $least, most: null, met: (if $value == null then null else $value >= $least end)};

.targets = [.writes[] | target("writes for each time that the disk is waited for: \(.title)"; .with.writes_per_sync; 1)]
