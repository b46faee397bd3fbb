import Foundation
import TestSupport
import Testing

extension EndToEnd {
    /// What an outcome says besides its body: to the client, and to the log, the trace and the counts.
    @Suite struct OutcomeTests {
        private static let faults = ["CHIMNEY_FAULTS": "true", "LOG_LEVEL": "debug"]
        private static let finish =
            "/debug/hold/finish?etag=W/%22a%22&cache=miss&tier=none&github_path=/repos/a/b/pulls"
            + "&cache_control=no-cache&name="

        /// Checks an answer to a client that has the outcome already.
        private static func expectNotModified(_ answer: HTTPAnswer) {
            #expect(answer.status == 304)
            #expect(answer.body.isEmpty)
            #expect(answer["ETag"] == #"W/"a""#)
            #expect(answer["Cache-Control"] == "no-cache")
            #expect(answer["X-Cache"] == "miss")
            #expect(answer["X-Cache-Tier"] == "none")
            #expect(answer["Content-Type"] == nil)
            #expect(answer["Content-Length"] == nil)
            expectCommonForm(answer)
        }

        @Test("Of those who wait for one outcome, who has it already is told so, the others get it")
        func conditional() async throws {
            try await withOrigin(environment: Self.faults) { origin throws in
                func ask(_ method: String, _ tags: String?) -> Background<HTTPAnswer> {
                    Background {
                        try origin.http.request(
                            method, "/debug/hold?name=a&ms=20000", tags.map { [("If-None-Match", $0)] } ?? [],
                            body: method == "POST" ? [] : nil)
                    }
                }
                let known = [ask("GET", #""a""#), ask("GET", #""b", W/"a""#), ask("GET", "*"), ask("HEAD", #""a""#)]
                let others = [ask("GET", #""b""#), ask("GET", nil), ask("POST", #""a""#)]
                #expect(try origin.keeps(known.count + others.count))
                #expect(try origin.http.post(Self.finish + "a", "").status == 200)
                for client in known { Self.expectNotModified(try client.value()) }
                for client in others {
                    let answer = try client.value()
                    #expect(answer.status == 200)
                    #expect(answer.text == #"{"outcome":"a"}"#)
                    #expect(answer["ETag"] == #"W/"a""#)
                }
                // Also where the outcome is there already, and where the process waits itself.
                Self.expectNotModified(try origin.get("/debug/hold?name=a", [("If-None-Match", #""a""#)]))
                let variables = ["HTTP_IF_NONE_MATCH": #""a""#, "QUERY_STRING": "name=w&ms=20000"]
                let waiting = Background {
                    try origin.pool.fastCGI.request("GET", "/debug/hold", variables: variables)
                }
                #expect(
                    try eventually { try origin.store.run("EXISTS", origin.store.key("debug:hold:w")).integer == 1 })
                #expect(try origin.http.post(Self.finish + "w", "").status == 200)
                let answer = try waiting.value()
                #expect(answer.status == 304)
                #expect(answer.body.isEmpty)
            }
        }

        @Test("What the outcome says of the cache and of GitHub is told of each request that it answers")
        func record() async throws {
            try await withOrigin(environment: Self.faults) { origin throws in
                func ask(_ id: String, _ finish: String) throws {
                    let held = Background {
                        try origin.get("/debug/hold?name=\(id)&ms=20000", [("X-Request-ID", id)])
                    }
                    #expect(try origin.keeps(1))
                    #expect(try origin.http.post("/debug/hold/finish?\(finish)&name=\(id)", "").status == 200)
                    let answer = try held.value()
                    #expect(answer["X-Chimney-GitHub-Path"] == nil)
                    #expect(answer["X-Chimney-Span"] == nil)
                    let again = try origin.get("/debug/hold?name=\(id)", [("X-Request-ID", "\(id)-again")])
                    #expect(again["X-Chimney-GitHub-Path"] == nil)
                }
                try ask("miss", "cache=miss&tier=none&github_path=/repos/a/b/pulls")
                try ask("stale", "cache=stale&tier=dragonfly")
                try ask("hit", "cache=hit&tier=memory")
                try ask("revalidated", "cache=revalidated&tier=dragonfly")
                try ask("other", "")
                func line(_ id: String) throws -> JSON? {
                    try value { () throws in
                        try origin.logLines("request_id=\(id)").first { $0.msg == "request" }
                    }
                }
                for suffix in ["", "-again"] {
                    let miss = try line("miss\(suffix)")
                    #expect(miss?.cache_hit == false)
                    #expect(miss?.cache_tier == "none")
                    #expect(miss?.github_path == "/repos/a/b/pulls")
                    #expect(try line("stale\(suffix)")?.cache_hit == true)
                    #expect(try line("stale\(suffix)")?.cache_tier == "dragonfly")
                    #expect(try line("hit\(suffix)")?.cache_tier == "memory")
                    #expect(try line("revalidated\(suffix)")?.cache_hit == false)
                    #expect(try line("other\(suffix)")?.cache_hit == .null)
                }
                #expect(
                    try eventually {
                        let samples = try origin.samples
                        return samples[#"chimney_cache_hits_total{tier="dragonfly"}"#] == 2
                            && samples[#"chimney_cache_hits_total{tier="memory"}"#] == 2
                            && samples["chimney_cache_misses_total"] == 4
                    })
                let health = try origin.get("/healthz").json
                #expect(health.cache_hits == 4)
                #expect(health.cache_misses == 4)
            }
        }

        @Test("The streamer tells of a held request as the span that the worker has begun")
        func span() async throws {
            try await withOrigin(environment: Self.faults) { origin throws in
                let answer = try origin.get("/debug/hold?ms=50", [("X-Request-ID", "spanned")])
                let lines = try value { () throws in
                    let lines = try origin.logLines("request_id=spanned&level=debug")
                    return lines.count == 2 ? lines : nil
                }
                let worker = try #require(lines?.first { $0.msg == "waits for an outcome" })
                let streamer = try #require(lines?.first { $0.msg == "request" })
                #expect(streamer.status == 504)
                #expect(worker.span_id?.text?.count == 16)
                #expect(streamer.span_id == worker.span_id)
                #expect(streamer.trace_id == worker.trace_id)
                #expect(streamer.trace_id?.text == answer["X-Trace-ID"])
                #expect(answer["X-Chimney-Span"] == nil)
                #expect(answer["X-Chimney-Hold"] == nil)
            }
        }
    }
}
