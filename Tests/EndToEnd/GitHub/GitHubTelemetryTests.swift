import TestSupport
import Testing

extension EndToEnd {
    /// What logs and spans tell of the cache.
    @Suite struct GitHubTelemetryTests {
        /// The line of a request for a path of GitHub, with an id of its own.
        private static func line(_ origin: Origin, _ path: String, _ method: String = "GET") throws -> JSON {
            let id = "line-\(Event.freshSHA())"
            _ = try origin.http.request(method, path, [("X-Request-ID", id)])
            let found = try value { try origin.logLines("request_id=\(id)").first { $0.msg == "request" } }
            return try #require(found, "no line of \(path)")
        }

        @Test("The line of a request says whether the cache had it, in which tier, and what GitHub has it under")
        func lines() async throws {
            try await withGitHub { origin, github throws in
                func expectLine(
                    _ path: String, _ status: Int, hit: JSON, tier: JSON, github: JSON?, _ what: Comment
                ) throws {
                    let line = try Self.line(origin, path)
                    #expect(line.status?.integer == status, what)
                    #expect(line.cache_hit == hit, what)
                    #expect(line.cache_tier == tier, what)
                    #expect(line.github_path == github, what)
                    #expect(line.path?.text == String(path.prefix { $0 != "?" }), what)
                    #expect(line.method == "GET", what)
                }
                let path = "/api/github/pulls?state=open&secret=mark"
                try expectLine(path, 200, hit: false, tier: "none", github: "/pulls", "a request that was held")
                try expectLine(path, 200, hit: true, tier: "dragonfly", github: "/pulls", "a hit")
                try origin.age("/pulls?state=open", 40)
                try expectLine(path, 200, hit: true, tier: "dragonfly", github: "/pulls", "stale")
                _ = try origin.githubOnceFresh("/pulls?state=open")
                try origin.age("/pulls?state=open", 400)
                try expectLine(path, 200, hit: false, tier: "dragonfly", github: "/pulls", "revalidated")
                let absent = "/api/github/issues/999"
                try expectLine(absent, 404, hit: false, tier: "none", github: "/issues/999", "a 404 that was held")
                try expectLine(absent, 404, hit: true, tier: "dragonfly", github: "/issues/999", "a known 404")
                github.next(.serverError)
                try expectLine("/api/github/branches", 502, hit: false, tier: "none", github: "/branches", "a failure")
                let summary = "/api/pipeline/summary"
                try expectLine(summary, 200, hit: false, tier: "none", github: nil, "the summary")
                try expectLine(summary, 200, hit: true, tier: "dragonfly", github: nil, "the summary again")
                try expectLine("/api/version", 200, hit: .null, tier: .null, github: nil, "no cache there")
                let head = try Self.line(origin, "/api/github/pulls?state=open", "HEAD")
                #expect(head.method == "HEAD" && head.cache_hit == true)
                #expect(!origin.pool.log.contains("mark"))
                #expect(try origin.logLines("limit=1000").allSatisfy { !"\($0)".contains("secret=mark") })
                try expectNoSecrets(origin)
            }
        }

