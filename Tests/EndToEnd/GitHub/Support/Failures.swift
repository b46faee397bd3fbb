import TestSupport
import Testing

/// A way in which GitHub does not bring what was asked for, and what a client is told where nothing is held.
struct GitHubFailure: Sendable, CustomTestStringConvertible {
    let testDescription: String
    let behaviour: FakeGitHub.Behaviour
    /// The status where nothing is held.
    let status: Int
    /// What `Retry-After` may be then; nil where there need be none.
    let retryAfter: ClosedRange<Int>?
    /// What it counts as: the label `outcome` of `chimney_github_fetches_total`.
    let outcome: String

    init(
        _ description: String, _ behaviour: FakeGitHub.Behaviour, _ status: Int = 502,
        retryAfter: ClosedRange<Int>? = nil, outcome: String = "failed"
    ) {
        testDescription = description
        self.behaviour = behaviour
        self.status = status
        self.retryAfter = retryAfter
        self.outcome = outcome
    }

    static let all: [GitHubFailure] = [
        GitHubFailure("500", .error(500, "Server Error")),
        GitHubFailure("502 with a page", .serverError),
        GitHubFailure("503", .serverError(503)),
        GitHubFailure("504", .serverError(504)),
        GitHubFailure("a connection that ends", .dropped),
        GitHubFailure("no HTTP", .noHTTP),
        GitHubFailure("no JSON", .garbage),
        GitHubFailure("a body cut off", .truncated),
        GitHubFailure("a body over 10 MiB", .oversized(), outcome: "refused"),
        GitHubFailure("a body over 10 MiB in chunks", .oversized(isChunked: true), outcome: "refused"),
        GitHubFailure("a connection that is reset", .reset),
        GitHubFailure("a connection that is reset in the middle", .resetInMiddle),
        GitHubFailure("a header that does not end", .endlessHeader, outcome: "refused"),
        GitHubFailure("a body that does not end", .endlessBody, outcome: "refused"),
        GitHubFailure("a body that unpacks to 300 MB", .bomb, outcome: "refused"),
        GitHubFailure("a circle of redirects", .circle, outcome: "refused"),
        GitHubFailure("a wrong token", .error(401, "Bad credentials"), outcome: "refused"),
        GitHubFailure("a right that lacks", .forbidden, outcome: "refused"),
        GitHubFailure(
            "no quota left", .primaryLimit(reset: 100), 503, retryAfter: 80...101, outcome: "rate_limited"),
        GitHubFailure(
            "no quota left, by 429", .primaryLimit(reset: 100, status: 429), 503, retryAfter: 80...101,
            outcome: "rate_limited"),
        GitHubFailure(
            "a secondary limit", .secondaryLimit(retryAfter: 90), 503, retryAfter: 70...90, outcome: "rate_limited"),
        GitHubFailure(
            "a secondary limit, by 429", .secondaryLimit(retryAfter: 90, status: 429), 503, retryAfter: 70...90,
            outcome: "rate_limited"),
        GitHubFailure(
            "a secondary limit, by its message", .secondaryLimit(retryAfter: nil), 503, retryAfter: 40...60,
            outcome: "rate_limited"),
    ]
}
