import Essentials
import Foundation
import TestSupport
import Testing
import Web

@testable import Queue

@Suite struct PersonalTokenTests {
    private let fixture: AuthenticationFixture
    private let token = "ghp_16C7e42F292c6912E7710c838347Ae178B4a"

    init() throws {
        fixture = try AuthenticationFixture()
        fixture.github.setMember(.init("octocat", of: ["Acme", "octo-org"]), token: token)
    }

    private var calls: [String] { fixture.github.requests.map(\.target) }

    @Test("A person is known by the token, and acts for one of the organisations, as GitHub spells it")
    func known() throws {
        #expect(
            try fixture.identify(token, organisation: "acme") == Identity(organisation: "Acme", actor: "octocat"))
        #expect(try fixture.identify(token, organisation: "OCTO-ORG")?.organisation == "octo-org")
        // The owner of personal repositories.
        #expect(try fixture.identify(token, organisation: "OctoCat")?.organisation == "octocat")
        #expect(calls == ["/user", "/user/orgs?per_page=100&page=1"])
        for request in fixture.github.requests {
            #expect(request["Authorization"] == "Bearer \(token)")
            #expect(request["User-Agent"] == "chimney/test")
        }
    }

    @Test("Of others' organisations the caller is told that it is no member")
    func stranger() throws {
        let problem = try fixture.problem { try fixture.identify(token, organisation: "other") }
        #expect(problem.status == .forbidden)
        #expect(problem.detail.contains("other"))
        #expect(try fixture.identify(token, organisation: "acme") != nil)
    }

    @Test("A token that does not show organisations is its user's own")
    func narrow() throws {
        fixture.github.setMember(.init("hubot", of: nil), token: "narrow")
        #expect(try fixture.identify("narrow", organisation: "hubot") != nil)
        let problem = try fixture.problem { try fixture.identify("narrow", organisation: "acme") }
        #expect(problem.status == .forbidden)
        #expect(problem.detail.contains("read:org"))
    }

    @Test("A token that GitHub takes for no user's, such as that of a workflow's job, is refused and remembered")
    func installation() throws {
        fixture.github.always(.forbidden, on: "/user")
        for _ in 0..<3 { #expect(try fixture.identify(token, organisation: "acme") == nil) }
        #expect(calls == ["/user"])
    }

    @Test("Without an organisation, or with one that cannot be, GitHub is not asked")
    func nameless() throws {
        for name in [nil, "", "a/b", "a b", "ä", "a\tb", String(repeating: "a", count: 101)] {
            #expect(try fixture.problem { try fixture.identify(token, organisation: name) }.status == .badRequest)
        }
        #expect(calls == [])
    }

    @Test(
        "What can be no token is not sent to GitHub",
        arguments: ["a.b", "a.b.c.d", "a b", "a\u{7F}", "ä", "a\tb", "a,b", "a/b", String(repeating: "a", count: 513)])
    func noToken(text: String) throws {
        #expect(try fixture.identify(text, organisation: "acme") == nil)
        #expect(calls == [])
    }

    @Test("What GitHub refuses is nobody's, and for a minute not asked about again")
    func refused() throws {
        for _ in 0..<3 { #expect(try fixture.sibling().identify("wrong", organisation: "acme") == nil) }
        #expect(calls == ["/user"])
        let ttl = try #require(try fixture.stores.run("PTTL", try fixture.key("seen:pat:")).integer)
        #expect((50_000...60_000).contains(ttl))
        try fixture.stores.run("DEL", try fixture.key("seen:pat:"))
        fixture.github.setMember(.init("late", of: []), token: "wrong")
        #expect(try fixture.identify("wrong", organisation: "late") != nil)
    }

    @Test("What GitHub has said holds for five minutes, under a hash and not the token")
    func kept() throws {
        #expect(try fixture.identify(token, organisation: "acme") != nil)
        let key = try fixture.key("seen:pat:")
        let ttl = try #require(try fixture.stores.run("PTTL", key).integer)
        #expect((290_000...300_000).contains(ttl))
        #expect(try fixture.stores.content().allSatisfy { !$0.value.contains(token) })
        fixture.github.setMember(.init("octocat", of: []), token: token)
        #expect(try fixture.sibling().identify(token, organisation: "acme") != nil)
        #expect(calls.count == 2)
        try fixture.stores.run("DEL", key)
        #expect(try fixture.problem { try fixture.identify(token, organisation: "acme") }.status == .forbidden)
    }

    @Test("Members of many organisations are members of all, up to a thousand")
    func pages() throws {
        fixture.github.setMember(.init("busy", of: (1...1200).map { "org-\($0)" }), token: "busy")
        for name in ["org-1", "org-100", "org-101", "org-1000"] {
            #expect(try fixture.identify("busy", organisation: name) != nil)
        }
        #expect(try fixture.problem { try fixture.identify("busy", organisation: "org-1001") }.status == .forbidden)
        #expect(calls.count == 11)
        #expect(calls.last == "/user/orgs?per_page=100&page=10")
    }

    @Test("A link to somewhere else is not followed, nor a redirect: the token goes to GitHub alone")
    func elsewhere() throws {
        let other = try ScriptedHTTPServer { _ in HTTPServerAnswer(200, text: "[]") }
        fixture.github.always(
            .answer(HTTPServerAnswer(200, [("Link", "<\(other.url("/user/orgs?page=2"))>; rel=\"next\"")], text: "[]")),
            on: "/user/orgs")
        #expect(try fixture.problem { try fixture.identify(token, organisation: "acme") }.status == .forbidden)
        #expect(calls.count == 11)
        fixture.github.answerAsUsual()
        try fixture.stores.run("DEL", try fixture.key("seen:pat:"))
        for path in ["/user", "/user/orgs"] {
            for behaviour in [FakeGitHub.Behaviour.redirected(to: other.url("/user")), .moved(to: "/user/other")] {
                fixture.github.next(behaviour, on: path)
                let problem = try fixture.problem { try fixture.identify(token, organisation: "acme") }
                #expect(problem.status == .serviceUnavailable)
            }
        }
        #expect(other.requests.isEmpty)
    }

    @Test("While GitHub does not answer nobody is refused, and nothing is kept")
    func away() throws {
        for path in ["/user", "/user/orgs"] {
            for behaviour in [
                FakeGitHub.Behaviour.dropped, .reset, .resetInMiddle, .serverError, .garbage, .otherTypes, .noHTTP,
                .truncated, .oversized(2 << 20), .endlessHeader, .endlessBody, .bomb, .circle,
                .answer(HTTPServerAnswer(200, text: "{\"login\":\"a/b\"}")),
            ] {
                // Always: a connection that ends may have been an old one, and is tried again.
                fixture.github.always(behaviour, on: path)
                let problem = try fixture.problem { try fixture.identify(token, organisation: "acme") }
                fixture.github.answerAsUsual()
                #expect(problem.status == .serviceUnavailable)
                #expect(problem.headers[.retryAfter] == "1")
                #expect(!problem.detail.contains(token))
                #expect(try fixture.stores.content().isEmpty)
            }
        }
        #expect(try fixture.identify(token, organisation: "acme") != nil)
    }

    @Test("Where GitHub wants no more requests, the caller is told for how long")
    func limited() throws {
        let limits: [(FakeGitHub.Behaviour, ClosedRange<Int>)] = [
            (.primaryLimit(reset: 600), 590...600), (.primaryLimit(reset: 600, status: 429), 590...600),
            (.secondaryLimit(retryAfter: 45), 45...45), (.secondaryLimit(retryAfter: nil), 60...60),
            (.primaryLimit(reset: 100_000), 3600...3600),
            (.error(403, "Maximum number of login attempts exceeded. Please try again later."), 60...60),
        ]
        for path in ["/user", "/user/orgs"] {
            for (limit, seconds) in limits {
                fixture.github.next(limit, on: path)
                let problem = try fixture.problem { try fixture.identify(token, organisation: "acme") }
                #expect(problem.status == .serviceUnavailable)
                #expect(seconds.contains(problem.headers[.retryAfter].flatMap { Int($0) } ?? 0))
            }
        }
        #expect(try fixture.identify(token, organisation: "acme") != nil)
    }

    @Test("Many who show the same token ask GitHub once")
    func together() throws {
        // Told by each before it asks who fetches, and by the three that do not as they begin to wait.
        let waiting = DispatchSemaphore(value: 0)
        let mayWait: @Sendable () -> Bool = {
            waiting.signal()
            return true
        }
        let gate = fixture.github.hold(on: "/user")
        try HTTPClient.concurrently(5) { thread throws in
            if thread == 0 {
                #expect(fixture.github.receives(for: "/user"))
                for _ in 0..<7 { #expect(waiting.wait(timeout: .now() + 60) == .success) }
                gate.open()
            } else {
                #expect(
                    try fixture.sibling().identify(token, organisation: "acme", mayWait: mayWait) != nil)
            }
        }
        #expect(calls.count == 2)
    }

    @Test("Who may not wait is told to come again; who is known already need not")
    func crowded() throws {
        let problem = try fixture.problem {
            try fixture.identify(token, organisation: "acme", mayWait: { false })
        }
        #expect(problem.status == .serviceUnavailable)
        #expect(calls == [])
        #expect(try fixture.identify(token, organisation: "acme") != nil)
        #expect(try fixture.identify(token, organisation: "acme", mayWait: { false }) != nil)
    }
}
