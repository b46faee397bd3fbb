# Where the figures come from: the machine and the versions of what took part.

describe_machine() {
    local cpu
    cpu=$(awk -F': ' '/^model name/ { print $2; exit }' /proc/cpuinfo)
    jq -nc --arg cpu "${cpu:-$(uname -m)}" --argjson cores "$(nproc)" --arg kernel "$(uname -r)" \
        --arg caddy "$(caddy version | cut -d' ' -f1)" \
        --arg redis "$(redis-server --version | grep -o 'v=[0-9.]*' | cut -d= -f2)" \
        --arg php "$(uses_server php && php-cgi -v | awk 'NR == 1 { print $2 }')" \
        --arg go "$(uses_server go && go env GOVERSION)" \
        '{$cpu, $cores, $kernel, $caddy, $redis} + ({$php, go: $go[2:]} | map_values(select(. != "")))' >"$work/machine.json"
}
