import Foundation
import TestSupport
import Testing

extension EndToEnd {
    /// Other ways to chimney than Caddy: the same answers.
    @Suite struct FrontEndTests {
        @Test("nginx")
        func nginx() async throws {
            try await withOrigin(workers: 3, environment: ["GITHUB_REPO": "o/r"]) { origin throws in
                let nginx = try FrontEndServer.nginx(socket: origin.pool.socket)
                defer { nginx.stop() }
                try compare(origin, nginx.http)
                #expect(try eventually { try origin.samples["chimney_queue_wait_ms_count"] > 0 })
            }
        }

        @Test("lighttpd, as a CGI program")
        func lighttpd() async throws {
            try await withOrigin(workers: 3, environment: ["GITHUB_REPO": "o/r"]) { origin throws in
                let settings = origin.store.environment.merging(
                    ["DEPLOY_TOKEN": Origin.deployToken, "GITHUB_REPO": "o/r"]) { $1 }
                let lighttpd = try FrontEndServer.lighttpd(environment: settings)
                defer { lighttpd.stop() }
                try compare(origin, lighttpd.http)

                // Each program sends its telemetry before it ends.
                let id = "cgi-\(UInt32.random(in: 0...(.max)))"
                #expect(try lighttpd.http.get("/api/version", [("X-Request-ID", id)]).status == 200)
                #expect(try eventually { try !origin.logLines("request_id=\(id)").isEmpty })
                #expect(lighttpd.programLog.contains(id), "its log lines are on standard error as well")
            }
        }

        @Test("nginx with fcgiwrap, as a CGI program")
        func fcgiwrap() async throws {
            try await withOrigin(workers: 3, environment: ["GITHUB_REPO": "o/r"]) { origin throws in
                let settings = origin.store.environment.merging(
                    ["DEPLOY_TOKEN": Origin.deployToken, "GITHUB_REPO": "o/r"]) { $1 }
                let nginx = try FrontEndServer.nginxCGI(environment: settings)
                defer { nginx.stop() }
                try compare(origin, nginx.http)
            }
        }

        @Test("lighttpd, as a CGI program that crashes, has no store, or is misconfigured")
        func brokenPrograms() async throws {
            try await withTaskExecutorPreference(BlockingExecutor.shared) {
                let server = try StoreServer()
                let faulty = try FrontEndServer.lighttpd(
                    environment: ["DRAGONFLY_URL": server.url, "CHIMNEY_FAULTS": "true"])
                defer { faulty.stop() }
                for path in ["/debug/trap", "/debug/overflow", "/debug/fail"] {
                    let answer = try faulty.http.get(path)
                    expectProblem(answer, 500, "\(path)")
                }
                server.stop()
                #expect(try faulty.http.get("/healthz").json.status == "degraded")
                #expect(try faulty.http.get("/ready").status == 503)

                let wrong = try FrontEndServer.lighttpd(environment: ["DRAGONFLY_URL": "http://no-store"])
                defer { wrong.stop() }
                let answer = try wrong.http.get("/healthz")
                #expect(answer.status == 500)
                #expect(try answer.json.status == 500)
                #expect(!answer.text.contains("no-store"))
                #expect(wrong.programLog.contains("DRAGONFLY_URL"))
            }
        }

        @Test("cgi-fcgi -bind")
        func cgiFcgi() async throws {
            try await withOrigin(workers: 2) { origin throws in
                func request(_ method: String, _ path: String, _ fields: [String: String] = [:], body: String = "")
                    throws -> String
                {
                    let variables = [
                        "REQUEST_METHOD": method, "PATH_INFO": path, "SCRIPT_NAME": "", "QUERY_STRING": "",
                        "REMOTE_ADDR": "127.0.0.1", "CONTENT_LENGTH": String(body.utf8.count),
                        "GATEWAY_INTERFACE": "CGI/1.1",
                    ].merging(fields) { $1 }
                    let run = try FinishedProcess(
                        "cgi-fcgi", ["-bind", "-connect", origin.pool.socket], environment: variables,
                        input: Array(body.utf8))
                    #expect(run.end == .exited(0), "\(run.errors)")
                    return run.output
                }
                let event = Event().json
                let posted = try request(
                    "POST", "/api/deploy/events",
                    ["CONTENT_TYPE": "application/json", "HTTP_AUTHORIZATION": "Bearer \(Origin.deployToken)"],
                    body: event)
                #expect(posted.hasPrefix("Status: 200"))
                let status = try request("GET", "/api/deploy/status")
                #expect(status.hasPrefix("Status: 200"))
                #expect(status.contains(#""total_deploys":1"#))
                #expect(try request("GET", "/nowhere").hasPrefix("Status: 404"))
                #expect(try request("DELETE", "/api/deploy/events").hasPrefix("Status: 405"))
                #expect(try request("POST", "/api/deploy/events").hasPrefix("Status: 401"))
                #expect(try origin.get("/api/deploy/status").json.total_deploys == 1)
            }
        }

