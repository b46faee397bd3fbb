import Essentials
import Foundation
import TestSupport
import Testing

@testable import Queue

@Suite struct IssuerKeysTests {
    private let fixture: AuthenticationFixture
    private let hour: Int64 = 3_600_000

    init() throws { fixture = try AuthenticationFixture() }

    /// A token of a key that the issuer has only since now.
    private func rotate(to id: String) throws -> String {
        let signer = try TokenSigner(id)
        fixture.github.setKeys([try fixture.signer.publicKey, try signer.publicKey])
        return try signer.token(TokenSigner.claims(of: fixture.github.issuer))
    }

    @Test("One fetch does for all processes")
    func shared() throws {
        for _ in 0..<3 {
            let process = try fixture.sibling()
            for _ in 0..<3 { #expect(try process.identify(try fixture.token()) != nil) }
        }
        #expect(fixture.keyFetches == 1)
        let request = try #require(fixture.github.requests.first)
        #expect(request["Authorization"] == nil)
        #expect(request["User-Agent"] == "chimney/test")
    }

    @Test("Keys are kept for a day, and asked for again after an hour")
    func ages() throws {
        #expect(try fixture.identify(try fixture.token()) != nil)
        let ttl = try #require(try fixture.stores.run("PTTL", try fixture.key("seen:jwks:")).integer)
        #expect((24 * hour - 60_000...24 * hour).contains(ttl))
        try fixture.age(by: hour - 5000)
        #expect(try fixture.identify(try fixture.token()) != nil)
        #expect(fixture.keyFetches == 1)
        try fixture.age(by: 5000)
        for _ in 0..<3 { #expect(try fixture.identify(try fixture.token()) != nil) }
        #expect(fixture.keyFetches == 2)
    }

    @Test("A key that the issuer has not any more is nobody's an hour later")
    func withdrawn() throws {
        #expect(try fixture.identify(try fixture.token()) != nil)
        fixture.github.setKeys([try TokenSigner("key-2").publicKey])
        #expect(try fixture.identify(try fixture.token()) != nil)
        try fixture.age(by: hour)
        #expect(try fixture.identify(try fixture.token()) == nil)
    }

    @Test("A new key is known a minute after the last fetch, and at once if nothing was fetched for longer")
    func rotation() throws {
        #expect(try fixture.identify(try fixture.token()) != nil)
        let token = try rotate(to: "key-2")
        #expect(try fixture.identify(token) == nil)
        try fixture.age(by: 61_000)
        #expect(try fixture.identify(token) != nil)
        #expect(try fixture.identify(try fixture.token()) != nil)
        #expect(fixture.keyFetches == 2)
    }

    @Test("A flood of key ids that there are not fetches the keys once a minute, whoever it comes to")
    func flood() throws {
        try HTTPClient.concurrently(4) { thread in
            let process = try fixture.sibling()
            for index in 0..<50 {
                let token = try fixture.token(header: ["kid": .string("flood-\(thread)-\(index)")])
                #expect(try process.identify(token) == nil)
            }
        }
        #expect(fixture.keyFetches == 1)
        try fixture.age(by: 61_000)
        try HTTPClient.concurrently(4) { thread in
            let process = try fixture.sibling()
            for index in 0..<50 {
                let token = try fixture.token(header: ["kid": .string("more-\(thread)-\(index)")])
                #expect(try process.identify(token) == nil)
            }
        }
        #expect(fixture.keyFetches == 2)
        #expect(try fixture.identify(try fixture.token()) != nil)
    }

    @Test("Who comes while keys are fetched waits for them")
    func waiting() throws {
        // Told by each twice: before it asks who fetches, and as it begins to fetch or to wait.
        let waiting = DispatchSemaphore(value: 0)
        let mayWait: @Sendable () -> Bool = {
            waiting.signal()
            return true
        }
        let gate = fixture.github.hold(on: FakeGitHub.keySet)
        try HTTPClient.concurrently(5) { thread throws in
            if thread == 0 {
                #expect(fixture.github.receives(for: FakeGitHub.keySet))
                for _ in 0..<8 { #expect(waiting.wait(timeout: .now() + 60) == .success) }
                gate.open()
            } else {
                #expect(try fixture.sibling().identify(try fixture.token(), mayWait: mayWait) != nil)
            }
        }
        #expect(fixture.keyFetches == 1)
    }

    @Test("Who may not wait is told to come again, and leaves the fetch to others")
    func crowded() throws {
        let problem = try fixture.problem { try fixture.identify(try fixture.token(), mayWait: { false }) }
        #expect(problem.status == .serviceUnavailable)
        #expect(problem.headers[.retryAfter] != nil)
        #expect(fixture.keyFetches == 0)
        #expect(try fixture.identify(try fixture.token()) != nil)
        // Whoever has keys need not wait, however old they are.
        try fixture.age(by: 2 * hour)
        #expect(try fixture.identify(try fixture.token(), mayWait: { false }) != nil)
        #expect(fixture.keyFetches == 1)
    }

    @Test("While the issuer does not answer, nobody is refused: the keys are asked for once a minute")
    func away() throws {
        for behaviour in [
            FakeGitHub.Behaviour.dropped, .reset, .resetInMiddle, .serverError, .garbage, .otherTypes, .truncated,
            .notFound,
            .noHTTP, .endlessHeader, .endlessBody, .bomb, .circle,
        ] {
            let fixture = try AuthenticationFixture()
            fixture.github.always(behaviour, on: FakeGitHub.keySet)
            for _ in 0..<3 {
                let problem = try fixture.problem { try fixture.identify(try fixture.token()) }
                #expect(problem.status == .serviceUnavailable)
                let seconds = problem.headers[.retryAfter].flatMap { Int($0) }
                #expect((50...60).contains(seconds ?? 0))
            }
            #expect(fixture.keyFetches == 1)
            fixture.github.answerAsUsual()
            try fixture.stores.run("DEL", try fixture.key("lock:jwks:"))
            #expect(try fixture.identify(try fixture.token()) != nil)
        }
    }

    @Test("Redirects are not followed, and sets that are too large not read")
    func limits() throws {
        for behaviour in [
            FakeGitHub.Behaviour.moved(to: "/elsewhere"), .redirected(to: "http://127.0.0.1:1/"),
            .oversized(300 << 10), .truncated,
        ] {
            let fixture = try AuthenticationFixture()
            fixture.github.next(behaviour, on: FakeGitHub.keySet)
            #expect(try fixture.problem { try fixture.identify(try fixture.token()) }.status == .serviceUnavailable)
            #expect(fixture.github.count() == 1)
        }
    }

    @Test("Old keys have to do while the issuer does not answer; of new ones nothing is known")
    func outage() throws {
        #expect(try fixture.identify(try fixture.token()) != nil)
        fixture.github.always(.serverError, on: FakeGitHub.keySet)
        try fixture.age(by: 23 * hour)
        for _ in 0..<3 { #expect(try fixture.identify(try fixture.token()) != nil) }
        #expect(fixture.keyFetches == 2)
        let other = try fixture.token(header: ["kid": "key-2"])
        #expect(try fixture.problem { try fixture.identify(other) }.status == .serviceUnavailable)
        #expect(fixture.keyFetches == 2)
        // It forges nothing by it.
        let forger = try TokenSigner("key-1")
        #expect(try fixture.identify(try forger.token(TokenSigner.claims(of: fixture.github.issuer))) == nil)
        fixture.github.answerAsUsual()
        try fixture.stores.run("DEL", try fixture.key("lock:jwks:"))
        #expect(try fixture.identify(try fixture.token()) != nil)
        #expect(fixture.keyFetches == 3)
    }

    @Test("A process that died while it fetched holds up nobody for longer than its fetch may take")
    func died() throws {
        let process = try fixture.sibling()
        #expect(try process.identify(try fixture.token()) != nil)
        let lock = try fixture.key("lock:jwks:")
        try fixture.stores.run("DEL", try fixture.key("seen:jwks:"))
        let past = Timestamp.now.milliseconds - 1
        try fixture.stores.run("SET", lock, "\(past)", "PX", "30000")
        #expect(try fixture.problem { try process.identify(try fixture.token()) }.status == .serviceUnavailable)
        try fixture.stores.run("DEL", lock)
        #expect(try process.identify(try fixture.token()) != nil)
    }

    @Test("A record that is no key set is as good as none", arguments: ["", "x", "1\n", "1\n{}", "{\"keys\":[]}"])
    func rubbish(text: String) throws {
        #expect(try fixture.identify(try fixture.token()) != nil)
        try fixture.stores.run("SET", try fixture.key("seen:jwks:"), text)
        try fixture.stores.run("DEL", try fixture.key("lock:jwks:"))
        #expect(try fixture.identify(try fixture.token()) != nil)
        #expect(fixture.keyFetches == 2)
    }
}
