import Crypto
import Foundation

/// The API behind the fake's address: the state that tests change, and the answers by it.
final class GitHubService: @unchecked Sendable {
    struct State {
        var repositories: [FakeGitHub.Repository] = []
        var quota = FakeGitHub.Quota()
        var etags = FakeGitHub.ETags.weak
        /// The members by their tokens.
        var members: [String: FakeGitHub.Member] = [:]
        /// The keys of the OIDC provider.
        var keys: [JSON] = []
        var rules: [Rule] = []
        var gates: [(pattern: RequestPattern?, gate: Gate)] = []
    }

    /// Behaviours for requests to come.
    struct Rule {
        let pattern: RequestPattern?
        /// One for each of the next requests; the last one stays where it is for always.
        var behaviours: [FakeGitHub.Behaviour]
        let isForAlways: Bool
    }

    let token: String?
    private let lock = NSLock()
    private var state = State()

    init(token: String?) { self.token = token }

    func with<Result>(_ body: (inout State) throws -> Result) rethrows -> Result {
        try lock.withLock { try body(&state) }
    }

    func answer(_ request: HTTPServerRequest, port: UInt16) -> HTTPServerAnswer {
        let (behaviour, gate) = with { ($0.takeBehaviour(for: request), $0.gate(for: request)) }
        let usual = { self.usual(request, port: port) }
        var answer = behaviour?.answer(request, usual) ?? usual()
        // The OIDC provider is another server, and knows no quota.
        if answer.raw == nil, request.path != Self.keySet { complete(&answer, to: request) }
        if let gate { answer.gate = gate }
        return answer
    }

    private func usual(_ request: HTTPServerRequest, port: UInt16) -> HTTPServerAnswer {
        // https://docs.github.com/en/rest/using-the-rest-api/troubleshooting-the-rest-api#user-agent-required
        guard request["User-Agent"]?.isEmpty == false else {
            return HTTPServerAnswer(
                403, [("Content-Type", "text/html")],
                text: "Request forbidden by administrative rules. Please make sure your request has a User-Agent header"
            )
        }
        if request.path == Self.keySet {
            return HTTPServerAnswer(.one(["keys": with { $0.keys }] as Payload))
        }
        if let answer = memberAnswer(request, port: port) { return answer }
        if let token {
            guard let shown = request["Authorization"] else {
                return HTTPServerAnswer(.error(401, "Requires authentication"))
            }
            guard ["Bearer \(token)", "token \(token)"].contains(shown) else {
                return HTTPServerAnswer(.error(401, "Bad credentials"))
            }
        }
        let call = GitHubCall(request, port: port)
        let (repositories, quota, etags) = with { state in
            state.quota.renew()
            return (state.repositories, state.quota, state.etags)
        }
        guard quota.remaining > 0 || call.path == ["rate_limit"] else {
            return HTTPServerAnswer(
                .error(
                    403, "API rate limit exceeded for user ID 583231.",
                    about: "/using-the-rest-api/rate-limits-for-the-rest-api"))
        }
        if request.method == "POST" {
            return HTTPServerAnswer(with { $0.write(call, request.body) })
        }
        guard ["GET", "HEAD"].contains(request.method) else { return HTTPServerAnswer(.notFound) }
        return conditional(GitHubRoutes(call, repositories, quota).reply(), etags, request)
    }

    /// Where the keys of the OIDC provider are.
    static let keySet = "/.well-known/jwks"

    /// What a member's token shows of its owner; nil for other calls, and while there are no members.
    private func memberAnswer(_ request: HTTPServerRequest, port: UInt16) -> HTTPServerAnswer? {
        let call = GitHubCall(request, port: port)
        let members = with { $0.members }
        guard !members.isEmpty, [["user"], ["user", "orgs"]].contains(call.path) else { return nil }
        let shown = request["Authorization"].map { $0.drop { $0 != " " }.dropFirst() } ?? ""
        guard let member = members[String(shown)] else { return HTTPServerAnswer(.error(401, "Bad credentials")) }
        let shapes = GitHubShapes(api: call.api)
        guard call.path.count > 1 else { return HTTPServerAnswer(.one(shapes.user(member.login))) }
        guard let organisations = member.organisations else {
            return HTTPServerAnswer(
                .error(
                    403, "You need at least read:org scope or user scope to list your organizations.",
                    about: "/orgs/orgs#list-organizations-for-the-authenticated-user"))
        }
        return HTTPServerAnswer(.page(organisations, of: call, at: "/user/orgs") { shapes.organisation($0) })
    }

