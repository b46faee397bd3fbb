import TestSupport
import Testing

extension EndToEnd {
    /// `POST /api/cache/warm`.
    @Suite struct WarmTests {
        private static let keys: Set = ["/pulls?state=open", "/issues?state=open", "/actions/runs?per_page=10"]

        @Test("202 at once, also while GitHub says nothing; then everything is there without being asked for")
        func warm() async throws {
            try await withGitHub { origin, github throws in
                github.hold()
                let answer = try origin.manageCache("warm")
                #expect(answer.status == 202)
                expectCommonForm(answer)
                #expect(try origin.cachedKeys() == [])
                #expect(github.receives(3))
                #expect(try origin.manageCache("warm").status == 202, "again, meanwhile")
                github.release()
                #expect(try eventually { try Self.keys.isSubset(of: origin.cachedKeys()) })
                let fetched = ["/pulls?state=open", "/issues?state=open", "/actions/runs?per_page=10"]
                for path in fetched {
                    #expect(github.count(path) == 1, "\(path)")
                    #expect(try origin.github(path).cache == "hit dragonfly", "\(path)")
                }
                #expect(try eventually { try origin.cachedKeys().contains("/__pipeline_summary__?") })
                #expect(try origin.get("/api/pipeline/summary").cache == "hit dragonfly")
            }
        }

        @Test("GitHub that fails is no fault of it, nor is one that is left alone")
        func failing() async throws {
            try await withGitHub { origin, github throws in
                github.always(.serverError)
                #expect(try origin.manageCache("warm").status == 202)
                #expect(try eventually { try origin.get("/healthz").json.github?.breaker == "open" })
                #expect(try origin.manageCache("warm").status == 202)
                expectProblem(try origin.github("/pulls?state=open"), 502)
                #expect(github.count("/pulls?state=open") == 1)
            }
        }

        @Test("Only who may invalidate may warm; a body is not needed")
        func refused() async throws {
            try await withGitHub { origin, github throws in
                for token in [nil, "wrong"] {
                    expectProblem(try origin.http.post("/api/cache/warm", "{}", token: token), 401)
                }
                expectProblem(try origin.get("/api/cache/warm"), 405)
                #expect(github.count() == 0)
                let bearer = ("Authorization", "Bearer \(GitHubSecrets.invalidate)")
                #expect(try origin.http.request("POST", "/api/cache/warm", [bearer], body: []).status == 202)
                #expect(try origin.http.request("POST", "/api/cache/warm", [bearer]).status == 202)
            }
        }
    }
}
