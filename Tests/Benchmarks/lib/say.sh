# Words to whoever watches: progress and failures go to stderr, the table to stdout.

# Kept aside, so that also what runs with its output thrown away can say why it fails.
exec {watcher}>&2

say() { printf '%s\n' "$*" >&"$watcher"; }

die() {
    say "run: $*"
    exit 1
}
