import Foundation
import TestSupport
import Testing

extension EndToEnd {
    /// GitHub's quota, and its other limits.
    @Suite struct RateLimitTests {
        @Test("With no quota left nothing is fetched before the reset; what is held is served; then all goes on")
        func noQuota() async throws {
            try await withGitHub { origin, github throws in
                let held = try origin.github("/pulls")
                github.setQuota(remaining: 1, reset: 600)
                let last = try origin.github("/issues")
                #expect(last.status == 200)
                #expect(last["X-RateLimit-Remaining"] == "0")
                #expect(github.count() == 2)

                try origin.ageAll(3600)
                let answers = Answers()
                try HTTPClient.concurrently(8) { index in
                    answers.add(try origin.github(["/pulls", "/branches", "/releases", "/commits"][index % 4]))
                }
                for answer in answers.all where answer.status != 200 {
                    let problem = expectProblem(answer, 503)
                    #expect((500...600).contains(answer["Retry-After"].flatMap { Int($0) } ?? 0))
                    #expect(problem.detail?.text?.wholeMatch(of: #/.*\d\d:\d\d:\d\dZ.*/#) != nil)
                }
                let served = answers.all.filter { $0.status == 200 }
                #expect(served.count == 2)
                #expect(served.allSatisfy { $0.cache == "stale dragonfly" && $0.body == held.body })
                #expect(served.allSatisfy { $0["X-RateLimit-Remaining"] == "0" })
                // Not in the background either.
                try origin.ageAll(40)
                #expect(try origin.github("/pulls").cache == "stale dragonfly")
                #expect(try origin.get("/api/pipeline/summary").status == 503)
                #expect(github.count() == 2)

                #expect(try eventually { try !origin.events("github.rate_limited").isEmpty })
                let events = try origin.events("github.rate_limited")
                #expect(events.count == 1)
                let reset = events.first?.reset?.text.flatMap { try? Date($0, strategy: .iso8601) }
                #expect(abs(reset?.timeIntervalSince(github.quota.reset) ?? 99) < 2)
                #expect(Samples(try origin.get("/metrics").text).values["chimney_github_rate_limit_remaining"] == 0)

                github.setQuota(remaining: 5000)
                try origin.endPause()
                #expect(try origin.github("/branches").status == 200)
                try origin.ageAll(3600)
                #expect(try origin.github("/pulls").cache == "revalidated dragonfly")
                #expect(try origin.github("/pulls")["X-RateLimit-Remaining"] != "0")
            }
        }

        @Test("A secondary limit stops every fetch for as long as GitHub says, though there is quota")
        func secondary() async throws {
            try await withGitHub { origin, github throws in
                _ = try origin.github("/pulls")
                github.next(.secondaryLimit(retryAfter: 200), on: "/issues")
                #expect(try origin.github("/issues").status == 503)
                for path in ["/issues", "/branches", "/releases"] {
                    let answer = try origin.github(path)
                    expectProblem(answer, 503)
                    #expect((150...200).contains(answer["Retry-After"].flatMap { Int($0) } ?? 0))
                }
                #expect(try origin.github("/pulls").cache == "hit dragonfly")
                #expect(github.count() == 2)
                #expect(try origin.get("/healthz").json.github?.breaker == "closed")
                try origin.endPause()
                #expect(try origin.github("/issues").status == 200)
            }
        }

        @Test("A 403 that is no limit stops nothing but the one path")
        func forbidden() async throws {
            try await withGitHub { origin, github throws in
                github.always(.forbidden, on: "/actions*")
                for _ in 0..<7 {
                    let answer = try origin.github("/actions/runs")
                    let problem = expectProblem(answer, 502)
                    #expect(problem.detail?.text?.contains("403") == true)
                }
                #expect(github.count("/actions/runs") == 1, "it is asked again after half a minute")
                #expect(try origin.github("/pulls").status == 200)
                #expect(try origin.get("/healthz").json.github?.breaker == "closed")
                #expect(try origin.events("github.rate_limited") == [])
                #expect(try origin.events("github.down") == [])
            }
        }

        @Test("A limit that ends at a time of the clock ends then")
        func untilDate() async throws {
            try await withGitHub { origin, github throws in
                let date = DateFormatter()
                date.locale = Locale(identifier: "en_US_POSIX")
                date.timeZone = TimeZone(identifier: "GMT")
                date.dateFormat = "EEE, dd MMM yyyy HH:mm:ss 'GMT'"
                let end = date.string(from: Date(timeIntervalSinceNow: 300))
                github.next(.answer(HTTPServerAnswer(429, [("Retry-After", end)])), on: "/issues")
                let answer = try origin.github("/issues")
                expectProblem(answer, 503)
                #expect((250...301).contains(answer["Retry-After"].flatMap { Int($0) } ?? 0))
            }
        }

        @Test("A limit that is said to last for days is believed for an hour")
        func longest() async throws {
            try await withGitHub { origin, github throws in
                github.next(.secondaryLimit(retryAfter: 9_000_000), on: "/issues")
                let answer = try origin.github("/issues")
                expectProblem(answer, 503)
                #expect((3000...3601).contains(answer["Retry-After"].flatMap { Int($0) } ?? 0))
            }
        }
    }
}
