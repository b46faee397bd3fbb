# php-fpm: static workers, opcache on, and the scenario's answer.php.

php_turn=first

php_start() {
    local program as_root=()
    program=$(find /usr/sbin -name 'php-fpm[0-9]*' | sort -V | tail -n 1)
    [[ -n $program ]] || die "php-fpm is not in /usr/sbin"
    if ((!EUID)); then as_root=(--allow-to-run-as-root); fi
    cat >"$work/php-fpm.conf" <<END
[global]
error_log = /dev/stderr
log_level = warning
daemonize = no
[benchmark]
user = $(id -un)
group = $(id -gn)
listen = $work/php.sock
listen.mode = 0666
pm = static
pm.max_children = $workers
END
    # As in production: the script's path comes ready and is not searched for, and
    # a script that does not change is not looked at again. phpredis notices a lost
    # connection by itself, so it need not ask the store about it at every request.
    start php "$program" "${as_root[@]}" --fpm-config "$work/php-fpm.conf" \
        -d cgi.fix_pathinfo=0 -d opcache.enable=1 -d opcache.validate_timestamps=0 \
        -d redis.pconnect.echo_check_liveness=0
    wait_until 10 "the start of php-fpm" ready php "$work/php.sock"
}

php_route() {
    fastcgi_route "$work/php.sock" SCRIPT_FILENAME "$scenario_dir/answer.php" \
        PATH_TRANSLATED "$scenario_dir/answer.php" \
        STORE_SOCKET "$store_socket" GITHUB_REPO "$repository"
}

php_counted() { store hget 'php:{telemetry}:counters' requests_total | grep -x '[0-9]*' || echo 0; }
