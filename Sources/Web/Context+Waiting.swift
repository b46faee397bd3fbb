import CPosix
import Essentials
import FastCGI
import Glibc
import Telemetry

extension Context {
    /// Microseconds between two looks, where the process itself waits.
    private static let pause: UInt32 = 20_000

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

    /// Looks again and again, as long as the process may wait itself, until there is what it waits for.
    ///
    /// - Parameter look: what there is; nil for nothing yet.
    /// - Returns: nil if there was nothing until `limit`.
    /// - Throws: `Problem` 503 where too many wait already, or the pool stops; what `look` throws.
    public func wait<Found>(until limit: Timestamp, for look: () throws -> Found?) throws -> Found? {
        try mayWait()
        let deadline = limit.deadline
        while MonotonicClock.microseconds < deadline {
            guard !chimney_stop_requested() else { throw Problem.stopping }
            usleep(Self.pause)
            if let found = try look() { return found }
        }
        return nil
    }
}
