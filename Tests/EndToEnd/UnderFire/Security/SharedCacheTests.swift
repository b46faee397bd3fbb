import TestSupport
import Testing

extension EndToEnd.UnderFire {
    /// A cache between chimney and its clients, which knows nothing of tokens and organisations, serves nobody what was said to
    /// somebody else.
    @Suite struct SharedCacheTests {
        @Test(
            "What depends on who asks may be kept by nobody, whatever the answer; nor may errors, Caddy's own included")
        func unstored() async throws {
            let settings = ["LOGS_TOKEN": "reader", "ADMIN_TOKEN": "admin"]
            try await withCallers(environment: settings) { origin, callers in
                let (workflow, fields) = (try callers.workflow(), [("X-Organisation", "acme")])
                var answers: [(String, HTTPAnswer)] = []
                for (path, token) in [
                    ("/api/logs", "reader"), ("/api/logs/caddy", "reader"), ("/deploy", "reader"),
                    ("/api/log-level", "admin"), (Callers.path, workflow), (Callers.path, Callers.token),
                ] {
                    for shown in [token, "wrong", nil] {
                        let shown = shown.map { [("Authorization", "Bearer \($0)")] } ?? []
                        let answer = try origin.get(path, fields + shown)
                        #expect((answer.status == 200) == (shown.first?.1 == "Bearer \(token)"), "\(path) \(shown)")
                        answers.append((path, answer))
                    }
                }
                let id = try #require(try origin.schedule("shop", workflow).json.id?.text)
                for path in [id, "\(id)/history", "none", "\(id)/none"].map({ "\(Callers.path)/\($0)" }) {
                    answers.append((path, try origin.get(path, [("Authorization", "Bearer \(workflow)")])))
                }
                for path in ["/api/nothing", "/nothing", "/", "/nothing.css", "/%00", "/hold/x", "/.git/config"] {
                    answers.append((path, try origin.get(path)))
                }
                answers.append(("PUT /", try origin.http.request("PUT", "/", body: [1])))
                let length = [("Content-Length", "99999999999")]
                answers.append(("too long", try origin.http.request("POST", "/api/deploy/events", length)))
                origin.pool.stop()
                answers.append(("no pool", try origin.http.request("POST", "/api/deploy/events", body: [])))
                #expect(answers.last?.1.status == 502)
                for (path, answer) in answers where path != "/" {
                    #expect(answer["Cache-Control"] == "no-store", "\(path) \(answer.status)")
                    #expect(answer["Set-Cookie"] == nil)
                }
            }
        }

        @Test("What everybody is told alike is asked for again each time, and says what it was")
        func revalidated() async throws {
            try await withGitHub { origin, _ throws in
                for path in ["/api/github/pulls", "/api/github/issues?state=open", "/api/pipeline/summary"] {
                    let answer = try origin.get(path)
                    #expect(answer["Cache-Control"] == "no-cache")
                    let tag = try #require(answer["ETag"])
                    let same = try origin.get(path, [("If-None-Match", tag)])
                    #expect(same.status == 304)
                    #expect(same["Cache-Control"] == "no-cache")
                }
                // An error of it is nobody's to keep.
                #expect(try origin.github("/nothing")["Cache-Control"] == "no-store")
                for path in ["/", "/app.js"] { #expect(try origin.get(path)["Cache-Control"] == "no-cache") }
            }
        }
    }
}
