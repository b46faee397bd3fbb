import Foundation
import TestSupport
import Testing

extension EndToEnd {
    /// The origins that chimney watches over.
    @Suite struct OriginTests {
        /// An origin that answers as a test wants it.
        private final class Watched: @unchecked Sendable {
            private let lock = NSLock()
            private var next: [HTTPServerAnswer] = []
            private var standing = HTTPServerAnswer(text: "{}")

            /// What it answers from now on.
            var answer: HTTPServerAnswer {
                get { lock.withLock { next.isEmpty ? standing : next.removeFirst() } }
                set { lock.withLock { standing = newValue } }
            }

            /// What it answers once, before all else.
            func answerOnce(_ answer: HTTPServerAnswer) { lock.withLock { next.append(answer) } }
        }

        private func shown(_ http: HTTPClient) throws -> [JSON] {
            try http.get("/api/origins/health").json.origins?.list ?? []
        }

        /// What is shown of the only origin once it fulfils a condition.
        private func only(
            of origin: Origin, within seconds: Double = patience, _ condition: (JSON) -> Bool
        ) throws -> JSON? {
            try value(within: seconds) { try shown(origin.http).first { condition($0) } }
        }

        private func events(_ origin: Origin, _ type: String) throws -> [JSON] {
            try origin.get("/api/events/recent?limit=500&type=\(type)").json.events?.list ?? []
        }

        @Test("Without ORIGINS there are none; before its first check nothing is known of one")
        func nothing() async throws {
            try await withOrigin { origin throws in
                #expect(try origin.get("/api/origins/health").text == #"{"origins":[]}"#)
            }
            try await withOrigin(environment: ["ORIGINS": "http://127.0.0.1:1"]) { origin in
                // The agent may have been there already.
                let agent = try #require(value { origin.pool.agents.first })
                kill(agent, SIGSTOP)
                defer { kill(agent, SIGCONT) }
                try origin.store.run("DEL", origin.store.key("health:http://127.0.0.1:1"))
                try origin.store.run("DEL", origin.store.key("caddy"))
                #expect(
                    try origin.get("/api/origins/health").text == """
                        {"origins":[{"origin":"http://127.0.0.1:1","up":null,"uptime_pct":null,"checks":0,\
                        "last_check":null,"last_latency_ms":null,"recent":[],"caddy":null}]}
                        """)
            }
        }

        @Test("An origin goes down with the second failure in a row, and up with the first success; each is an event")
        func downAndUp() async throws {
            let watched = Watched()
            let server = try ScriptedHTTPServer { _ in watched.answer }
            let url = "http://127.0.0.1:\(server.port)"
            try await withOrigin(environment: ["ORIGINS": "\(url)/", "PROBE_INTERVAL": "1"]) { origin in
                let first = try #require(try only(of: origin) { $0.up == true })
                #expect(
                    first.names == [
                        "origin", "up", "uptime_pct", "checks", "last_check", "last_latency_ms", "recent", "caddy",
                    ])
                #expect(first.origin?.text == url)
                #expect(first.uptime_pct == 100)
                #expect(first.checks?.integer == first.recent?.list.count)
                #expect(first.last_check == first.recent?[0]?.time)
                #expect(first.last_latency_ms?.number ?? 0 > 0)
                #expect(first.recent?[0]?.names == ["time", "up", "status", "latency_ms", "error"])
                #expect(server.requests.allSatisfy { $0.method == "GET" && $0.path == "/healthz" })

                watched.answerOnce(HTTPServerAnswer(503))
                let failed = try #require(
                    try only(of: origin) {
                        $0.recent?.list.contains { $0.up == false } == true && $0.recent?[0]?.up == true
                    })
                #expect(failed.up == true, "once is not down")
                #expect(failed.recent?.list.filter { $0.up == false }.map(\.error?.text) == ["it answers with 503"])
                #expect(failed.uptime_pct?.number ?? 100 < 100)

                watched.answer = HTTPServerAnswer(302, [("Location", "\(url)/elsewhere")])
                let down = try #require(try only(of: origin) { $0.up == false })
                #expect(down.recent?[0]?.status == 302, "a redirect is not followed")
                #expect(try eventually { try events(origin, "origin.down").count == 1 })