        @Test("spawn-fcgi starts the pool without arguments")
        func spawnFcgi() async throws {
            try await withTaskExecutorPreference(BlockingExecutor.shared) {
                let store = try TestStore()
                let files = try TemporaryDirectory()
                let socket = files.file("spawned.sock")
                let pool = try ChildProcess(
                    "spawn-fcgi", ["-n", "-s", socket, "--", Binary.path], environment: store.environment)
                let client = FastCGIClient(.unix(socket))
                #expect(
                    eventually { (try? client.request("GET", "/ready"))?.status == 200 }, "\(pool.errors)")
                let isWhole = try eventually {
                    let status = try JSON(parsing: try client.request("GET", "/api/pool/status").body)
                    return (status.workers?.list.count ?? 0) >= 8
                }
                #expect(isWhole)
                // A reload finds its way without arguments too.
                pool.signal(SIGHUP)
                #expect(eventually(within: 60) { pool.errors.contains("reloaded: ") }, "\(pool.errors.suffix(500))")
                #expect(try client.request("GET", "/ready").status == 200)
                #expect(pool.terminate() == .exited(0))
            }
        }

        /// Makes the same requests of both, and looks for differences.
        private func compare(_ origin: Origin, _ other: HTTPClient) throws {
            let event = Event().json
            let bearer = ("Authorization", "Bearer \(Origin.deployToken)")
            let json = ("Content-Type", "application/json")
            let requests: [(String, String, [(String, String)], String?)] = [
                ("POST", "/api/deploy/events", [bearer, json], event),
                ("POST", "/api/deploy/events", [bearer, json], event),
                ("GET", "/api/deploy/status", [], nil), ("HEAD", "/api/deploy/status", [], nil),
                ("GET", "/api/deploy/events?limit=1", [], nil), ("GET", "/api/deploy/events?limit=0", [], nil),
                ("GET", "/api/deploy/events?service=a%20b", [], nil), ("GET", "/health", [], nil),
                ("GET", "/ready", [], nil),
                ("GET", "/api/version", [], nil), ("GET", "/api/nowhere", [], nil),
                ("GET", "/api/nowhere%20else", [], nil),
                ("DELETE", "/api/deploy/events", [], nil), ("OPTIONS", "/api/deploy/events", [], nil),
                ("POST", "/api/deploy/events", [json], event), ("POST", "/api/deploy/events", [bearer, json], "{"),
                ("POST", "/api/deploy/events", [bearer, json], "{}"),
                ("POST", "/api/deploy/events", [bearer, json], ""),
                ("POST", "/api/deploy/events", [bearer, ("Content-Type", "text/plain")], event),
                ("POST", "/api/deploy/events", [bearer, json], String(repeating: " ", count: (1 << 20) + 1)),
                ("GET", "/api/logs?level=loud", [], nil),
            ]
            for (index, (method, target, fields, body)) in requests.enumerated() {
                // Both get the same id and trace, so that nothing but the way differs.
                let ids = [
                    ("X-Request-ID", "same-\(index)"),
                    ("traceparent", "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"),
                ]
                let body = body.map { Array($0.utf8) }
                if index == 0 { _ = try origin.http.request(method, target, fields + ids, body: body) }
                let left = try origin.http.request(method, target, fields + ids, body: body)
                let right = try other.request(method, target, fields + ids, body: body)
                let what: Comment = "\(method) \(target)"
                #expect(left.status == right.status, what)
                #expect(Self.stable(left.text) == Self.stable(right.text), what)
                let own = [
                    "Content-Type", "X-Request-ID", "X-Trace-ID", "Allow", "Retry-After", "WWW-Authenticate",
                    "Access-Control-Allow-Origin", "Access-Control-Allow-Methods", "Access-Control-Allow-Headers",
                    "Access-Control-Max-Age", "Access-Control-Expose-Headers", "Cache-Control",
                ]
                for name in own { #expect(left[name] == right[name], "\(method) \(target): \(name)") }
                if method != "HEAD", right.status != 204 { expectCommonForm(right, what) }
            }
        }

        /// A body without what the moment changes.
        private static func stable(_ text: String) -> String { text.replacing(/"age_s":\d+/, with: "\"age_s\":0") }
    }
}
