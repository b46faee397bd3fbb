# What streams and holds have to reach.

def target($what; $value; $most): {what: $what, value: $value, least: null, most: $most, met: ($value <= $most)};
def quiet($figure): [.before[$figure], .after[$figure]] | add / 2;

.targets = [
    target("line at a client, p99, ms"; .lines.p99_us / 1000; 500),
    target("worker’s latency with streams, p50, of that without"; .during.p50_us / quiet("p50_us"); 1.5),
    target("worker’s latency with streams, p99, of that without"; .during.p99_us / quiet("p99_us"); 1.5),
    target("private memory of the streamer per stream, kB";
        (([.memory.with_kb, .memory.with_lines_kb] | max) - .memory.empty_kb) / .memory.streams; 40),
    target("streams gone after their clients, s"; .memory.gone_us / 1e6; 35),
    target("last of the held answered after the outcome, ms"; .held.max_us / 1000; 100),
    target("workers busy with held requests"; .busy; 0)
]
