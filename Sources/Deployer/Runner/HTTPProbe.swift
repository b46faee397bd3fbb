import Essentials
import HTTPClient
import HTTPTypes

/// Asks HTTP servers of this host whether they are well, while the caller goes on being told of it.
struct HTTPProbe {
    /// Bytes of an answer that are read.
    static let bodyLimit = 1 << 20

    /// Makes the calls.
    let session: HTTPSession
    /// Called at least every 100 ms while an answer is waited for; when it throws, the call is given up.
    let whileWaiting: () throws -> Void

    /// Asks for a URL. Redirects are answers, and not followed.
    ///
    /// - Parameter milliseconds: how long everything may take.
    /// - Returns: the answer, of whatever status, or why there is none.
    /// - Throws: what `whileWaiting` throws.
    func get(_ url: String, within milliseconds: Int) throws -> Result<HTTPCall.Answer, HTTPCall.Failure> {
        var call = HTTPCall(.get, url)
        call.connectLimit = milliseconds
        call.totalLimit = milliseconds
        call.bodyLimit = Self.bodyLimit
        // A connection that was kept may lead to the container before.
        call.isRepeatable = false
        var result: Result<HTTPCall.Answer, HTTPCall.Failure>?
        session.start(call) { result = $0 }
        while true {
            session.run(until: MonotonicClock.microseconds + 100_000)
            if let result { return result }
            do {
                try whileWaiting()
            } catch {
                session.cancelAll()
                throw error
            }
        }
    }
}
