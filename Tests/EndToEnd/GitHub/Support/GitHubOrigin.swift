import Foundation
import TestSupport
import Testing

/// What the origins of `withGitHub` are trusted with. The marks are looked for where none of them may be.
enum GitHubSecrets {
    /// What the fake takes.
    static let token = "mark-github-token"
    /// What invalidates and warms the cache.
    static let invalidate = "mark-invalidate-token"
    /// What webhooks are signed with.
    static let webhook = "mark-webhook-secret"
}

/// Runs a test with an origin, and a GitHub of its own that it asks.
///
/// - Parameters:
///   - repository: the one that paths without a name mean.
///   - others: further ones that GitHub has.
///   - environment: settings of the pool, besides those that the cache needs, or instead of them.
///   - arguments: further options of `chimney pool`.
func withGitHub<Result: Sendable>(
    _ repository: FakeGitHub.Repository = .sample(), others: [FakeGitHub.Repository] = [], workers: Int = 4,
    environment: [String: String] = [:], server: StoreServer? = nil, arguments: [String] = [],
    _ body: @Sendable (Origin, FakeGitHub) async throws -> Result
) async throws -> Result {
    let github = try FakeGitHub(repository, others: others, token: GitHubSecrets.token)
    defer { github.stop() }
    let settings = [
        "GITHUB_REPO": github.repository, "GITHUB_API_URL": github.url(), "GITHUB_TOKEN": GitHubSecrets.token,
        "INVALIDATE_TOKEN": GitHubSecrets.invalidate, "GITHUB_WEBHOOK_SECRET": GitHubSecrets.webhook,
    ]
    return try await withOrigin(
        workers: workers, environment: settings.merging(environment) { $1 }, server: server, arguments: arguments
    ) { origin in
        // Who is asked, and says nothing, must not keep the pool from ending.
        defer { github.release() }
        return try await body(origin, github)
    }
}

extension Origin {
    /// Asks for a path of GitHub.
    func github(_ path: String, _ fields: [(String, String)] = []) throws -> HTTPAnswer {
        try get("/api/github\(path)", fields)
    }

    /// Asks until what is held is fresh, as it is after a refresh in the background.
    func githubOnceFresh(_ path: String, within seconds: Double = patience) throws -> HTTPAnswer {
        let answer = try value(within: seconds) { () throws -> HTTPAnswer? in
            let answer = try github(path)
            return answer["X-Cache"] == "hit" ? answer : nil
        }
        return try #require(answer, "\(path) is not fresh within \(seconds) s")
    }

    /// Posts JSON as somebody who may invalidate and warm the cache.
    func manageCache(_ path: String, _ json: String = "{}") throws -> HTTPAnswer {
        try http.post("/api/cache/\(path)", json, token: GitHubSecrets.invalidate)
    }

    /// Posts what GitHub has to tell.
    @discardableResult
    func deliver(_ delivery: FakeGitHub.Delivery, secret: String? = GitHubSecrets.webhook) throws -> HTTPAnswer {
        try delivery.post(to: http, secret: secret)
    }

    /// The data of the events of a type so far.
    func events(_ type: String) throws -> [JSON] {
        try get("/api/events/recent?limit=500&type=\(type)").json.events?.list.compactMap(\.data) ?? []
    }

    /// Whether a sample of the metrics comes to be as it should.
    func metric(_ name: String, becomes isRight: (Double) -> Bool) throws -> Bool {
        try eventually { isRight(Samples(try get("/metrics").text)[name]) }
    }

    // MARK: The store's part of the cache

    /// The keys of all entries, in their order.
    func cachedKeys() throws -> [String] {
        try store.run("ZRANGE", store.key("{cache}:index"), "0", "-1").array.compactMap(\.string)
    }

    /// Lets an entry be so many seconds old, or what a 404 says of it.
    func age(_ key: String, _ seconds: Int) throws {
        let name = store.key("{cache}:\(key)")
        for field in ["fetched_at", "missing_at"] where try store.run("HEXISTS", name, field).integer == 1 {
            try store.run("HSET", name, field, "\(Origin.milliseconds - seconds * 1000)")
        }
    }

    /// Lets all entries be so many seconds old.
    func ageAll(_ seconds: Int) throws {
        for key in try cachedKeys() { try age(key, seconds) }
    }

    /// A field of what all processes know of GitHub.
    func githubState(_ field: String) throws -> Int {
        try Int(store.run("HGET", store.key("{cache}:github"), field).integer ?? 0)
    }

    /// Lets the time be over for which GitHub is left alone.
    func endPause() throws {
        try store.run("HSET", store.key("{cache}:github"), "open_until", "1", "blocked_until", "1")
    }

    /// Lets nothing have gone wrong at GitHub: neither failures, nor limits, nor refusals, which stand in the place of locks.
    func forgetFailures() throws {
        try store.run("HSET", store.key("{cache}:github"), "failures", "0", "open_until", "0", "blocked_until", "0")
        for key in try store.content().map(\.key) where key.hasPrefix(store.key("{cache}:lock:")) {
            try store.run("DEL", key)
        }
    }

    private static var milliseconds: Int { Int(Date().timeIntervalSince1970 * 1000) }
}

extension HTTPAnswer {
    /// How the cache came to it, and which tier had it: `hit dragonfly`.
    var cache: String { "\(self["X-Cache"] ?? "-") \(self["X-Cache-Tier"] ?? "-")" }

    /// The numbers of the issues or pull requests that it lists.
    var numbers: [Int] { get throws { try json.list.compactMap { $0["number"]?.integer } } }
}
