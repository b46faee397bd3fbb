import HTTPClient
import TestSupport
import Testing

/// Calls of a real server, one suite for all so that they can be asked for together.
@Suite struct HTTPSessionTests {}

/// A session with a short name, for tests.
func session() throws -> HTTPSession { try HTTPSession(userAgent: "chimney/test") }

/// Lets calls go on until a condition holds; false if it does not within ten seconds.
func run(_ session: HTTPSession, until condition: () -> Bool) -> Bool {
    eventually(every: 0) {
        session.run(until: UInt64(monotonicMilliseconds + 50) * 1000)
        return condition()
    }
}

/// The failure that a call ends with.
func expectFailure(_ call: HTTPCall) throws -> HTTPCall.Failure? {
    let session = try session()
    do throws(HTTPCall.Failure) {
        let answer = try session.perform(call)
        Issue.record("answered with \(answer.status)")
        return nil
    } catch {
        return error
    }
}

extension HTTPCall {
    /// The same call with other limits.
    func with(_ change: (inout HTTPCall) -> Void) -> HTTPCall {
        var call = self
        change(&call)
        return call
    }
}