    /// The answer with an ETag of its content; 304 where the client has it already (RFC 9110, section 13.1).
    private func conditional(
        _ reply: GitHubReply, _ etags: FakeGitHub.ETags, _ request: HTTPServerRequest
    ) -> HTTPServerAnswer {
        var answer = HTTPServerAnswer(reply)
        guard reply.status == 200 else { return answer }
        let digest = SHA256.hash(data: reply.body).map { String(format: "%02x", $0) }.joined()
        if etags != .none { answer.fields.append(("ETag", "\(etags == .weak ? "W/" : "")\"\(digest)\"")) }
        answer.fields.append(
            ("Cache-Control", "\(request["Authorization"] == nil ? "public" : "private"), max-age=60, s-maxage=60"))
        let isUnchanged =
            if let known = request["If-None-Match"] {
                etags != .none && (known == "*" || known.contains("\"\(digest)\""))
            } else if let known = request["If-Modified-Since"], let modified = reply.modified {
                known == HTTPDate.text(modified)
            } else {
                false
            }
        guard isUnchanged else { return answer }
        answer.status = 304
        answer.body = []
        answer.fields.removeAll { ["content-type", "link"].contains($0.name.lowercased()) }
        return answer
    }

    /// Takes from the quota what the request costs, and adds the header fields that GitHub always sends.
    ///
    /// A 304 costs nothing if the request was authorised
    /// (https://docs.github.com/en/rest/using-the-rest-api/best-practices-for-using-the-rest-api).
    private func complete(_ answer: inout HTTPServerAnswer, to request: HTTPServerRequest) {
        let isFree =
            answer.status >= 500 || answer.status == 401 || GitHubCall.apiPath(request.path) == "/rate_limit"
            || (answer.status == 304 && request["Authorization"] != nil)
        let quota = with { state in
            state.quota.renew()
            if !isFree, state.quota.remaining > 0 { state.quota.remaining -= 1 }
            return state.quota
        }
        func add(_ name: String, _ value: String) {
            guard !answer.fields.contains(where: { $0.name.lowercased() == name.lowercased() }) else { return }
            answer.fields.append((name, value))
        }
        add("Server", "github.com")
        add("Date", HTTPDate.text(Date()))
        add("X-GitHub-Request-Id", Self.requestID())
        guard answer.status < 500 else { return }
        add("X-GitHub-Media-Type", "github.v3; format=json")
        add("X-GitHub-Api-Version-Selected", "2022-11-28")
        add("Vary", "Accept, Authorization, Cookie, X-GitHub-OTP, Accept-Encoding, Accept, X-Requested-With")
        guard answer.status != 401 else { return }
        add("X-RateLimit-Limit", "\(quota.limit)")
        add("X-RateLimit-Remaining", "\(quota.remaining)")
        add("X-RateLimit-Reset", "\(Int(quota.reset.timeIntervalSince1970))")
        add("X-RateLimit-Used", "\(quota.limit - quota.remaining)")
        add("X-RateLimit-Resource", "core")
    }

    private static func requestID() -> String {
        (0..<5).map { _ in String(UInt32.random(in: 0x1000...0xFFFFFF), radix: 16, uppercase: true) }
            .joined(separator: ":")
    }
}

extension GitHubService.State {
    /// The behaviour that a request finds: what was scripted last comes first.
    mutating func takeBehaviour(for request: HTTPServerRequest) -> FakeGitHub.Behaviour? {
        guard let index = rules.lastIndex(where: { $0.pattern?.matches(request) ?? true }) else { return nil }
        if rules[index].isForAlways { return rules[index].behaviours.first }
        let behaviour = rules[index].behaviours.removeFirst()
        if rules[index].behaviours.isEmpty { rules.remove(at: index) }
        return behaviour
    }

    func gate(for request: HTTPServerRequest) -> Gate? {
        gates.last { $0.pattern?.matches(request) ?? true }?.gate
    }
}

/// Times as HTTP writes them (RFC 9110, section 5.6.7).
enum HTTPDate {
    static func text(_ date: Date) -> String {
        var time = time_t(date.timeIntervalSince1970)
        var parts = tm()
        gmtime_r(&time, &parts)
        let days = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"]
        let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
        return String(
            format: "%@, %02d %@ %04d %02d:%02d:%02d GMT", days[Int(parts.tm_wday)], parts.tm_mday,
            months[Int(parts.tm_mon)], parts.tm_year + 1900, parts.tm_hour, parts.tm_min, parts.tm_sec)
    }
}
