import TestSupport
import Testing

extension EndToEnd {
    /// Redirects of GitHub, and who gets the token.
    @Suite struct GitHubRedirectTests {
        @Test("A repository that has moved on the same server is followed, with the token")
        func moved() async throws {
            try await withGitHub { origin, github throws in
                github.always(.moved(to: "/repos/octo-org/wgmesh/issues?state=open"), on: "/pulls")
                let answer = try origin.github("/pulls?state=open")
                #expect(answer.status == 200)
                #expect(try answer.numbers.count == 7)
                #expect(
                    github.requests.map(\.target) == [
                        "/repos/octo-org/wgmesh/pulls?state=open", "/repos/octo-org/wgmesh/issues?state=open",
                    ])
                #expect(github.requests.allSatisfy { $0["Authorization"] == "Bearer \(GitHubSecrets.token)" })
                #expect(try origin.github("/pulls?state=open").cache == "hit dragonfly")
            }
        }

        @Test("Another host is not followed, and never sees the token, nor does another port or scheme")
        func elsewhere() async throws {
            let thief = try ScriptedHTTPServer { _ in HTTPServerAnswer(200, text: "[]") }
            defer { thief.stop() }
            try await withGitHub { origin, github throws in
                let held = try origin.github("/pulls")
                let places = [
                    thief.url("/pulls"), "http://localhost:\(github.port)/repos/octo-org/wgmesh/pulls",
                    "//127.0.0.1:\(thief.port)/pulls", "https://127.0.0.1:\(github.port)/pulls",
                    "http://user:pass@127.0.0.1:\(thief.port)/", "file:///etc/passwd", "ftp://127.0.0.1:\(thief.port)/",
                    "http://127.0.0.1:\(github.port)@127.0.0.1:\(thief.port)/", "gopher://127.0.0.1:\(thief.port)/",
                ]
                for (index, place) in places.enumerated() {
                    github.forgetRequests()
                    github.next(.redirected(to: place), on: "/issues/\(index)")
                    let refused = try origin.github("/issues/\(index)")
                    expectProblem(refused, 502, "\(place)")
                    #expect(!refused.text.contains("127.0.0.1"))
                    github.next(.redirected(to: place), on: "/pulls")
                    try origin.age("/pulls?", 3600)
                    let stale = try origin.github("/pulls")
                    #expect(stale.cache == "stale dragonfly", "\(place)")
                    #expect(stale.body == held.body)
                    #expect(github.count() == 2, "\(place)")
                    try origin.forgetFailures()
                }
                #expect(thief.connections == 0)
                #expect(thief.requests.isEmpty)
                try expectNoSecrets(origin)
            }
        }

        @Test("A circle of redirects ends")
        func circle() async throws {
            try await withGitHub { origin, github throws in
                github.always(.moved(to: "/repos/octo-org/wgmesh/pulls"), on: "/pulls")
                expectProblem(try origin.github("/pulls"), 502)
                #expect(github.count() < 30)
            }
        }
    }
}

/// Checks that nothing that an origin was trusted with is in its log or its store.
func expectNoSecrets(_ origin: Origin, sourceLocation: SourceLocation = #_sourceLocation) throws {
    let marks = [GitHubSecrets.token, GitHubSecrets.invalidate, GitHubSecrets.webhook]
    let texts = try [origin.pool.log] + origin.store.content().map(\.value)
    for mark in marks {
        #expect(!texts.contains { $0.contains(mark) }, "\(mark)", sourceLocation: sourceLocation)
    }
}
