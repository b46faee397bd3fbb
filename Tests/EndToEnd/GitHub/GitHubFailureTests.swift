import TestSupport
import Testing

extension EndToEnd {
    /// What clients get while GitHub does not give what it is asked for.
    @Suite struct GitHubFailureTests {
        @Test("What is held is served, however old; where nothing is, it is said what is wrong")
        func everyFailure() async throws {
            try await withGitHub { origin, github throws in
                let held = try origin.github("/pulls")
                for (index, failure) in GitHubFailure.all.enumerated() {
                    let what = Comment(rawValue: failure.testDescription)
                    github.always(failure.behaviour)
                    try origin.age("/pulls?", 23 * 3600)
                    let stale = try origin.github("/pulls")
                    #expect(stale.status == 200, what)
                    #expect(stale.cache == "stale dragonfly", what)
                    #expect(stale.body == held.body, what)
                    #expect(stale["ETag"] == held["ETag"], what)
                    #expect(stale["X-Cache-Age"].flatMap { Int($0) } ?? 0 >= 23 * 3600, what)
                    let conditional = try origin.github("/pulls", [("If-None-Match", held["ETag"] ?? "")])
                    #expect(conditional.status == 304, what)
                    #expect(conditional.cache == "stale dragonfly", what)

                    let absent = try origin.github("/issues/\(1000 + index)")
                    let problem = expectProblem(absent, failure.status, what)
                    #expect(problem.detail?.text?.contains("GitHub") == true, what)
                    #expect(absent.cache == "miss none", what)
                    let seconds = absent["Retry-After"].flatMap { Int($0) }
                    if let range = failure.retryAfter { #expect(seconds.map(range.contains) == true, what) }

                    github.answerAsUsual()
                    try origin.forgetFailures()
                    #expect(try origin.github("/pulls").cache == "revalidated dragonfly", what)
                    #expect(try origin.github("/issues/\(1000 + index)").status == 404, "nothing of it is kept")
                }
                for outcome in Set(GitHubFailure.all.map(\.outcome)) {
                    let name = "chimney_github_fetches_total{outcome=\"\(outcome)\"}"
                    #expect(try origin.metric(name) { $0 > 0 }, "\(outcome)")
                }
                #expect(!origin.pool.log.contains(GitHubSecrets.token))
            }
        }

        @Test("Nobody listens there: what is held, or 502")
        func unreachable() async throws {
            try await withGitHub { origin, github throws in
                let held = try origin.github("/pulls")
                github.stop()
                try origin.age("/pulls?", 7200)
                let stale = try origin.github("/pulls")
                #expect(stale.cache == "stale dragonfly")
                #expect(stale.body == held.body)
                let absent = try origin.github("/issues")
                expectProblem(absent, 502)
                #expect(!absent.text.contains("127.0.0.1"))
                #expect(try origin.get("/healthz").json.status == "ok", "it is GitHub's fault, and not this server's")
            }
        }

        @Test("GitHub says nothing: after 10 s clients get what is held, or 502, and meanwhile no worker is occupied")
        func silent() async throws {
            try await withGitHub(workers: 2) { origin, github throws in
                _ = try origin.github("/pulls")
                try origin.age("/pulls?", 7200)
                github.always(.silent)
                let patient = HTTPClient(.port(origin.caddy.port), timeout: 60)
                let answers = Answers()
                let paths = ["/pulls", "/issues", "/issues", "/branches"]
                async let asked: Void = HTTPClient.concurrently(paths.count) { index in
                    answers.add(try patient.get("/api/github\(paths[index])"))
                }
                #expect(github.receives(4))
                #expect(try origin.get("/healthz").status == 200)
                // GitHub is asked while the worker may still be writing that its client is to wait.
                let isFree = try eventually { try origin.get("/healthz").json.workers?.busy?.integer == 1 }
                #expect(isFree, "but the one that says so")
                try await asked
                #expect(answers.all.map(\.status).sorted() == [200, 502, 502, 502])
                #expect(answers.all.first { $0.status == 200 }?.cache == "stale dragonfly")
                #expect(github.count() == 4, "two have asked for the same")
            }
        }

        @Test("A stale entry whose refresh fails stays as it is, and is served")
        func refresh() async throws {
            try await withGitHub { origin, github throws in
                let held = try origin.github("/pulls")
                github.always(.serverError)
                try origin.age("/pulls?", 40)
                #expect(try origin.github("/pulls").cache == "stale dragonfly")
                #expect(github.receives(2))
                #expect(try eventually { try origin.githubState("failures") == 1 })
                let after = try origin.github("/pulls")
                #expect(after.cache == "stale dragonfly")
                #expect(after.body == held.body)
            }
        }

        @Test("404 is believed for 30 s, and takes the place of what is held only for so long")
        func missing() async throws {
            try await withGitHub { origin, github throws in
                let first = try origin.github("/pulls/799")
                expectProblem(first, 404)
                #expect(first.cache == "miss none")
                for _ in 0..<3 {
                    let second = try origin.github("/pulls/799")
                    expectProblem(second, 404)
                    #expect(second.cache == "hit dragonfly")
                    #expect(second["X-Cache-Age"] != nil)
                }
                #expect(github.count() == 1)
                try origin.age("/pulls/799?", 31)
                #expect(try origin.github("/pulls/799").cache == "miss none")
                #expect(github.count() == 2)

                let number = github.contents.pulls[0].number
                let path = "/pulls/\(number)"
                let good = try origin.github(path)
                #expect(good.status == 200)
                try origin.age("\(path)?", 100)
                github.next(.notFound, on: path)
                #expect(try origin.github(path).status == 404)
                #expect(try origin.github(path).cache == "hit dragonfly")
                try origin.age("\(path)?", 100)
                let again = try origin.github(path)
                #expect(again.status == 200)
                #expect(again.cache == "revalidated dragonfly")
                #expect(again.body == good.body)
                #expect(again["ETag"] == good["ETag"])
            }
        }

        @Test("What GitHub finds wrong with the request is told as such, for half a minute, and takes nothing's place")
        func wrongRequest() async throws {
            try await withGitHub { origin, github throws in
                for status in [400, 409, 410, 422, 451] {
                    let path = "/commits?sha=\(status)"
                    github.next(.error(status, "Validation Failed"), on: "/commits")
                    for _ in 0..<3 { expectProblem(try origin.github(path), status) }
                    #expect(github.count(path) == 1, "\(status)")
                }
                #expect(try origin.cachedKeys() == [])
                #expect(try origin.githubState("failures") == 0)
                try origin.forgetFailures()
                #expect(try origin.github("/commits?sha=400").status == 404)

                let held = try origin.github("/pulls")
                try origin.age("/pulls?", 7200)
                github.next(.error(410, "Gone"), on: "/pulls")
                for _ in 0..<3 {
                    let stale = try origin.github("/pulls")
                    #expect(stale.cache == "stale dragonfly")
                    #expect(stale.body == held.body)
                }
                #expect(github.count("/pulls") == 2)
            }
        }

        @Test("A body of exactly 10 MiB is served, whole")
        func largest() async throws {
            try await withGitHub { origin, github throws in
                github.next(.oversized(10_485_760), on: "/contents/large")
                let answer = try origin.github("/contents/large")
                #expect(answer.status == 200)
                #expect(answer.body.count == 10_485_760)
                #expect(answer["Content-Length"] == "10485760")
                let again = try origin.github("/contents/large")
                #expect(again.cache == "hit dragonfly")
                #expect(again.body == answer.body)
            }
        }
    }
}
