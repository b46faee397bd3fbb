import CCurl
import Essentials
import Glibc
import HTTPTypes

/// Makes HTTP calls by libcurl, many at once in one thread, and keeps connections for the next ones.
///
/// Only `http` and `https`, no cookies, no `.netrc`. Certificates are verified against the system's authorities, or
/// those of the file that `CURL_CA_BUNDLE` names. Proxies come from `http_proxy`, `https_proxy`, `all_proxy` and
/// `no_proxy` (libcurl-env(3)).
///
/// libcurl is opened and started with the first session of a process: never before a fork, and not by those who make no
/// calls. Its resolver makes a thread for each name that it looks up, so a session is for processes that do not fork:
/// the agent, a tool, a worker that answers for itself. The process has to ignore SIGPIPE.
public final class HTTPSession {
    /// Connections to one server at a time; further calls wait for one, within their time.
    private static let connectionsPerHost = 40
    /// Idle connections that are kept: as many as one server may have, and some of others.
    private static let idleConnections = 64

    private let multi: UnsafeMutableRawPointer
    private let userAgent: String
    private let authorities: String?
    private var transfers: [UnsafeMutableRawPointer: Transfer] = [:]

    /// libcurl is missing or too old; says what to install.
    public struct Unavailable: Error, CustomStringConvertible {
        /// What is missing.
        public let description: String
    }

    /// A session.
    ///
    /// - Parameter userAgent: what it calls itself, `chimney/1.0`.
    /// - Throws: `Unavailable` without a libcurl.
    public init(userAgent: String) throws(Unavailable) {
        if let problem = Library.problem {
            throw Unavailable(description: "\(problem); install the package libcurl4, 7.88 or newer")
        }
        guard let multi = chimney_curl_multi_init() else { throw Unavailable(description: "libcurl is out of memory") }
        chimney_curl_multi_set_long(multi, CURLMOPT_MAX_HOST_CONNECTIONS, Self.connectionsPerHost)
        chimney_curl_multi_set_long(multi, CURLMOPT_MAXCONNECTS, Self.idleConnections)
        self.multi = multi
        self.userAgent = userAgent
        // libcurl's tool reads it, the library does not.
        authorities = getenv("CURL_CA_BUNDLE").map { String(cString: $0) }.flatMap { $0.isEmpty ? nil : $0 }
    }

    deinit {
        for easy in transfers.keys { chimney_curl_multi_remove_handle(multi, easy) }
        transfers = [:]
        chimney_curl_multi_cleanup(multi)
    }

    /// How many calls are under way.
    public var inFlight: Int { transfers.count }

    /// Starts a call. Its completion is called once, by `run` or `perform`, or by `cancelAll`; never before this
    /// returns.
    public func start(
        _ call: HTTPCall, completion: @escaping (Result<HTTPCall.Answer, HTTPCall.Failure>) -> Void
    ) {
        do throws(HTTPCall.Failure) {
            let transfer = try Transfer(
                call, userAgent: userAgent, authorities: authorities, completion: completion)
            transfers[transfer.easy] = transfer
            chimney_curl_multi_add_handle(multi, transfer.easy)
        } catch {
            stillborn.append((error, completion))
        }
    }

    /// Calls that failed before they began.
    private var stillborn: [(HTTPCall.Failure, Transfer.Completion)] = []

    /// Makes a call and waits for its end. Calls that were started go on meanwhile.
    ///
    /// - Throws: a failure if there is no answer; an answer with a status such as 500 is one.
    public func perform(_ call: HTTPCall) throws(HTTPCall.Failure) -> HTTPCall.Answer {
        var result: Result<HTTPCall.Answer, HTTPCall.Failure>?
        start(call) { result = $0 }
        while true {
            if let result { return try result.get() }
            run(until: .max)
        }
    }

    /// Lets the calls go on: waits until something happens to one of them or to a descriptor, and calls the completions
    /// of those that have ended. Returns early, so it belongs into a loop.
    ///
    /// - Parameters:
    ///   - deadline: until when to wait at most, in microseconds of the monotonic clock.
    ///   - descriptors: what else to watch for being readable.
    /// - Returns: those of `descriptors` that are readable.
    @discardableResult
    public func run(until deadline: UInt64, alsoWatching descriptors: [Int32] = []) -> [Int32] {
        let isEventful = advance()
        var watched = descriptors.map { curl_waitfd(fd: $0, events: Int16(CURL_WAIT_POLLIN), revents: 0) }
        let now = MonotonicClock.microseconds
        let pause = isEventful || deadline <= now ? 0 : min((deadline - now + 999) / 1000, 60_000)
        let status = watched.withUnsafeMutableBufferPointer {
            chimney_curl_multi_poll(multi, $0.baseAddress, UInt32($0.count), Int32(pause), nil)
        }
        precondition(status == CURLM_OK, "curl_multi_poll: \(String(cString: chimney_curl_multi_strerror(status)))")
        _ = advance()
        return watched.filter { $0.revents != 0 }.map(\.fd)
    }

    /// Gives up all calls; their completions get a failure that says so.
    public func cancelAll() {
        let given = transfers
        transfers = [:]
        for (easy, transfer) in given {
            chimney_curl_multi_remove_handle(multi, easy)
            transfer.completion(.failure(transfer.cancelled))
        }
        completeStillborn()
    }

    /// Does what can be done without waiting. Returns whether a call has ended.
    private func advance() -> Bool {
        var running: Int32 = 0
        let status = chimney_curl_multi_perform(multi, &running)
        precondition(status == CURLM_OK, "curl_multi_perform: \(String(cString: chimney_curl_multi_strerror(status)))")
        var ended: [(Transfer, Result<HTTPCall.Answer, HTTPCall.Failure>)] = []
        var left: Int32 = 0
        while let message = chimney_curl_multi_info_read(multi, &left) {
            guard message.pointee.msg == CURLMSG_DONE, let easy = message.pointee.easy_handle else { continue }
            let code = message.pointee.data.result
            chimney_curl_multi_remove_handle(multi, easy)
            guard let transfer = transfers[easy] else { continue }
            if let result = transfer.conclude(code) {
                transfers[easy] = nil
                ended.append((transfer, result))
            } else {
                chimney_curl_multi_add_handle(multi, easy)
            }
        }
        let isEventful = !ended.isEmpty || !stillborn.isEmpty
        // A completion may start calls, or wait for one.
        for (transfer, result) in ended { transfer.completion(result) }
        completeStillborn()
        return isEventful
    }

    private func completeStillborn() {
        let failed = stillborn
        stillborn = []
        for (failure, completion) in failed { completion(.failure(failure)) }
    }
}
