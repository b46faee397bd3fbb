# Two sides, each a pool with a store of its own, so that they can be measured in turns: `small`
# has 1,000 deployments, `large` has many. And a pool that wants tokens, on the store of `small`.

declare -A stored_of=([small]=1000 [large]=$stored)

small_route() { fastcgi_route "$work/small.sock"; }
large_route() { fastcgi_route "$work/large.sock"; }
tokens_route() { fastcgi_route "$work/tokens.sock"; }

# store_of SERVER: the name of its store.
store_of() { if [[ $1 == large ]]; then echo store_large; else echo store_small; fi; }

# use_store SERVER: what follows is about its store.
use_store() { store_socket=$work/$(store_of "$1").sock; }

start_sides() {
    local side
    for side in small large; do
        store_start "$(store_of "$side")"
        chimney_pool "$side" AUTH_ENABLED=false QUEUE_DAILY_LIMIT=1000000
        is_up+="$side "
    done
}

start_tokens() {
    local port
    port=$(free_port)
    mkdir "$work/tokens"
    start issuer python3 "$here/programs/issuer.py" "$port" "$work/tokens"
    wait_until 60 "the start of the issuer" listens "$port"
    use_store tokens
    chimney_pool tokens "GITHUB_OIDC_ISSUER=http://127.0.0.1:$port"
    is_up+="tokens "
}
