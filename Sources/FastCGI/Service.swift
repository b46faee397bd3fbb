/// What a worker does with its requests: the floors above implement it.
public protocol Service: AnyObject {
    /// Answers a request. Never fails: what goes wrong is an answer too.
    func respond(to request: Request) -> Response

    /// The answer is complete and is about to go out; nothing is to be told the client after this. What is noted here
    /// survives a process that is killed a moment later, so that an answered request is always counted.
    func willSend(_ response: Response)

    /// The client has its answer.
    func didSend()

    /// No connection is pending. Returns after how many milliseconds without one it wants to be asked again; nil if it
    /// has nothing left to do.
    func idle() -> Int32?

    /// The process is about to end in good order.
    func stop()
}
