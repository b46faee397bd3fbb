import TestSupport
import Testing

extension EndToEnd {
    /// What every answer has, whatever was asked.
    @Suite(.origin()) struct EveryRouteTests {
        let origin: Origin

        init() throws { origin = try .current }

        static let readable = [
            "/api/deploy/status", "/api/deploy/events", "/healthz", "/health", "/ready", "/api/version",
            "/api/metrics", "/metrics", "/api/pool/status", "/api/logs", "/api/origins/health",
            "/api/cache/stats",
        ]

        @Test(arguments: readable) func answersHaveTheCommonForm(_ path: String) throws {
            _ = try origin.post(Event().json)
            let answer = try origin.get(path)
            #expect(answer.status == 200)
            expectCommonForm(answer)
            if !path.hasSuffix("metrics") { #expect(answer["Content-Type"] == "application/json") }
        }

        @Test(arguments: readable) func headIsAnsweredLikeGet(_ path: String) throws {
            _ = try origin.post(Event().json)
            let connection = try origin.http.connect()
            try connection.send("HEAD", path)
            let head = try connection.receive(to: "HEAD")
            // A body would be taken for the next answer.
            try connection.send("GET", path)
            let get = try connection.receive()
            #expect(head.status == get.status)
            #expect(Int(head["Content-Length"] ?? "") ?? 0 > 0)
            if ["/health", "/ready", "/api/version"].contains(path) {
                #expect(head["Content-Length"] == get["Content-Length"])
            }
            func names(_ answer: HTTPAnswer) -> Set<String> { Set(answer.fields.map { $0.name.lowercased() }) }
            #expect(names(head) == names(get))
            expectCommonForm(head)
        }

        @Test func headOfAnErrorHasItsStatus() throws {
            #expect(try origin.http.request("HEAD", "/api/nothing").status == 404)
            #expect(try origin.http.request("HEAD", "/nothing").status == 404)
            #expect(try origin.http.request("HEAD", "/api/deploy/events?limit=0").status == 400)
        }

        static let methods = [
            ("/api/deploy/events", ["POST", "GET", "HEAD", "OPTIONS"]),
            ("/api/deploy/status", ["GET", "HEAD", "OPTIONS"]), ("/healthz", ["GET", "HEAD", "OPTIONS"]),
            ("/api/logs", ["GET", "HEAD", "OPTIONS"]), ("/api/metrics", ["GET", "HEAD", "OPTIONS"]),
            ("/api/github/pulls", ["GET", "HEAD", "OPTIONS"]), ("/api/github", ["GET", "HEAD", "OPTIONS"]),
            ("/api/pipeline/summary", ["GET", "HEAD", "OPTIONS"]), ("/api/cache/stats", ["GET", "HEAD", "OPTIONS"]),
            ("/api/cache/invalidate", ["POST", "OPTIONS"]), ("/api/cache/warm", ["POST", "OPTIONS"]),
            ("/api/webhooks/github", ["POST", "OPTIONS"]),
        ]

        private static func list(_ text: String?) -> Set<String> {
            Set((text ?? "").split(separator: ",").map { $0.filter { !$0.isWhitespace } })
        }

        @Test(arguments: methods) func optionsNamesWhatIsAllowed(_ path: String, _ methods: [String]) throws {
            for fields in [
                [], [("Origin", "https://dash.example"), ("Access-Control-Request-Method", "POST")],
                [("Authorization", "Bearer wrong")],
            ] {
                let answer = try origin.http.request("OPTIONS", path, fields)
                #expect(answer.status == 204)
                #expect(answer.body.isEmpty)
                expectCommonForm(answer)
                #expect(Self.list(answer["Access-Control-Allow-Methods"]) == Set(methods))
                #expect(
                    Self.list(answer["Access-Control-Allow-Headers"]) == [
                        "Authorization", "Content-Type", "X-Organisation", "X-Request-ID", "Last-Event-ID",
                        "Idempotency-Key", "If-None-Match", "Prefer", "traceparent",
                    ])
                #expect(answer["Access-Control-Max-Age"] == "600")
            }
        }

        @Test func exposedHeadersAreThoseOfTheContract() throws {
            let exposed: Set = [
                "X-Request-ID", "X-Trace-ID", "X-Cache", "X-Cache-Tier", "X-Cache-Age", "X-RateLimit-Remaining",
                "X-RateLimit-Reset", "ETag", "Link", "Location", "Retry-After",
            ]
            for path in ["/health", "/api/nothing"] {
                #expect(Self.list(try origin.get(path)["Access-Control-Expose-Headers"]) == exposed)
            }
        }

        @Test(arguments: methods) func otherMethodsAre405(_ path: String, _ methods: [String]) throws {
            for method in ["GET", "POST", "PUT", "PATCH", "DELETE", "FOO"] where !methods.contains(method) {
                let answer = try origin.http.request(method, path)
                expectProblem(answer, 405, "\(method) \(path)")
                #expect(Self.list(answer["Allow"]) == Set(methods), "\(method) \(path)")
            }
        }

        @Test(arguments: [
            "/nothing", "/api", "/api/", "/api/nothing", "/api/deploy", "/api/deploy/status/", "/health/",
            "/api/deploy/events/1", "/API/deploy/status", "/api/%FF", "/api/deploy/status%2F",
            "/debug/trap", "/hold/1", "/api/\u{E4}",
        ])
        func unknownPathsAre404(_ path: String) throws {
            let answer = try origin.get(path)
            expectProblem(answer, 404, "\(path)")
            expectProblem(try origin.http.request("POST", path, body: Array("{}".utf8)), 404, "POST \(path)")
        }

        @Test func strangePathsAreAnswered() throws {
            for path in ["/api/deploy/%00", "/api/%0A", "/api/%2e%2e/health", "/api//deploy/status", "/api/../health"] {
                let answer = try origin.get(path)
                expectCommonForm(answer, "\(path)")
                #expect([200, 204, 400, 404].contains(answer.status), "\(path): \(answer.status)")
            }
        }

        @Test func optionsOfAnUnknownPathIs404() throws {
            expectProblem(try origin.http.request("OPTIONS", "/api/nothing"), 404)
        }

        @Test func compressedAnswersAreWhole() throws {
            for _ in 0..<20 { _ = try origin.post(Event().json) }
            let answer = try origin.get("/api/deploy/events", [("Accept-Encoding", "gzip")])
            #expect(answer.status == 200)
            #expect(answer.values(of: "Content-Length").count == 1, "\(answer.fields)")
        }

        @Test func aConnectionCanBeKept() throws {
            let connection = try origin.http.connect()
            for _ in 0..<20 {
                for path in ["/health", "/api/nothing", "/nothing", "/api/deploy/events?limit=0"] {
                    try connection.send("GET", path)
                    #expect(try connection.receive().status > 0)
                }
                try connection.send(
                    "POST", "/api/deploy/events",
                    [("Authorization", "Bearer \(Origin.deployToken)"), ("Content-Type", "application/json")],
                    body: Array(Event().json.utf8))
                #expect(try connection.receive(to: "POST").status == 200)
            }
        }

        @Test func absoluteTargetsAndOldVersionsAreUnderstood() throws {
            let absolute = try origin.http.connect()
            try absolute.send("GET http://localhost/health HTTP/1.1\r\nHost: localhost\r\n\r\n")
            #expect(try absolute.receive().status == 200)
            let old = try origin.http.connect()
            try old.send("GET /health HTTP/1.0\r\n\r\n")
            #expect(try old.receive().text == #"{"status":"healthy"}"#)
        }
    }
}
