import TestSupport
import Testing

extension EndToEnd {
    /// Who uses the queue, through all that stands before it.
    @Suite struct CallerTests {
        @Test("A deployment tells which workflow or person has made it, and for which organisation")
        func makers() async throws {
            try await withCallers { origin, callers in
                let byWorkflow = try origin.schedule("shop", try callers.workflow())
                #expect(byWorkflow.status == 201)
                let first = try byWorkflow.json
                #expect(first.organisation == "acme")
                #expect(first.created_by_repo == "acme/shop")
                #expect(first.created_by_workflow == "deploy")
                #expect(first.created_by_actor == "octocat")

                let byPerson = try origin.schedule("shop", Callers.token, organisation: "ACME")
                #expect(byPerson.status == 201)
                let second = try byPerson.json
                #expect(second.created_by_repo == .null)
                #expect(second.created_by_workflow == .null)
                #expect(second.created_by_actor == "octocat")
                // One organisation, however it is spelled.
                #expect(try origin.queue(try callers.workflow()).json.list.count == 2)
                #expect(try origin.queue(Callers.token, organisation: "octocat").json.list.isEmpty)
                let stranger = try callers.workflow(["repository_owner": "other", "repository": "other/shop"])
                #expect(try origin.queue(stranger).json.list.isEmpty)
                #expect(callers.keyFetches == 1)
                #expect(callers.github.count("/user") == 1)
            }
        }

        @Test("Each way to be refused has its status, and says what to do")
        func refusals() async throws {
            let directory = try TemporaryDirectory()
            let policy = try directory.write("policy.json", #"{"rules":[{"refs":["refs/heads/main"]}]}"#)
            let environment = ["ALLOWED_ORGANISATIONS": "acme,octocat", "QUEUE_POLICY_FILE": policy]
            try await withCallers(environment: environment) { origin, callers in
                #expect(try origin.queue(try callers.workflow()).status == 200)
                let anonymous = try origin.queue(nil)
                expectProblem(anonymous, 401)
                #expect(anonymous["WWW-Authenticate"] == "Bearer")
                expectProblem(try origin.queue("wrong", organisation: "acme"), 401)
                expectProblem(try origin.queue(Callers.token), 400)
                expectProblem(try origin.queue(Callers.token, organisation: "a/b"), 400)
                expectProblem(try origin.queue(Callers.token, organisation: "other"), 403)
                expectProblem(try origin.queue(try callers.workflow(["repository_owner": "other"])), 403)
                let branch = expectProblem(try origin.queue(try callers.workflow(["ref": "refs/heads/x"])), 403)
                #expect(branch.detail?.text?.contains("policy") == true)
                // The route comes first, the body last.
                #expect(try origin.http.post("/v1/nothing", "{}").status == 404)
                let fields = [("Content-Type", "text/plain")]
                #expect(try origin.http.request("POST", Callers.path, fields, body: [1]).status == 401)
            }
        }

        @Test("While the store is away nobody is known")
        func withoutStore() async throws {
            let server = try StoreServer()
            let callers = try Callers()
            defer { callers.github.stop() }
            let environment = [
                "GITHUB_OIDC_ISSUER": callers.github.issuer, "GITHUB_API_URL": callers.github.url(),
            ]
            try await withOrigin(environment: environment, server: server) { origin throws in
                #expect(try origin.queue(try callers.workflow()).status == 200)
                server.stop()
                expectProblem(try origin.queue(try callers.workflow()), 503)
                expectProblem(try origin.queue(Callers.token, organisation: "acme"), 503)
                #expect(try origin.queue("a.b.c").status == 401)
                try server.start()
                let isBack = try eventually { try origin.queue(try callers.workflow()).status == 200 }
                #expect(isBack)
            }
        }

        @Test("What callers show is in no log, event, metric or key")
        func secrecy() async throws {
            try await withCallers(environment: ["LOG_LEVEL": "trace"]) { origin, callers in
                let tokens = try [
                    callers.workflow(), callers.workflow(["aud": "other"]), callers.workflow(header: ["kid": "none"]),
                    callers.workflow(["jti": "x"]) + "x",
                ]
                for token in tokens { _ = try origin.queue(token) }
                for token in [Callers.token, "ghp_markUnknown"] { _ = try origin.queue(token, organisation: "acme") }
                callers.github.always(.serverError)
                _ = try origin.queue("ghp_markFailing", organisation: "acme")
                let isTold = eventually {
                    origin.pool.log.contains("GitHub does not tell") && origin.pool.log.contains("is refused")
                }
                #expect(isTold)
                let isCounted = try eventually {
                    try Samples(origin.get("/metrics").text)["auth_requests_total{method=\"pat\",success=\"false\"}"]
                        == 1
                }
                #expect(isCounted)
                let marks = tokens.flatMap { $0.split(separator: ".").map(String.init) } + ["ghp_"]
                var told = [("standard error", origin.pool.log), ("the metrics", try origin.get("/metrics").text)]
                told += try origin.store.content().map { ("the store: \($0.key)", $0.value) }
                for (name, text) in told {
                    for mark in marks where text.contains(mark) { Issue.record("\(name): \(mark)") }
                }
            }
        }

        @Test("Callers are counted by the way in which they are known, and whether they are")
        func counts() async throws {
            try await withCallers { origin, callers in
                let names = ["oidc", "pat", "local"].flatMap { method in
                    ["true", "false"].map { "auth_requests_total{method=\"\(method)\",success=\"\($0)\"}" }
                }
                let before = Samples(try origin.get("/metrics").text).values
                for name in names { #expect(before[name] == 0, "\(name)") }
                for _ in 0..<3 { _ = try origin.queue(try callers.workflow()) }
                for _ in 0..<2 { _ = try origin.queue(try callers.workflow(["aud": "other"])) }
                for _ in 0..<2 { _ = try origin.queue(Callers.token, organisation: "acme") }
                _ = try origin.queue(Callers.token, organisation: "other")
                _ = try origin.queue(nil)
                let right = [3.0, 2, 2, 1, 0, 0]
                let areCounted = try eventually {
                    let samples = Samples(try origin.get("/metrics").text)
                    return names.map { samples[$0] } == right
                }
                #expect(areCounted)
            }
        }
    }
}
