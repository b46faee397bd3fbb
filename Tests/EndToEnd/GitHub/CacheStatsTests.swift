import Foundation
import TestSupport
import Testing

extension EndToEnd {
    /// `GET /api/cache/stats`, and what `/healthz` and the metrics tell of the cache and of GitHub.
    @Suite struct CacheStatsTests {
        @Test("Entries with their ages and sizes, hits and misses, by both tiers")
        func members() async throws {
            try await withGitHub { origin, _ throws in
                let empty = try origin.get("/api/cache/stats")
                expectCommonForm(empty)
                let names: Set = [
                    "hits", "misses", "hit_rate_pct", "entries", "dragonfly_entries", "mem_entries", "cache_age_p50_s",
                    "cache_age_p95_s",
                ]
                #expect(try empty.json.names == names)
                #expect(try empty.json.entries == [])
                #expect(try empty.json.hits == 0 && empty.json.misses == 0 && empty.json.hit_rate_pct == 0)
                #expect(try empty.json.cache_age_p50_s == .null && empty.json.cache_age_p95_s == .null)

                let pulls = try origin.github("/pulls")
                for _ in 0..<4 { _ = try origin.github("/pulls") }
                _ = try origin.github("/issues?state=open")
                _ = try origin.github("/issues/999")
                try origin.age("/pulls?", 10)
                let counted = try value { () throws -> JSON? in
                    let stats = try origin.get("/api/cache/stats").json
                    return stats.hits == 4 && stats.misses == 3 ? stats : nil
                }
                let stats = try #require(counted)
                #expect(stats.hit_rate_pct == 57.1)
                #expect(stats.dragonfly_entries == 3)
                #expect(stats.mem_entries == 3)
                let entries = stats.entries?.list ?? []
                #expect(entries.compactMap(\.key?.text) == ["/issues/999?", "/issues?state=open", "/pulls?"])
                #expect(entries.allSatisfy { $0.names == ["key", "ttl_s", "age_s", "bytes", "status"] })
                #expect(entries.compactMap(\.status?.integer) == [404, 200, 200])
                #expect(entries.last?.bytes?.integer == pulls.body.count)
                #expect((10...15).contains(entries.last?.age_s?.integer ?? 0))
                #expect((14...20).contains(entries.last?.ttl_s?.integer ?? 0))
                #expect((100...120).contains(entries[1].ttl_s?.integer ?? 0))
                #expect((20...30).contains(entries[0].ttl_s?.integer ?? 0))
                try origin.age("/pulls?", 500)
                #expect(try origin.get("/api/cache/stats").json.entries?.list.last?.ttl_s == 0)
            }
        }

        @Test("A limit takes the first entries, and the counts stay those of all")
        func limit() async throws {
            try await withGitHub { origin, _ throws in
                for index in 1...12 { _ = try origin.github("/pulls?page=\(index)&per_page=1") }
                let stats = try origin.get("/api/cache/stats?limit=5").json
                #expect(stats.entries?.list.count == 5)
                #expect(stats.dragonfly_entries == 12)
                #expect(stats.mem_entries == 12)
                #expect(stats.cache_age_p50_s?.integer.map((0...20).contains) == true)
                #expect(stats.cache_age_p95_s?.integer.map((0...20).contains) == true)
                for limit in ["0", "-1", "x", "100000"] {
                    expectProblem(try origin.get("/api/cache/stats?limit=\(limit)"), 400, "\(limit)")
                }
            }
        }

        @Test("What /healthz tells of the cache and of GitHub, before it was asked and after")
        func health() async throws {
            try await withGitHub { origin, github throws in
                let before = try origin.get("/healthz").json
                #expect(before.repo?.text == github.repository)
                #expect(before.mem_cache_entries == 0)
                let names: Set = ["rate_limit_remaining", "rate_limit_reset", "last_success_age_s", "breaker"]
                #expect(before.github?.names == names)
                #expect(before.github?.rate_limit_remaining == .null)
                #expect(before.github?.last_success_age_s == .null)
                #expect(before.github?.breaker == "closed")
                _ = try origin.github("/pulls")
                _ = try origin.github("/pulls")
                _ = try origin.github("/issues")
                let counted = try value { () throws -> JSON? in
                    let health = try origin.get("/healthz").json
                    return health.cache_hits == 1 && health.cache_misses == 2 ? health : nil
                }
                let after = try #require(counted)
                #expect(after.status == "ok")
                #expect(after.mem_cache_entries == 2)
                #expect(after.github?.rate_limit_remaining == 4998)
                #expect(after.github?.rate_limit_reset?.text == github.quota.reset.formatted(.iso8601))
                #expect((0...10).contains(after.github?.last_success_age_s?.integer ?? -1))
            }
        }

        @Test("Metrics of the cache and of GitHub")
        func metrics() async throws {
            try await withGitHub { origin, github throws in
                _ = try origin.github("/pulls")
                _ = try origin.github("/pulls")
                try origin.age("/pulls?", 400)
                _ = try origin.github("/pulls")
                _ = try origin.github("/pulls/799")
                #expect(try origin.manageCache("invalidate", #"{"prefix":"/pulls"}"#).status == 200)
                let expected: [(String, Double)] = [
                    (#"chimney_cache_hits_total{tier="dragonfly"}"#, 1),
                    (#"chimney_cache_hits_total{tier="memory"}"#, 0), ("chimney_cache_misses_total", 3),
                    ("chimney_cache_invalidations_total", 1), ("chimney_cache_entries", 0),
                    (#"chimney_github_fetches_total{outcome="ok"}"#, 1),
                    (#"chimney_github_fetches_total{outcome="not_modified"}"#, 1),
                    (#"chimney_github_fetches_total{outcome="not_found"}"#, 1),
                    (#"chimney_github_fetches_total{outcome="failed"}"#, 0),
                    ("chimney_github_rate_limit_remaining", 4998),
                    ("chimney_github_rate_limit_reset", Double(Int(github.quota.reset.timeIntervalSince1970))),
                ]
                for (name, value) in expected {
                    #expect(try origin.metric(name) { $0 == value }, "\(name)")
                }
                _ = try origin.github("/issues")
                #expect(try origin.metric("chimney_cache_entries") { $0 == 1 })
            }
        }
    }
}
