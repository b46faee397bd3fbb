import Crypto
import Dragonfly
import Essentials
import FastCGI
import HTTPClient
import HTTPTypes
import Logging
import Web

/// Callers with a personal access token of GitHub's, which GitHub is asked about; what it says is kept for a while, under
/// a hash of the token.
struct PersonalTokens {
    /// Milliseconds for which an account is kept.
    static let keeping: Int64 = 300_000
    /// Milliseconds for which it is kept that a token is refused.
    static let keepingRefusals: Int64 = 60_000
    /// Bytes that a token may have; GitHub's have up to 255
    /// (https://docs.github.com/en/authentication/keeping-your-account-and-data-secure/about-authentication-to-github#githubs-token-formats).
    private static let sizeLimit = 512
    /// What the store keeps of a token that is refused.
    private static let refused: [UInt8] = []

    /// GitHub.
    let users: GitHubUsers
    /// By which calls are made.
    let session: LazySession

    /// Who calls; nil if GitHub does not know the token.
    ///
    /// - Throws: `Problem` 400 without an organisation, 403 if the user is no member, 503 where GitHub does not tell;
    ///   `StoreError`.
    func identify(_ token: Substring, _ request: Request, _ context: Context) throws -> Identity? {
        guard Self.isToken(token) else { return nil }
        guard let asked = try request.organisation() else {
            throw Problem.badRequest("Name the organisation that you act for in the header X-Organisation.")
        }
        guard let account = try account(of: String(token), request, context) else { return nil }
        guard let organisation = account.organisation(asked) else {
            throw Problem(
                .forbidden,
                "The user of this token is no member of \(asked.name) that GitHub shows to it; name another organisation in "
                    + "X-Organisation, or use a token with the scope read:org.")
        }
        return Identity(organisation: organisation.name, actor: account.login)
    }

    /// Whether GitHub may be sent it: tokens have letters, digits and underscores, and those of old no others.
    private static func isToken(_ text: Substring) -> Bool {
        (1...sizeLimit).contains(text.utf8.count)
            && text.utf8.allSatisfy { $0.isNameByte && $0 != UInt8(ascii: ".") }
    }

    /// The account of a token; nil if GitHub refuses it. Whoever makes up tokens makes few calls of GitHub with them: it
    /// would leave this host alone for many.
    private func account(of token: String, _ request: Request, _ context: Context) throws -> GitHubAccount? {
        let digest = Hex.string(Array(SHA256.hash(data: Array("\(users.api)\n\(token)".utf8))))
        let shared = SharedFetch(
            record: context.store.key("seen:pat:\(digest)"), lock: context.store.key("lock:pat:\(digest)"))
        if let record = try shared.read(context.store) { return GitHubAccount(stored: record) }
        guard !context.hasFailedTooOften(request) else { return nil }
        // Before anybody can be told to wait for this process.
        try context.mayWait()
        let limit = GitHubUsers.limit + 1000
        let state = try shared.claim(
            context.store, until: Timestamp.now.adding(milliseconds: limit), pause: limit)
        if state == .mine { return try fetch(token, shared, context) }
        var record: [UInt8]?
        if case .underWay(let deadline) = state {
            record = try context.wait(until: deadline) { try shared.outcome(context.store) }?.record
        } else {
            // It was there in this moment.
            record = try shared.read(context.store)
        }
        guard let record else { throw Self.unavailable(pause: 1000) }
        return GitHubAccount(stored: record)
    }

    /// Asks GitHub for all who show this token now.
    private func fetch(_ token: String, _ shared: SharedFetch, _ context: Context) throws -> GitHubAccount? {
        do {
            let account = try users.account(of: token, by: session.opened())
            try? shared.finish(
                context.store, with: account?.stored ?? Self.refused,
                keeping: account == nil ? Self.keepingRefusals : Self.keeping, pause: 0)
            return account
        } catch {
            try? shared.fail(context.store, pause: 0)
            switch error {
            case let failure as GitHubUsers.Failure:
                context.logger.warning("GitHub does not tell whose a token is: \(failure.reason)")
                throw Self.unavailable(pause: failure.pause)
            case let missing as HTTPSession.Unavailable:
                context.logger.error("GitHub cannot be asked: \(missing)")
                throw Self.unavailable(pause: IssuerKeys.pause)
            default: throw error
            }
        }
    }

    private static func unavailable(pause: Int64) -> Problem {
        let seconds = max(1, (pause + 999) / 1000)
        return Problem(
            .serviceUnavailable,
            "GitHub cannot be asked about the token at present; send the request again in \(seconds) s.",
            headers: [.retryAfter: String(seconds)])
    }
}
