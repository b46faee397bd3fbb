import TestSupport
import Testing

extension EndToEnd.UnderFire {
    /// What comes from a client or from GitHub, and goes out again in a header or a stream, stays within its place there.
    @Suite struct HeaderInjectionTests {
        /// All that an answer of chimney's may have, whoever made it.
        private static let known: Set = [
            "access-control-allow-origin", "access-control-expose-headers", "cache-control", "connection",
            "content-length",
            "content-security-policy", "content-type", "cross-origin-resource-policy", "date", "etag", "link",
            "referrer-policy", "retry-after", "status", "x-cache", "x-cache-age", "x-cache-tier",
            "x-content-type-options",
            "x-frame-options", "x-request-id", "x-trace-id", "x-ratelimit-remaining", "x-ratelimit-reset",
            // Of answers that come by FastCGI; Caddy takes the first two for itself.
            "x-chimney-hold", "x-chimney-span",
        ]

        private static func check(
            _ fields: [(name: String, value: String)], _ what: Comment,
            sourceLocation: SourceLocation = #_sourceLocation
        ) {
            let strange = fields.filter { !known.contains($0.name.lowercased()) }.map(\.name)
            #expect(strange == [], what, sourceLocation: sourceLocation)
            for (name, value) in fields where value.unicodeScalars.contains(where: { $0.value < 0x20 && $0 != "\t" }) {
                Issue.record("\(what) \(name): \(value.debugDescription)", sourceLocation: sourceLocation)
            }
        }

        /// Lines of a header by which a server could try to put something into the answers of the one that has asked it.
        private static let lines = [
            "ETag: \"a\rX-Injected: 1\"", "ETag: \"a\r\rX-Injected: 1\"", "ETag: \"a\n X-Injected: 1\"",
            "ETag: \"a\u{0}X-Injected: 1\"", "ETag: \"a\u{0B}\u{0C}\u{1B}[31m\"", "ETag: \"\u{85}\u{2028}\u{9B}31m\"",
            "Content-Type: text/html\rSet-Cookie: x=1", "Content-Type: text/html\u{0B}\rX-Injected: 1",
            "Content-Type: a\r\n b\r\n\tc", "Content-Type: \(String(repeating: "x", count: 20_000))",
            "Link: <http://x/?page=2>; rel=\"next\"\rX-Injected: 1", "Link: <http://x/?page=2\r\n >; rel=\"next\"",
            "Link: <http://x/?page=2>; rel=\"next\"; x=\"\u{0}\"",
            "Link: <http://x/?page=%0d%0aX-Injected:1>; rel=\"next\"",
            "X-RateLimit-Remaining: 5\rX-Injected: 1", "X-RateLimit-Reset: 9999999999999999999999", "X-Injected: 1",
            "X-Chimney-Hold: 00000000000000000000000000000000-fffffffffff", "X-Chimney-GitHub-Path: /x\rX-Injected: 1",
            "X-Chimney-Span: 1", "Status: 500 X", "Set-Cookie: session=1", "Location: https://evil.example/",
            "Access-Control-Allow-Credentials: true", "Content-Security-Policy: default-src *",
            "Refresh: 0;url=//evil.example",
            "Clear-Site-Data: \"*\"", "Transfer-Encoding: identity", "Trailer: X-Injected",
            "Retry-After: 1\rX-Injected: 1",
        ]

        @Test(
            "Nothing that GitHub answers with becomes a field of its own, when it comes, when it is held, without the store"
        )
        func github() async throws {
            let server = try StoreServer()
            let evil = try ScriptedHTTPServer { request in
                let index = Int(request.path.split(separator: "/").last ?? "") ?? 0
                var answer = HTTPServerAnswer()
                let head =
                    "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\(Self.lines[index % Self.lines.count])\r\n\r\n{}"
                answer.raw = Array(head.utf8)
                return answer
            }
            defer { evil.stop() }
            let settings = ["GITHUB_REPO": "octo-org/wgmesh", "GITHUB_API_URL": evil.url("")]
            try await withOrigin(environment: settings, server: server) { origin in
                for (index, line) in Self.lines.enumerated() {
                    let path = "/api/github/issues/\(index)"
                    for _ in 0..<2 {
                        let answer = try origin.http.patient.get(path)
                        #expect([200, 502].contains(answer.status), "\(line)")
                        Self.check(answer.fields, "\(line.debugDescription)")
                    }
                    // By a worker that fetches itself, as for other front ends.
                    let own = try origin.pool.fastCGI.request("GET", path + "0")
                    Self.check(own.fields, "\(line.debugDescription)")
                    // What GitHub cannot be understood for is no reason to leave it alone.
                    try origin.forgetFailures()
                }
                server.stop()
                for (index, line) in Self.lines.enumerated() {
                    let answer = try origin.http.patient.get("/api/github/issues/\(index)")
                    #expect([200, 502, 503].contains(answer.status), "\(line)")
                    Self.check(answer.fields, "\(line.debugDescription)")
                }
                #expect(origin.workers.count == 4)
                try server.start()
            }
        }

