# What can be asked for on the command line, and what holds if nothing is.


scenario=deploy-status
only=
rounds=5
duration=5
warmup=2
connections=32
threads=2
workers=8
cgi_runs=100
stored=100000
json=$root/.build/benchmarks.json
check=false
keep=false

usage() {
    cat <<END
Usage: Tests/Benchmarks/run [options]

Measures chimney beside a C responder, php-fpm and Caddy itself: interleaved
rounds of load behind the same Caddy, CPU time and private memory of the
workers, and the time to a complete answer as a CGI program. The scenario
github-cache does so for answers that the cache holds, beside C and Go; streams
and deploy measure chimney alone, with clients that wait; queue what the
deployment queue costs with few and with many deployments, and tokens that are
forged; journal what it costs that writes outlive the store.

  --rounds N        rounds of load for each contender ($rounds; medians are told)
  --duration S      seconds of load in a round ($duration)
  --warmup S        seconds of load before the first round ($warmup)
  --connections N   connections that wrk holds ($connections)
  --threads N       threads of wrk ($threads)
  --workers N       workers of each server ($workers)
  --cgi-runs N      runs of each CGI program ($cgi_runs; 0: none)
  --stored N        deployments of the larger organisation of queue ($stored)
  --only A,B        only these contenders of the scenario's table
  --scenario NAME   a folder of Tests/Benchmarks/scenarios ($scenario)
  --json FILE       where the figures go (.build/benchmarks.json)
  --check           exit with 3 if a target is missed
  --keep            leave the temporary folder, with the logs of all servers in
                    it (writing them costs some throughput)
  --help            this

CHIMNEY_BINARY=PATH  measure this binary; otherwise the release binary of this
                     tree is built first.

Needs root (or sudo) only to install missing Debian packages. Everything it
starts listens on a free port of 127.0.0.1 or on a socket in a temporary folder,
and is stopped at the end.

Exit status: 0 measured, 1 something failed, 2 wrong usage, 3 see --check.
END
}

wrong_usage() {
    printf 'run: %s (--help lists the options)\n' "$1" >&2
    exit 2
}

# whole_number OPTION VALUE LEAST
whole_number() {
    [[ $2 =~ ^(0|[1-9][0-9]{0,5})$ ]] && (($2 >= $3)) && return
    wrong_usage "$1 needs a whole number from $3 up"
}

read_options() {
    local option
    while (($#)); do
        option=$1
        case $option in
        --help | -h) usage; exit 0 ;;
        --check) check=true; shift; continue ;;
        --keep) keep=true; shift; continue ;;
        esac
        (($# >= 2)) || wrong_usage "unknown option, or one without its value: $option"
        case $option in
        --rounds) whole_number "$1" "$2" 1; rounds=$2 ;;
        --duration) whole_number "$1" "$2" 1; duration=$2 ;;
        --warmup) whole_number "$1" "$2" 0; warmup=$2 ;;
        --connections) whole_number "$1" "$2" 1; connections=$2 ;;
        --threads) whole_number "$1" "$2" 1; threads=$2 ;;
        --workers) whole_number "$1" "$2" 1; workers=$2 ;;
        --cgi-runs) whole_number "$1" "$2" 0; cgi_runs=$2 ;;
        --stored) whole_number "$1" "$2" 1000; stored=$2 ;;
        --only) only=$2 ;;
        --scenario) scenario=$2 ;;
        --json) json=$2 ;;
        *) wrong_usage "unknown option: $option" ;;
        esac
        shift 2
    done
    ((connections >= threads)) || wrong_usage "--connections must not be less than --threads"
    [[ $scenario =~ ^[a-z0-9-]+$ && -d $here/scenarios/$scenario ]] || wrong_usage "no such scenario: $scenario"
}
