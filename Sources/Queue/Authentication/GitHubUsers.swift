import Essentials
import HTTPClient
import HTTPTypes

/// Asks GitHub whom a token belongs to.
struct GitHubUsers: Sendable {
    /// Milliseconds that all calls for one token may take together.
    static let limit: Int64 = 8000
    /// Pages of organisations that are read, of 100 each.
    private static let pages = 10
    /// Bytes that an answer may have.
    private static let bodyLimit = 1 << 20
    /// Milliseconds of a pause where GitHub asks for one and does not say how long: its documentation wants a minute.
    private static let pause: Int64 = 60_000
    /// The longest pause that is believed, in milliseconds: the quota is renewed each hour.
    private static let longestPause: Int64 = 3_600_000
    /// How much of a body is searched for what it says of limits.
    private static let sample = 4096

    /// The address of the API, without a slash at its end. The token goes nowhere else: redirects are not followed, and
    /// of links to further pages only that there is one is believed.
    let api: String

    /// Why GitHub has not told.
    struct Failure: Error {
        /// The reason, for the log.
        let reason: String
        /// Milliseconds until it may be asked again.
        let pause: Int64
    }

    /// The account of a token; nil for one that GitHub refuses.
    ///
    /// - Throws: `Failure` where GitHub does not tell.
    func account(of token: String, by session: HTTPSession) throws(Failure) -> GitHubAccount? {
        let deadline = Timestamp.now.adding(milliseconds: Self.limit)
        let user = try ask("/user", token, session, deadline)
        // 403 is what the token of a workflow's job gets, which is no user's.
        if [.unauthorized, .forbidden, .notFound].contains(user.status), !Self.isLimit(user) { return nil }
        guard user.status == .ok else { throw Self.failure(user) }
        let login = try Self.logins(of: user) { (reader) throws(JSONReader.Fault) in [try reader.login()] }
        guard let login = login.first else { throw Self.unusable }

        var organisations: [Organisation] = []
        for page in 1...Self.pages {
            let answer = try ask("/user/orgs?per_page=100&page=\(page)", token, session, deadline)
            if answer.status == .unauthorized { return nil }
            // A token without the scope that shows them.
            if [.forbidden, .notFound].contains(answer.status), !Self.isLimit(answer) { break }
            guard answer.status == .ok else { throw Self.failure(answer) }
            organisations += try Self.logins(of: answer) { (reader) throws(JSONReader.Fault) in
                var list: [Organisation?] = []
                try reader.array { (reader) throws(JSONReader.Fault) in list.append(try reader.login()) }
                return list
            }
            guard answer.fields[Self.link]?.contains(#"rel="next""#) == true else { break }
        }
        return GitHubAccount(login: login, organisations: organisations)
    }

    private func ask(
        _ target: String, _ token: String, _ session: HTTPSession, _ deadline: Timestamp
    ) throws(Failure) -> HTTPCall.Answer {
        let left = deadline.milliseconds - Timestamp.now.milliseconds
        guard left > 0 else { throw Failure(reason: "no whole answer within \(Self.limit) ms", pause: 1000) }
        var call = HTTPCall(.get, api + target)
        call.fields[.accept] = "application/vnd.github+json"
        // https://docs.github.com/en/rest/about-the-rest-api/api-versions
        call.fields[HTTPField.Name("X-GitHub-Api-Version")!] = "2022-11-28"
        call.fields[.authorization] = "Bearer \(token)"
        call.totalLimit = Int(left)
        call.connectLimit = min(call.connectLimit, Int(left))
        call.bodyLimit = Self.bodyLimit
        do throws(HTTPCall.Failure) {
            return try session.perform(call)
        } catch {
            throw Failure(reason: "\(error)", pause: 1000)
        }
    }

    // MARK: Answers

    private static func logins(
        of answer: HTTPCall.Answer, _ read: (inout JSONReader) throws(JSONReader.Fault) -> [Organisation?]
    ) throws(Failure) -> [Organisation] {
        do throws(JSONReader.Fault) {
            var reader = JSONReader(answer.body)
            let logins = try read(&reader)
            try reader.end()
            return logins.compactMap { $0 }
        } catch {
            throw unusable
        }
    }

    private static let unusable = Failure(reason: "its answer is not the JSON that it should be", pause: 1000)

    /// Whether an answer says that a limit is used up
    /// (https://docs.github.com/en/rest/using-the-rest-api/rate-limits-for-the-rest-api).
    private static func isLimit(_ answer: HTTPCall.Answer) -> Bool {
        if answer.status == .tooManyRequests || answer.fields[.retryAfter] != nil || answer.fields[remaining] == "0" {
            return true
        }
        // Right tokens get the latter as well, after many wrong ones
        // (https://docs.github.com/en/rest/authentication/authenticating-to-the-rest-api#failed-login-limit).
        let text = String(decoding: answer.body.prefix(sample), as: UTF8.self).lowercased()
        return text.contains("rate limit") || text.contains("login attempts")
    }

    private static func failure(_ answer: HTTPCall.Answer) -> Failure {
        var wanted: Int64 = 1000
        if answer.status.kind == .clientError, isLimit(answer) {
            let end = answer.fields[remaining] == "0" ? answer.fields[reset].flatMap { Int64($0) } : nil
            let untilReset = end.map { min($0, .max / 1000) * 1000 - Timestamp.now.milliseconds }
            wanted = answer.retryAfter() ?? untilReset ?? pause
        }
        return Failure(
            reason: "it answers with \(answer.status.code)", pause: min(max(wanted, 1000), longestPause))
    }

    private static let link = HTTPField.Name("Link")!
    private static let remaining = HTTPField.Name("X-RateLimit-Remaining")!
    private static let reset = HTTPField.Name("X-RateLimit-Reset")!
}

extension JSONReader {
    /// Reads what GitHub says of a user or organisation; nil if its login can be none.
    fileprivate mutating func login() throws(Fault) -> Organisation? {
        var login: String?
        try object { (reader, name) throws(Fault) in
            if name == "login" { login = try reader.optionalString() } else { try reader.skip() }
        }
        return login.flatMap(Organisation.init)
    }
}
