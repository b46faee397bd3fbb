import TestSupport
import Testing

extension EndToEnd {
    /// GitHub that fails is left alone, by all.
    @Suite struct BreakerTests {
        private static func breaker(_ origin: Origin) throws -> String? {
            try origin.get("/healthz").json.github?.breaker?.text
        }

        @Test("After 5 failures in a row nothing is asked by any worker; after the pause one tries, and all goes on")
        func breaker() async throws {
            try await withGitHub { origin, github throws in
                let held = try origin.github("/pulls")
                github.always(.serverError)
                github.forgetRequests()
                for index in 0..<5 {
                    #expect(try Self.breaker(origin) == "closed")
                    expectProblem(try origin.github("/issues/\(index)"), 502)
                }
                #expect(github.count() == 5)
                #expect(try Self.breaker(origin) == "open")

                try origin.age("/pulls?", 7200)
                let answers = Answers()
                try HTTPClient.concurrently(8) { thread in
                    for index in 0..<5 { answers.add(try origin.github("/issues/\(10 + 5 * thread + index)")) }
                    answers.add(try origin.github("/pulls"))
                }
                for answer in answers.all where answer.status != 200 {
                    expectProblem(answer, 502)
                    #expect((1...15).contains(answer["Retry-After"].flatMap { Int($0) } ?? 0))
                }
                let served = answers.all.filter { $0.status == 200 }
                #expect(served.count == 8)
                #expect(served.allSatisfy { $0.cache == "stale dragonfly" && $0.body == held.body })
                #expect(github.count() == 5, "left alone")
                #expect(try eventually { try origin.events("github.down").count == 1 })

                // The pause is over, and GitHub is not: one finds out for all.
                try origin.endPause()
                let gate = github.hold()
                async let probe = origin.github("/issues/100")
                #expect(github.receives(6))
                for index in 101..<110 { #expect(try origin.github("/issues/\(index)").status == 502) }
                gate.open()
                #expect(try await probe.status == 502)
                #expect(github.count() == 6)
                expectProblem(try origin.github("/issues/111"), 502)
                #expect(github.count() == 6)
                #expect(try Self.breaker(origin) == "open")

                github.release()
                github.answerAsUsual()
                try origin.endPause()
                #expect(try origin.github("/pulls").cache == "revalidated dragonfly")
                #expect(try Self.breaker(origin) == "closed")
                #expect(try origin.github("/issues").status == 200)
                #expect(try eventually { try origin.events("github.up").count == 1 })
                #expect(try origin.events("github.down").count == 1, "it was down once")
                let messages = try origin.logLines("limit=1000&level=notice").compactMap(\.msg?.text)
                #expect(messages.contains("GitHub answers again"))
                #expect(messages.contains { $0.hasPrefix("GitHub fails and is left alone") })
            }
        }

        @Test("Failures that are not in a row leave it closed, and a limit or a 404 is none")
        func interrupted() async throws {
            try await withGitHub { origin, github throws in
                for index in 0..<4 {
                    github.next(.serverError, .garbage, .serverError, .truncated, on: "/issues/*")
                    for part in 0..<4 { #expect(try origin.github("/issues/\(index)\(part)").status == 502) }
                    #expect(try origin.github("/pulls/\(900 + index)").status == 404)
                }
                #expect(try Self.breaker(origin) == "closed")
                #expect(try origin.events("github.down") == [])
            }
        }

        @Test("Two hosts share it")
        func hosts() async throws {
            let github = try FakeGitHub()
            defer { github.stop() }
            try await withHosts(environment: ["GITHUB_REPO": github.repository, "GITHUB_API_URL": github.url()]) {
                north, south throws in
                github.always(.serverError)
                for index in 0..<5 { _ = try north.http.get("/api/github/issues/\(index)") }
                #expect(github.count() == 5)
                for index in 5..<15 {
                    expectProblem(try south.http.get("/api/github/issues/\(index)"), 502)
                }
                #expect(github.count() == 5)
                #expect(try south.http.get("/healthz").json.github?.breaker == "open")
            }
        }
    }
}
