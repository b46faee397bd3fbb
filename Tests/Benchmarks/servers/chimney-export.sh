# chimney with its export of log lines and spans, to collectors of all kinds.

# exporting_pool SERVER PORT: a pool that exports to that port.
exporting_pool() {
    chimney_pool "$1" OTEL_SDK_DISABLED=false "OTEL_EXPORTER_OTLP_ENDPOINT=http://127.0.0.1:$2"
}

# pool_with_collector SERVER STATUS SECONDS: the same with a collector that answers so, after so long.
pool_with_collector() {
    local port
    port=$(free_port)
    start "$1_collector" python3 "$here/programs/collector.py" "$port" "$2" "$3"
    wait_until 10 "the start of a collector" listens "$port"
    exporting_pool "$1" "$port"
}

# No export: what the others are compared with.
chimney_off_turn=first
chimney_off_start() { chimney_pool chimney_off; }
chimney_off_route() { fastcgi_route "$work/chimney_off.sock"; }
chimney_off_counted() { chimney_requests chimney_off; }

# A collector that takes all at once.
chimney_taken_turn=first
chimney_taken_start() { pool_with_collector chimney_taken 200 0; }
chimney_taken_route() { fastcgi_route "$work/chimney_taken.sock"; }
chimney_taken_counted() { chimney_requests chimney_taken; }

# Nobody listens there.
chimney_away_turn=first
chimney_away_start() { exporting_pool chimney_away "$(free_port)"; }
chimney_away_route() { fastcgi_route "$work/chimney_away.sock"; }
chimney_away_counted() { chimney_requests chimney_away; }

# A collector that takes a second for each batch.
chimney_slow_turn=first
chimney_slow_start() { pool_with_collector chimney_slow 200 1; }
chimney_slow_route() { fastcgi_route "$work/chimney_slow.sock"; }
chimney_slow_counted() { chimney_requests chimney_slow; }

# A collector that wants to be asked later.
chimney_busy_turn=first
chimney_busy_start() { pool_with_collector chimney_busy 503 0; }
chimney_busy_route() { fastcgi_route "$work/chimney_busy.sock"; }
chimney_busy_counted() { chimney_requests chimney_busy; }
