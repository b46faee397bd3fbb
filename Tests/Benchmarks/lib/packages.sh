# What has to be installed, by Debian's names.

packages=(
    caddy redis-server redis-tools wrk curl jq procps
    php-fpm php-cgi php-redis python3
    gcc libc6-dev libfcgi-dev libhiredis-dev libcurl4-openssl-dev
)

install_packages() {
    local package missing=() as_root=()
    for package in "${packages[@]}"; do
        [[ $(dpkg-query -W -f '${Status}' "$package" 2>/dev/null) == *' installed' ]] || missing+=("$package")
    done
    ((${#missing[@]})) || return 0
    if ((EUID)); then as_root=(sudo); fi
    say "installing ${missing[*]} …"
    {
        "${as_root[@]}" apt-get update -q
        "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -q -y --no-install-recommends "${missing[@]}"
    } >"$work/apt.log" 2>&1 || {
        tail -n 20 "$work/apt.log" >&2
        die "apt-get could not install: ${missing[*]}"
    }
}
