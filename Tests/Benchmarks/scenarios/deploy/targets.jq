# What waiting for deployments has to reach.

def target($what; $value; $most): {what: $what, value: $value, least: null, most: $most, met: ($value <= $most)};
def quiet($figure): [.before[$figure], .after[$figure]] | add / 2;

.targets = [
    target("worker’s latency with a deployment, p50, of that without"; .during.p50_us / quiet("p50_us"); 1.5),
    target("worker’s latency with a deployment, p99, of that without"; .during.p99_us / quiet("p99_us"); 1.5),
    target("workers busy with held callers"; .held.busy; 0),
    target("private memory of the streamer per held caller, kB";
        (([.held.with_kb, .held.with_load_kb] | max) - .held.empty_kb) / .held.callers; 40),
    target("last caller answered after the end of its deployment, ms"; .told.max_us / 1000; 100)
]