                // The state is the store's, not the agent's.
                kill(try #require(value { origin.pool.agents.first }), SIGKILL)
                let checks = down.checks?.integer ?? 0
                #expect(try only(of: origin, within: 60) { $0.checks?.integer ?? 0 > checks + 2 }?.up == false)
                watched.answer = HTTPServerAnswer(text: String(repeating: "x", count: 10_000))
                #expect(try only(of: origin) { $0.up == true } != nil)
                #expect(try eventually { try events(origin, "origin.up").count == 1 })
                #expect(try events(origin, "origin.down").count == 1)
                for type in ["origin.down", "origin.up"] {
                    #expect(try events(origin, type)[0].data == .object(["origin": .string(url)]))
                }

                server.stop()
                let gone = try #require(try only(of: origin) { $0.up == false })
                #expect(gone.recent?[0]?.status == .null)
                #expect(gone.last_latency_ms == .null)
                #expect(gone.recent?[0]?.error?.text == "Connection refused")
            }
        }

        @Test("An origin that takes more than three seconds is down; another is checked all the while")
        func slow() async throws {
            let slow = try ScriptedHTTPServer { _ in
                var answer = HTTPServerAnswer(text: "{}")
                answer.delay = 60
                return answer
            }
            let quick = try ScriptedHTTPServer { _ in HTTPServerAnswer(text: "{}") }
            let list = [slow, quick].map { "http://127.0.0.1:\($0.port)" }.joined(separator: ",")
            try await withOrigin(environment: ["ORIGINS": list, "PROBE_INTERVAL": "1"]) { origin throws in
                let found = try value { () throws -> [JSON]? in
                    let both = try shown(origin.http)
                    return both.first?.up == false ? both : nil
                }
                let both = try #require(found)
                #expect(both[0].recent?[0]?.error?.text == "no whole answer within 3000 ms")
                #expect(both[1].up == true)
                #expect(both[1].checks?.integer ?? 0 > both[0].checks?.integer ?? 0)
            }
        }

        @Test("Of all hosts' agents one checks an origin; when its host dies, another one does")
        func takenOver() async throws {
            let server = try ScriptedHTTPServer { _ in HTTPServerAnswer(text: "{}") }
            let environment = ["ORIGINS": "http://127.0.0.1:\(server.port)", "PROBE_INTERVAL": "1"]
            try await withHosts(environment: environment) { north, south throws in
                // Each agent would have a connection of its own.
                let before = server.requests.count
                #expect(eventually { server.requests.count >= before + 3 })
                #expect(server.connections == 1)
                kill(north.pool.pid, SIGKILL)
                let after = server.requests.count
                #expect(eventually(within: 60) { server.requests.count >= after + 3 })
                #expect(eventually { server.openConnections == 1 })
                #expect(server.connections <= 2)
                let only = try #require(try shown(south.http).first)
                #expect(only.up == true)
                #expect(only.uptime_pct == 100)
                #expect(only.checks?.integer ?? 0 >= after)
            }
        }

        @Test("Caddy is shown as its own host's agent sees it")
        func caddy() async throws {
            let admin = "127.0.0.1:\(try Address.freePort())"
            let environment = [
                "ORIGINS": "http://other.example,http://here.example", "CHIMNEY_HOST": "here.example",
                "CADDY_ADMIN": admin,
            ]
            try await withOrigin(environment: environment, caddy: ["CADDY_ADMIN": admin]) { origin throws in
                _ = try origin.get("/healthz")
                let found = try value { () throws -> JSON? in
                    let caddy = try shown(origin.http).last?.caddy
                    return caddy?.up == true && caddy?.version?.text != nil ? caddy : nil
                }
                let caddy = try #require(found)
                #expect(caddy.names == ["up", "version", "upstreams"])
                #expect(caddy.version?.text?.contains(#/^v?2\.\d+/#) == true)
                let upstreams = caddy.upstreams?.list ?? []
                #expect(upstreams.contains { $0.address?.text?.hasSuffix(origin.pool.socket) == true })
                #expect(upstreams.allSatisfy { $0.names == ["address", "requests", "fails"] })
                #expect(try shown(origin.http).first?.caddy == .null)
                // What nobody has seen for a minute is nothing to go by.
                let agent = try #require(value { origin.pool.agents.first })
                kill(agent, SIGSTOP)
                defer { kill(agent, SIGCONT) }
                let old = (Int(Date().timeIntervalSince1970) - 61) * 1000
                try origin.store.run(
                    "HSET", origin.store.key("caddy"), "here.example",
                    #"{"time":\#(old),"up":true,"origin":"http://here.example","upstreams":[]}"#)
                #expect(try shown(origin.http).last?.caddy == .null)
            }
        }

        @Test("Without the store it is not known how the origins are; its absence is recorded once it is back")
        func storeOutage() async throws {
            try await withTaskExecutorPreference(BlockingExecutor.shared) {
                let server = try StoreServer()
                let watched = try ScriptedHTTPServer { _ in HTTPServerAnswer(text: "{}") }
                let environment = [
                    "ORIGINS": "http://127.0.0.1:\(watched.port)", "CHIMNEY_HOST": "here", "PROBE_INTERVAL": "1",
                ]
                try await withOrigin(environment: environment, server: server) { origin throws in
                    #expect(try only(of: origin) { $0.up == true } != nil)
                    server.stop()
                    #expect(eventually { origin.pool.log.contains("the agent waits for the store") })
                    expectProblem(try origin.get("/api/origins/health"), 503)
                    try server.start()
                    #expect(try origin.hasStoreAgain())
                    let isRecorded = eventually { (try? events(origin, "dragonfly.up").count) == 1 }
                    #expect(isRecorded)
                    let down = try events(origin, "dragonfly.down")
                    #expect(down.count == 1)
                    #expect(down.first?.data == .object(["host": "here"]))
                    let times = try (down + events(origin, "dragonfly.up")).compactMap(\.time?.text)
                    #expect(times.count == 2 && times[0] < times[1])
                    #expect(try only(of: origin, within: 60) { $0.up == true } != nil)
                    #expect(try events(origin, "origin.down").isEmpty)
                }
            }
        }
    }
}
