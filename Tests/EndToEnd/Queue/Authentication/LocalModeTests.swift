import TestSupport
import Testing

extension EndToEnd {
    /// `AUTH_ENABLED=false`: for local use, and for nobody else.
    @Suite struct LocalModeTests {
        @Test("Clients of this host need no token; others are refused, also behind a proxy of this host")
        func local() async throws {
            try await withCallers(
                environment: ["AUTH_ENABLED": "false", "DEV_ORGANISATION": "acme"]
            ) { origin, callers in
                #expect(origin.pool.log.contains("AUTH_ENABLED is false"))
                let made = try origin.schedule("shop", nil)
                #expect(made.status == 201)
                #expect(try made.json.created_by_actor == "local")
                #expect(try made.json.organisation == "acme")
                #expect(try origin.queue(nil, organisation: "Other", from: "127.0.0.1").json.list.isEmpty)
                #expect(try origin.queue(nil, from: "127.0.0.1, ::1").json.list.count == 1)
                for address in ["203.0.113.1", "127.0.0.1, 203.0.113.1", "203.0.113.1, 127.0.0.1", "unknown"] {
                    let problem = expectProblem(try origin.queue(nil, from: address), 403)
                    #expect(problem.detail?.text?.contains("AUTH_ENABLED") == true)
                    expectProblem(try origin.queue(try callers.workflow(), from: address), 403)
                }
                for field in [("X-Real-IP", "203.0.113.1"), ("Forwarded", "for=203.0.113.1")] {
                    expectProblem(try origin.get(Callers.path, [field]), 403)
                }
                let isCounted = try eventually {
                    let samples = Samples(try origin.get("/metrics").text)
                    return samples["auth_requests_total{method=\"local\",success=\"true\"}"] == 3
                        && samples["auth_requests_total{method=\"local\",success=\"false\"}"] == 10
                }
                #expect(isCounted)
                #expect(callers.github.count() == 0)
            }
        }

        @Test("A page of the web gets nothing by a browser of this host, not even one whose name leads here by now")
        func pages() async throws {
            try await withCallers(environment: ["AUTH_ENABLED": "false", "DEV_ORGANISATION": "acme"]) { origin, _ in
                for host in ["localhost", "LOCALHOST:8080", "127.0.0.1", "127.0.0.1:8080", "127.1.2.3", "[::1]:8080"] {
                    #expect(try origin.get(Callers.path, [("Host", host)]).status == 200, "\(host)")
                }
                for host in [
                    "evil.example", "evil.example:8080", "127.0.0.1.evil.example", "localhost.evil.example",
                    "localhost.", "10.0.0.1", "[::2]", "[::ffff:127.0.0.1]", "2130706433", "127.evil",
                ] {
                    expectProblem(try origin.get(Callers.path, [("Host", host)]), 403, "\(host)")
                }
                for page in ["http://localhost:8080", "http://127.0.0.1", "http://[::1]:3000", ""] {
                    #expect(try origin.get(Callers.path, [("Origin", page)]).status == 200, "\(page)")
                }
                for page in [
                    "https://evil.example", "null", "http://localhost.evil.example", "file://",
                    "http://127.0.0.1.evil.example",
                ] {
                    expectProblem(try origin.get(Callers.path, [("Origin", page)]), 403, "\(page)")
                }
            }
        }

        @Test("Without an organisation the caller is asked for one, and no word is said of it where tokens are needed")
        func nameless() async throws {
            try await withCallers(environment: ["AUTH_ENABLED": "false"]) { origin, _ in
                _ = expectProblem(try origin.queue(nil, from: "127.0.0.1"), 400)
            }
            try await withCallers { origin, _ in
                #expect(!origin.pool.log.contains("AUTH_ENABLED"))
                _ = expectProblem(try origin.queue(nil, organisation: "acme", from: "127.0.0.1"), 401)
            }
        }
    }
}
