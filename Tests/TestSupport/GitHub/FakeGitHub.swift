import Foundation

/// GitHub's REST API on a port of 127.0.0.1: a real server before repositories that a test makes and changes, with
/// ETags, pages, quota, and whatever else may go wrong there. It ends with its owner.
///
/// Its root is at `url()`, and, as GitHub Enterprise has it, at `url("/api/v3")`. Paths that name requests are
/// explained in `FakeGitHub+Requests.swift`.
public final class FakeGitHub: Sendable {
    /// How ETags are written.
    public enum ETags: Sendable {
        /// `W/"…"`, as GitHub does mostly.
        case weak
        /// `"…"`
        case strong
        /// Not at all.
        case none
    }

    /// How many requests may be made, and until when.
    public struct Quota: Sendable {
        /// How many there are in an hour.
        public var limit = 5000
        /// How many are left.
        public var remaining = 5000
        /// When there are `limit` again.
        public var reset = Date(timeIntervalSinceNow: 3600)

        mutating func renew() {
            guard Date() >= reset else { return }
            remaining = limit
            reset = Date(timeIntervalSinceNow: 3600)
        }
    }

    /// The main repository, `owner/name`.
    public let repository: String
    /// The port that it listens on.
    public var port: UInt16 { server.port }
    let server: ScriptedHTTPServer
    let service: GitHubService

    /// Starts it.
    ///
    /// - Parameters:
    ///   - repository: the main repository; by default one with a bit of everything.
    ///   - others: further repositories.
    ///   - token: the one token that it accepts; nil if anybody may read.
    ///   - port: where it listens; nil for any free port.
    /// - Throws: `TestSupportError` if it cannot listen there.
    public init(
        _ repository: Repository = .sample(), others: [Repository] = [], token: String? = nil, port: UInt16? = nil
    ) throws {
        self.repository = repository.fullName
        let service = GitHubService(token: token)
        service.with { $0.repositories = [repository] + others }
        self.service = service
        let listening = PortBox()
        server = try ScriptedHTTPServer(port: port) { service.answer($0, port: listening.port) }
        listening.port = server.port
    }

    /// Its address with a path, without a slash at the end: `url()` is what `GITHUB_API_URL` takes.
    public func url(_ path: String = "") -> String { server.url(path) }

    /// Ends it: connections are closed, and refused from now on.
    public func stop() { server.stop() }

    // What there is.

    /// All repositories as they are now, the main one first.
    public var repositories: [Repository] { service.with { $0.repositories } }

    /// The main repository as it is now.
    public var contents: Repository { service.with { $0.repositories[0] } }

    /// Changes the main repository.
    @discardableResult
    public func update<Result>(_ body: (inout Repository) throws -> Result) rethrows -> Result {
        try service.with { try body(&$0.repositories[0]) }
    }

    /// Changes a repository.
    ///
    /// - Parameter fullName: `owner/name`; it is made if there is none.
    @discardableResult
    public func update<Result>(
        _ fullName: String, _ body: (inout Repository) throws -> Result
    ) rethrows -> Result {
        try service.with { state in
            if let index = state.repositories.firstIndex(where: { $0.fullName == fullName }) {
                return try body(&state.repositories[index])
            }
            let id = (state.repositories.map(\.id).max() ?? 300_000_000) + 1
            state.repositories.append(Repository(fullName, id: id))
            return try body(&state.repositories[state.repositories.count - 1])
        }
    }

    /// Takes a repository away.
    public func remove(_ fullName: String) {
        service.with { $0.repositories.removeAll { $0.fullName == fullName } }
    }

    /// The quota as it is now.
    public var quota: Quota { service.with { $0.quota } }

    /// Sets how many requests are left, and how many seconds until there are 5000 again. Requests beyond are refused as
    /// GitHub does (403).
    public func setQuota(remaining: Int, reset: Double = 3600) {
        service.with { $0.quota = Quota(remaining: remaining, reset: Date(timeIntervalSinceNow: reset)) }
    }

    /// Sets how ETags are written; `.weak` by default.
    public func setETags(_ etags: ETags) { service.with { $0.etags = etags } }

    // What happens to requests.

    /// Answers the next requests in these ways, one each, and the ones after as usual.
    ///
    /// - Parameter path: which requests; nil for all.
    public func next(_ behaviours: Behaviour..., on path: String? = nil) {
        guard !behaviours.isEmpty else { return }
        let rule = GitHubService.Rule(pattern: pattern(path), behaviours: behaviours, isForAlways: false)
        service.with { $0.rules.append(rule) }
    }

    /// Answers all requests in this way, until `answerAsUsual`.
    ///
    /// - Parameter path: which requests; nil for all.
    public func always(_ behaviour: Behaviour, on path: String? = nil) {
        let rule = GitHubService.Rule(pattern: pattern(path), behaviours: [behaviour], isForAlways: true)
        service.with { $0.rules.append(rule) }
    }

    /// Takes back all that `next` and `always` have arranged.
    public func answerAsUsual() { service.with { $0.rules = [] } }

    /// Holds answers back from now on, until `release`. What they say is what there is when the request comes.
    ///
    /// - Parameter path: which requests; nil for all.
    /// - Returns: what they wait at, to let go of these alone.
    @discardableResult
    public func hold(on path: String? = nil) -> Gate {
        let gate = Gate()
        let pattern = pattern(path)
        service.with { $0.gates.append((pattern, gate)) }
        return gate
    }

    /// Lets all go that is held back, and holds nothing back any more.
    public func release() {
        let gates = service.with { state in
            defer { state.gates = [] }
            return state.gates.map(\.gate)
        }
        for gate in gates { gate.open() }
    }

    private func pattern(_ path: String?) -> RequestPattern? {
        path.map { RequestPattern($0, repository: repository) }
    }
}

/// A port that is known only after the handler of requests.
private final class PortBox: @unchecked Sendable {
    private let lock = NSLock()
    private var value: UInt16 = 0

    var port: UInt16 {
        get { lock.withLock { value } }
        set { lock.withLock { value = newValue } }
    }
}
