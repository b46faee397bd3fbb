/// How an answer goes on that is not whole yet: the service of a `StreamServer` knows what to make of it.
public protocol Continuation {}
