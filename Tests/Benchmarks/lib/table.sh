# The contenders of a scenario: its file `table` has a line for each, with a
# name, the server that answers (a file in servers/), the path, and words.

declare -A server_of=() path_of=() title_of=() port_of=()
names=()
servers=()

read_table() {
    local name server path title wanted
    while read -r name server path title; do
        [[ -n $name && $name != '#'* ]] || continue
        [[ -z $only || ,$only, == *",$name,"* ]] || continue
        names+=("$name")
        server_of[$name]=$server
        path_of[$name]=$path
        title_of[$name]=$title
        uses_server "$server" || servers+=("$server")
    done <"$1"
    for wanted in ${only//,/ }; do
        [[ -n ${server_of[$wanted]-} ]] || die "no contender $wanted in $1"
    done
    ((${#names[@]})) || die "no contenders"
}

# uses_server PATTERN
uses_server() {
    local server
    for server in "${servers[@]}"; do
        # shellcheck disable=SC2053  # it is a pattern
        [[ $server != $1 ]] || return 0
    done
    return 1
}

# free_port: one that nobody listens on, below those that the kernel hands out itself.
free_port() {
    local port
    while :; do
        port=$((20000 + SRANDOM % 10000))
        [[ " ${port_of[*]-} " == *" $port "* ]] || listens "$port" || break
    done
    echo "$port"
}

# listens PORT
listens() { (exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null; }

choose_ports() {
    local server
    for server in "${servers[@]}"; do port_of[$server]=$(free_port); done
}

# url_of NAME
url_of() { echo "http://127.0.0.1:${port_of[${server_of[$1]}]}${path_of[$1]}"; }
