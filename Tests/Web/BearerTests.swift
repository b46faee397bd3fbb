import Dragonfly
import Essentials
import FastCGI
import HTTPTypes
import Logging
import Telemetry
import TestSupport
import Testing

@testable import Web

private func request(_ authorization: String?, peer: String = "10.0.0.1") -> Request {
    var variables = ["REMOTE_ADDR": peer]
    variables["HTTP_AUTHORIZATION"] = authorization
    return Request(environment: Environment(variables), body: RequestBody())
}

@Suite struct BearerTests {
    private let bearer = Bearer(NamedSecret.list("ci=abc,laptop=def") ?? [])

    @Test(
        "Whoever shows a known secret is known by its name",
        arguments: [
            ("Bearer abc", "ci"), ("bearer def", "laptop"), ("BEARER abc", "ci"), ("Bearer  abc", "ci"),
        ])
    func known(header: String, name: String) {
        #expect(bearer.authenticate(request(header)) == name)
    }

    @Test(
        "Everybody else is not",
        arguments: [
            nil, "", "Bearer", "Bearer ", "abc", "Bearer ab", "Bearer abcd", "Bearer ABC", "Bearer abc def",
            "Basic abc",
            "Bearer ci=abc", "Bearer ci", "Bearer abc,def", "Bearer\tabc", "Bearerabc",
        ] as [String?])
    func unknown(header: String?) {
        #expect(bearer.authenticate(request(header)) == nil)
    }

    @Test(
        "Without a secret nobody is let in, not even with an empty one",
        arguments: [nil, "Bearer ", "Bearer x", "Bearer default"])
    func closed(header: String?) {
        #expect(Bearer([]).authenticate(request(header)) == nil)
        #expect(Bearer(NamedSecret.list("") ?? []).authenticate(request(header)) == nil)
    }

    @Test("A secret with padding is one")
    func padding() {
        let padded = Bearer(NamedSecret.list("c2VjcmV0==") ?? [])
        #expect(padded.authenticate(request("Bearer c2VjcmV0==")) == "default")
        #expect(padded.authenticate(request("Bearer =")) == nil)
    }
}

/// Failed authentications, counted by a real store.
@Suite struct FailureLimitTests {
    private let server: StoreServer
    private let store: Store
    private let limit = FailureLimit(clients: ClientAddress(trusted: []))

    init() throws {
        server = try StoreServer()
        store = Store(url: try #require(StoreURL(server.url)), timeout: 5000)
    }

    private func refusal(peer: String = "10.0.0.1") -> Problem {
        let context = Context(store: store, now: .now, logger: Logger(label: "test"), record: RequestRecord())
        return limit.refusal(of: request("Bearer wrong", peer: peer), context: context, remedy: "Do.")
    }

    @Test("Ten failures are 401, what follows from that address is 429")
    func limited() throws {
        for _ in 0..<10 {
            let problem = refusal()
            #expect(problem.status == .unauthorized)
            #expect(problem.headers[.wwwAuthenticate] == "Bearer")
        }
        let problem = refusal()
        #expect(problem.status == .tooManyRequests)
        let rest = try #require(problem.headers[.retryAfter].flatMap { Int($0) })
        #expect((1...60).contains(rest))
        #expect(refusal(peer: "10.0.0.2").status == .unauthorized)
    }

    @Test("The store knows the address by a digest only, and forgets it")
    func privacy() throws {
        _ = refusal()
        let keys = try server.run("KEYS", "*").array.compactMap(\.string)
        #expect(keys.count == 1)
        #expect(keys.first?.hasPrefix("chimney:seen:authentication:") == true)
        #expect(keys.first?.contains("10.0.0.1") == false)
        let rest = try server.run("PTTL", keys[0]).integer ?? 0
        #expect((1...60_000).contains(rest))
    }

    @Test("Without the store nobody counts, and nobody is let in either")
    func withoutStore() {
        server.stop()
        for _ in 0..<15 { #expect(refusal().status == .unauthorized) }
    }
}
