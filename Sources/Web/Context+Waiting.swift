import FastCGI
import Telemetry

extension Context {
    /// The span of the request: what is done for it elsewhere is within it.
    public var span: TraceParent { TraceParent(traceID: record.traceID, spanID: record.spanID) }

    /// Whether `outcome(of:for:)` leaves waiting to others: the front end hands clients that wait to the streamer.
    public func handsOver(_ request: Request) -> Bool {
        canWait || request.environment["CHIMNEY_HOLDS"] == "1"
    }

    /// Asks for leave to do something that takes longer than the store: not so many processes of a pool may that nobody is
    /// left for the rest.
    ///
    /// - Throws: `Problem` 503 where too many do already.
    public func mayWait() throws(Problem) {
        guard case .alone(let mayWait) = patience, mayWait() else { throw .tooManyWaiting }
        willWait()
    }
}
