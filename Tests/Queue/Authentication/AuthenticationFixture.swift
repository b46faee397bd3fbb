import Dragonfly
import Essentials
import FastCGI
import Logging
import Telemetry
import TestSupport
import Testing

@testable import Queue
@testable import Web

/// An authenticator as a process has it, between a store and a GitHub.
final class AuthenticationFixture: @unchecked Sendable {
    let github: FakeGitHub
    let stores: TestStore
    let signer: TokenSigner
    let server: StoreServer?
    private let variables: [String: String]
    private let store: Store
    private let authenticator: Authenticator

    /// - Parameters:
    ///   - variables: settings besides the addresses of GitHub.
    ///   - other: one with which it shares store and GitHub, as another process does.
    init(_ variables: [String: String] = [:], beside other: AuthenticationFixture? = nil) throws {
        server = other == nil ? nil : other?.server
        signer = try TokenSigner.shared.get()
        if let other {
            (github, stores) = (other.github, other.stores)
        } else {
            (github, stores) = (try FakeGitHub(), try TestStore())
            github.setKeys([try signer.publicKey])
        }
        self.variables = ["GITHUB_OIDC_ISSUER": github.issuer, "GITHUB_API_URL": github.url()]
            .merging(variables) { $1 }
        store = Store(url: try #require(StoreURL(stores.url)), prefix: stores.prefix, timeout: 5000)
        var settings = Settings(environment: self.variables)
        authenticator = Authenticator(settings: &settings, userAgent: "chimney/test")
        #expect(settings.problems == [])
    }

    /// Another process of the same kind.
    func sibling() throws -> AuthenticationFixture { try AuthenticationFixture(variables, beside: self) }

    /// A token of the usual workflow, with other claims.
    func token(_ changes: [String: JSON?] = [:], header: [String: JSON?] = [:]) throws -> String {
        try signer.token(TokenSigner.claims(of: github.issuer, changes), header: header)
    }

    /// Who shows a token.
    ///
    /// - Parameter milliseconds: how much later than now it is.
    func identify(
        _ token: String?, organisation: String? = nil, later milliseconds: Int64 = 0,
        mayWait: @escaping () -> Bool = { true }, _ variables: [String: String] = [:]
    ) throws -> Identity? {
        var all = ["REQUEST_METHOD": "GET", "PATH_INFO": "/v1/deployments", "REMOTE_ADDR": "127.0.0.1"]
        all["HTTP_AUTHORIZATION"] = token.map { "Bearer \($0)" }
        all["HTTP_X_ORGANISATION"] = organisation
        let context = Context(
            store: store, now: Timestamp.now.adding(milliseconds: milliseconds),
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }, record: RequestRecord(),
            patience: .alone(mayWait: mayWait))
        return try authenticator.identify(
            Request(environment: Environment(all.merging(variables) { $1 }), body: RequestBody()), context)
    }

    /// The problem that a caller is told of.
    func problem(_ body: () throws -> Identity?) throws -> Problem {
        try #require(#expect(throws: Problem.self) { _ = try body() })
    }

    /// How often the issuer's keys were fetched.
    var keyFetches: Int { github.count(FakeGitHub.keySet) }

    /// The only key of the store that begins so.
    func key(_ beginning: String) throws -> String {
        let keys = try stores.content().map(\.key).filter { $0.hasPrefix(stores.key(beginning)) }
        return try #require(keys.count == 1 ? keys.first : nil, "\(keys)")
    }

    /// Lets time pass for the issuer's keys: they were fetched so many milliseconds ago, and may be fetched again.
    func age(by milliseconds: Int64) throws {
        let record = try key("seen:jwks:")
        let text = try #require(try stores.run("GET", record).string)
        let end = try #require(text.firstIndex(of: "\n"))
        let time = try #require(Int64(text[..<end]))
        try stores.run("SET", record, "\(time - milliseconds)" + text[end...], "KEEPTTL")
        try stores.run("DEL", record.replacing("seen:jwks:", with: "lock:jwks:"))
    }
}
