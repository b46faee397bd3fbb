import Foundation
import TestSupport
import Testing

extension EndToEnd {
    /// Caddy's own log and state, as chimney shows them.
    @Suite struct CaddyLogTests {
        private func lines(_ origin: Origin, _ query: String = "limit=1000") throws -> [JSON] {
            try origin.get("/api/logs/caddy?" + query).json.lines?.list ?? []
        }

        private func withLog(_ body: @escaping @Sendable (Origin, String) async throws -> Void) async throws {
            let directory = try TemporaryDirectory()
            let path = directory.file("access.log")
            try await withOrigin(
                environment: ["CADDY_ACCESS_LOG": path], caddy: ["CADDY_IMPORT": "chimney_access_log \(path)"]
            ) { origin in
                try await body(origin, path)
            }
        }

        @Test("Each request that Caddy has answered has one line, its own answers too")
        func shown() async throws {
            try await withLog { origin, path in
                let id = "caddy-\(Event.freshSHA())"
                let answer = try origin.get("/api/version?token=mark-query", [("X-Request-ID", id)])
                _ = try origin.get("/nothing?token=mark-query", [("Authorization", "Bearer mark-token")])
                let line = try value { try lines(origin).first { $0.request_id?.text == id } }
                let found = try #require(line)
                #expect(found.path?.text == "/api/version")
                #expect(found.method?.text == "GET")
                #expect(found.status?.integer == 200)
                #expect(found.bytes?.integer == answer.body.count)
                #expect(found.trace_id?.text == answer["X-Trace-ID"])
                #expect(found.host?.text?.isEmpty == false)
                #expect(
                    try eventually { try lines(origin).contains { $0.path?.text == "/nothing" && $0.status == 404 } })
                #expect(try lines(origin, "limit=2").count == 2)
                let all = try origin.get("/api/logs/caddy?limit=1000").text
                #expect(!all.contains("mark-"))
                #expect(!all.contains("127.0.0.1\""))
                expectProblem(try origin.get("/api/logs/caddy?limit=1001"), 400)
            }
        }

        @Test(
            "A rotation loses no line and repeats none, by copytruncate as logrotate does it", arguments: [false, true])
        func rotated(agentIsKilled: Bool) async throws {
            try await withLog { origin, path throws in
                func ask(_ numbers: Range<Int>) throws {
                    for number in numbers { _ = try origin.get("/api/rotated/\(number)") }
                }
                func seen() throws -> [Int] {
                    try lines(origin).compactMap { line in
                        line.path?.text.flatMap { $0.hasPrefix("/api/rotated/") ? Int($0.dropFirst(13)) : nil }
                    }
                }
                try ask(0..<50)
                // Seldom, for each time that the ring is asked brings it a line.
                #expect(try eventually(every: 100) { try seen().count == 50 })
                let copied = try ChildProcess("cp", [path, path + ".1"], environment: [:])
                #expect(copied.wait() == .exited(0))
                #expect(truncate(path, 0) == 0)
                if agentIsKilled {
                    let agent = try #require(value { origin.pool.agents.first })
                    kill(agent, SIGKILL)
                }
                try ask(50..<100)
                #expect(try eventually(every: 100) { try seen().count >= 100 })
                #expect(try seen() == Array(0..<100))
            }
        }

        /// How often a process has waited for something.
        private func waits(_ pid: pid_t) -> Int {
            let status = (try? String(contentsOfFile: "/proc/\(pid)/status", encoding: .utf8)) ?? ""
            let line = status.split(separator: "\n").first { $0.hasPrefix("voluntary_ctxt_switches:") }
            return line?.split(separator: "\t").last.flatMap { Int($0) } ?? 0
        }

        @Test("While the store is away the agent says so once, and once that it is back, whatever else it follows")
        func storeAway() async throws {
            try await withTaskExecutorPreference(BlockingExecutor.shared) {
                let server = try StoreServer()
                let directory = try TemporaryDirectory()
                let path = try directory.write("access.log", "")
                try await withOrigin(
                    workers: 1, environment: ["CADDY_ACCESS_LOG": path, "ORIGINS": "http://127.0.0.1:1"],
                    server: server
                ) { origin throws in
                    func said(_ text: String) -> Int {
                        origin.pool.logLines.count { $0.msg?.text?.hasPrefix(text) == true }
                    }
                    #expect(try eventually { try server.run("HLEN", origin.store.key("workers")).integer == 1 })
                    server.stop()
                    #expect(eventually { said("the agent waits for the store") == 1 })
                    // Many steps of those that do not need the store meanwhile.
                    let agent = try #require(value { origin.pool.agents.first })
                    let before = waits(agent)
                    #expect(eventually(within: 30) { waits(agent) >= before + 30 })
                    try server.start()
                    #expect(eventually { said("the agent has the store again") == 1 })
                    #expect(try eventually { try server.run("HLEN", origin.store.key("workers")).integer == 1 })
                    #expect(said("the agent waits for the store") == 1)
                    #expect(said("the agent has the store again") == 1)
                }
            }
        }
    }
}