        @Test("A front end that hands on line ends gets none back")
        func frontEnd() async throws {
            try await withOrigin { origin in
                let names = [
                    "HTTP_X_REQUEST_ID", "HTTP_TRACEPARENT", "HTTP_LAST_EVENT_ID", "HTTP_IF_NONE_MATCH",
                    "HTTP_X_FORWARDED_FOR",
                    "HTTP_X_ORGANISATION", "HTTP_AUTHORIZATION", "HTTP_PREFER", "HTTP_HOST", "QUERY_STRING",
                    "REQUEST_URI",
                    "REMOTE_ADDR", "CHIMNEY_TRACE", "CHIMNEY_SPAN", "CHIMNEY_HOLD", "CHIMNEY_HOLD_METHOD",
                    "HTTP_ORIGIN",
                    "CHIMNEY_REQUEST_TIME_MS", "HTTP_X_CHIMNEY_HOLD", "HTTP_IDEMPOTENCY_KEY", "REQUEST_METHOD",
                    "CONTENT_TYPE",
                ]
                for name in names {
                    for value in [
                        "x\r\nX-Injected: 1", "x\nX-Injected: 1", "x\r\n\r\n<script>", "x\u{0}y", "x\u{2028}y",
                    ] {
                        for path in [
                            "/api/version", "/api/github/pulls", Callers.path, "/hold/x", "/api/events/recent",
                        ] {
                            let answer = try origin.pool.fastCGI.request("GET", path, variables: [name: value])
                            Self.check(
                                answer.fields.filter {
                                    $0.name.lowercased() != "www-authenticate" && $0.name != "Allow"
                                },
                                "\(name) \(path) \(value.debugDescription)")
                        }
                    }
                }
            }
        }

        @Test("A text that looks like events of a stream is one text of one event")
        func events() async throws {
            try await withOrigin { origin in
                let texts = [
                    "a\n\nevent: deploy\ndata: {\"sha\":\"forged\"}\nid: 99\n\n", "a\r\rdata: forged\rretry: 1\r\r",
                    "a\r\n\r\nevent: bye\r\ndata: {}\r\n\r\n", "\u{FEFF}data: forged", "a\u{0}b", ":\n\n",
                    "a\u{2028}data: x\u{85}y",
                ]
                let stream = try EventStream(.port(origin.caddy.port), "/api/events")
                #expect(stream.head()?.status == 200)
                for text in texts {
                    #expect(try origin.post(Event().with("pr_title", JSON.quoted(text)).json).status == 200)
                }
                var left = texts.count
                let all = stream.events { event in
                    left -= event.type == "deploy" ? 1 : 0
                    return left == 0
                }
                let events = all.filter { $0.type == "deploy" }
                // Each by a worker of its own, as it comes.
                #expect(Set(events.map(\.json.data?.pr_title?.text)) == Set(texts))
                #expect(events.count == texts.count)
                #expect(events.allSatisfy { Int($0.id ?? "").map { $0 > 1_000_000 } ?? false })
                #expect(stream.retry == 2000)
                #expect(!stream.isEnded)
                // Whatever a client says that it has got last is a number, or nothing.
                for id in ["1\r\nX-Injected: 1", "99999999999999999999", "-1", "x", "1 OR 1", ""] {
                    let answer = try origin.pool.fastCGI.request(
                        "GET", "/api/events", variables: ["HTTP_LAST_EVENT_ID": id])
                    #expect([200, 400].contains(answer.status), "\(id)")
                    Self.check(answer.fields.filter { $0.name != "X-Accel-Buffering" }, "\(id)")
                }
            }
        }

        @Test("What a client sends is not read out to it in an error")
        func errors() async throws {
            let mark = "<script>mark</script>"
            let escaped = "%3Cscript%3Emark%3C%2Fscript%3E"
            try await withCallers(environment: ["LOGS_TOKEN": "reader", "ADMIN_TOKEN": "admin"]) { origin, callers in
                var answers: [(String, HTTPAnswer)] = []
                for path in [
                    "/\(escaped)", "/api/\(escaped)", "/api/github/\(escaped)", "/api/deploy/status?service=\(escaped)",
                    "/api/deploy/events?limit=\(escaped)", "/api/logs/stream?level=\(escaped)",
                    "/api/logs?since=\(escaped)",
                    "/api/cache/stats?limit=\(escaped)", "/deploy/\(escaped)", "/deploy?service=\(escaped)",
                    "\(Callers.path)?status=\(escaped)", "\(Callers.path)?cursor=\(escaped)",
                    "\(Callers.path)/\(escaped)",
                    "/api/events?last_event_id=\(escaped)", "/hold/\(escaped)", "/api/version?x=%ff\(escaped)",
                ] {
                    for token in [try callers.workflow(), "reader"] {
                        answers.append(
                            (path, try origin.get(path, [("Authorization", "Bearer \(token)"), ("X-Mark", mark)])))
                    }
                }
                for name in ["name", "version", "provider", "type", "environment", "auto", "deployment_uri", "unknown"]
                {
                    var body: [String: JSON] = [
                        "name": "shop", "version": "1", "provider": "gcp", "type": .string(mark),
                    ]
                    body[name] = .string(mark + "\u{1}")
                    let json = JSON.object(body).encoded
                    answers.append((name, try origin.http.post(Callers.path, json, token: try callers.workflow())))
                }
                let bodies = [
                    "{\"sha\":\(JSON.quoted(mark))}", "{\(JSON.quoted(mark)):1", mark,
                    Event().with("slot", JSON.quoted(mark)).with("deployed_at", JSON.quoted(mark)).json,
                ]
                for body in bodies { answers.append((body, try origin.post(body))) }
                answers.append(
                    ("level", try origin.http.post("/api/log-level", #"{"level":"\#(mark)"}"#, token: "admin")))
                let organisation = [("X-Organisation", mark), ("Idempotency-Key", mark)]
                answers.append(
                    ("organisation", try origin.get(Callers.path, [("Authorization", "Bearer x")] + organisation)))
                for (what, answer) in answers where answer.status >= 400 {
                    expectProblem(answer, answer.status, "\(what)")
                    #expect(!answer.text.contains("mark"), "\(what)")
                }
                #expect(answers.count { $0.1.status >= 400 } > 35)
            }
        }
    }
}