        @Test("Without the store the memory tier answers, and says so; with it again all is as before")
        func memory() async throws {
            let server = try StoreServer()
            defer { server.stop() }
            try await withGitHub(server: server) { origin, github throws in
                let held = try origin.github("/pulls")
                server.stop()
                let id = "line-\(Event.freshSHA())"
                let answer = try origin.github("/pulls", [("X-Request-ID", id)])
                #expect(answer.status == 200)
                #expect(answer.cache == "hit memory")
                #expect(answer.body == held.body)
                #expect(answer["ETag"] == held["ETag"])
                #expect(try origin.github("/pulls", [("If-None-Match", held["ETag"] ?? "")]).status == 304)
                let fetched = try origin.github("/issues")
                #expect(fetched.status == 200)
                #expect(fetched.cache == "miss none")
                #expect(try origin.github("/issues").cache == "hit memory")
                #expect(github.count() == 2)
                expectProblem(try origin.manageCache("invalidate", #"{"prefix":"/pulls"}"#), 503)
                expectProblem(try origin.manageCache("warm"), 503)
                expectProblem(try origin.deliver(try github.delivery(of: .push())), 503)
                expectProblem(try origin.get("/api/cache/stats"), 503)
                #expect(try origin.github("/pulls").cache == "hit memory")
                let health = try origin.get("/healthz").json
                #expect(health.status == "degraded")
                #expect(health.mem_cache_entries == 2)
                try server.start()
                #expect(try eventually { try origin.github("/pulls")["X-Cache-Tier"] != "memory" })
                let line = try value {
                    try origin.logLines("request_id=\(id)").first { $0.msg == "request" }
                }
                #expect(line?.cache_hit == true)
                #expect(line?.cache_tier == "memory")
                #expect(line?.github_path == "/pulls")
                #expect(try origin.metric(#"chimney_cache_hits_total{tier="memory"}"#) { $0 >= 2 })
            }
        }

        @Test("The fetch is a client's span within that of the request that caused it, with its attributes")
        func spans() async throws {
            let collector = try Collector()
            defer { collector.stop() }
            try await withGitHub(environment: collector.environment) { origin, github throws in
                func fetched(_ path: String, _ cause: String? = nil) throws -> (request: JSON, fetch: JSON?) {
                    let id = "span-\(Event.freshSHA())"
                    _ = try origin.get(path, [("X-Request-ID", id)])
                    let request = try #require(try collector.spans(of: [id], within: 60).first, "\(path)")
                    let fetch = try value(every: 50) {
                        try collector.received.spans?.list.first {
                            $0.name == "chimney.github_fetch" && $0.parent_span_id == request.span_id
                        }
                    }
                    return (request, fetch)
                }
                func expectFetch(
                    _ path: String, status: Int?, conditional: Bool, notModified: Bool, isError: Bool = false
                ) throws {
                    let (request, found) = try fetched("/api/github\(path)")
                    let fetch = try #require(found, "no span of the fetch of \(path)")
                    #expect(fetch.trace_id == request.trace_id)
                    #expect(fetch.kind == "SPAN_KIND_CLIENT")
                    #expect(fetch.attributes?["github.api.path"]?.text == String(path.prefix { $0 != "?" }))
                    #expect(fetch.attributes?["github.api.status_code"]?.integer == status)
                    #expect(fetch.attributes?["github.conditional"] == .bool(conditional))
                    #expect(fetch.attributes?["github.not_modified"] == .bool(notModified))
                    #expect((fetch.status?.code == "STATUS_CODE_ERROR") == isError, "\(path)")
                    #expect(fetch.events?.list.map(\.name) == (isError ? ["exception"] : []))
                    #expect(request.attributes?["chimney.github_path"] == fetch.attributes?["github.api.path"])
                    #expect(!"\(fetch)".contains("state=open"), "no value of a query")
                }
                try expectFetch("/pulls?state=open", status: 200, conditional: false, notModified: false)
                try origin.age("/pulls?state=open", 40)
                try expectFetch("/pulls?state=open", status: 304, conditional: true, notModified: true)
                _ = try origin.githubOnceFresh("/pulls?state=open")
                try origin.age("/pulls?state=open", 400)
                github.update { _ = $0.openPull("New") }
                try expectFetch("/pulls?state=open", status: 200, conditional: true, notModified: false)
                try expectFetch("/issues/999", status: 404, conditional: false, notModified: false)
                github.next(.serverError)
                try expectFetch("/branches", status: 502, conditional: false, notModified: false, isError: true)
                github.always(.dropped)
                try expectFetch("/branches", status: nil, conditional: false, notModified: false, isError: true)

                github.answerAsUsual()
                let hit = try origin.github("/pulls?state=open", [("X-Request-ID", "span-hit")])
                #expect(hit.cache == "hit dragonfly")
                let span = try #require(try collector.spans(of: ["span-hit"], within: 60).first)
                #expect(span.attributes?["chimney.cache_hit"] == true)
                #expect(span.attributes?["chimney.cache_tier"] == "dragonfly")
                #expect(span.attributes?["chimney.github_path"] == "/pulls")
                let spans = try collector.received.spans?.list ?? []
                #expect(!spans.contains { $0.name == "chimney.github_fetch" && $0.parent_span_id == span.span_id })

                let (summary, _) = try fetched("/api/pipeline/summary")
                let parts = try value(every: 50) { () throws -> [JSON]? in
                    let all = try collector.received.spans?.list ?? []
                    let parts = all.filter {
                        $0.name == "chimney.github_fetch" && $0.parent_span_id == summary.span_id
                    }
                    return parts.count >= 7 ? parts : nil
                }
                #expect(parts?.count == 7, "each part is a fetch of its own")
                let post = try origin.manageCache("invalidate", #"{"prefix":"/pulls"}"#)
                let id = post["X-Request-ID"] ?? ""
                let invalidation = try #require(try collector.spans(of: [id], within: 60).first)
                #expect(
                    invalidation.attributes?["chimney.cache.invalidated_keys"]?.integer
                        == (try post.json.deleted?.integer))
                #expect(
                    try eventually {
                        let metrics = try collector.received.metrics?.list.last?.list ?? []
                        return Set(metrics.compactMap { $0.name?.text }).isSuperset(of: [
                            "chimney.cache.entries", "chimney.github.rate.limit.remaining",
                            "chimney.github.rate.limit.reset", "chimney.cache.hits", "chimney.github.fetches",
                        ])
                    })
                #expect(!"\(try collector.received)".contains("mark-"))
            }
        }
    }
}
