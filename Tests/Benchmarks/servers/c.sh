# A responder in C on libfcgi that prints a constant: what this way of answering
# costs at the least. The answer is that of the scenario, header and body.

c_turn=second

c_start() {
    start c "$work/constant" "$work/c.sock" "$workers" "$work/answer"
    wait_until 10 "the start of the C responder" ready c "$work/c.sock"
}

c_route() { fastcgi_route "$work/c.sock"; }
