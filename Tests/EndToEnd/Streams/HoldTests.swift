import Foundation
import TestSupport
import Testing

extension EndToEnd {
    /// Clients that wait for an outcome: by the streamer where the front end can have it, else by the process itself.
    @Suite struct HoldTests {
        private static let faults = ["CHIMNEY_FAULTS": "true"]

        @Test(
            "The outcome is the answer, whatever asked for it, with the ids of the first request",
            arguments: ["GET", "POST"])
        func outcome(method: String) async throws {
            try await withOrigin(environment: Self.faults) { origin throws in
                let held = Background {
                    try origin.http.request(
                        method, "/debug/hold?name=a&ms=20000",
                        [
                            ("X-Request-ID", "held-1"), ("Content-Type", "application/json"),
                            ("traceparent", "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"),
                        ], body: method == "POST" ? Array(#"{"some":"body"}"#.utf8) : nil)
                }
                #expect(try origin.keeps(1))
                // The streamer may have the client before its worker says that it is free.
                #expect(
                    eventually { origin.pool.status.allSatisfy { $0.route?.text != "/debug/hold" } },
                    "\(origin.pool.states)")
                #expect(try origin.http.post("/debug/hold/finish?name=a", "").status == 200)
                let answer = try held.value()
                #expect(answer.status == 200)
                #expect(answer.text == #"{"outcome":"a"}"#)
                #expect(answer["X-Request-ID"] == "held-1")
                #expect(answer["X-Trace-ID"] == "4bf92f3577b34da6a3ce929d0e0e4736")
                #expect(answer["X-Chimney-Hold"] == nil)
                expectCommonForm(answer)
                let line = try value { () throws in
                    let lines = try origin.logLines("request_id=held-1")
                    #expect(lines.count <= 1, "the worker leaves it to the streamer to tell of the request")
                    return lines.first
                }
                #expect(line?.status == 200)
                #expect(line?.method?.text == method)
                #expect(line?.route == "/debug/hold")
                #expect(line?.path == "/debug/hold", "the path that the client asked for, without the id of the hold")
                #expect(try eventually { try origin.samples.requests("/debug/hold", "2xx") == 1 })
                #expect(try origin.samples.requests("/hold/{wait}", "2xx") == 0)
            }
        }

        @Test("The trace of a held request is one, also where the client did not begin it")
        func trace() async throws {
            try await withOrigin(environment: Self.faults) { origin throws in
                let answer = try origin.get("/debug/hold?ms=50", [("X-Request-ID", "traced")])
                let line = try value { () throws in try origin.logLines("request_id=traced").first }
                #expect(line?.status == 504)
                #expect(line?.trace_id?.text == answer["X-Trace-ID"])
            }
        }

        @Test("An error as the outcome names the request of each who gets it")
        func errorOutcome() async throws {
            try await withOrigin(environment: Self.faults) { origin throws in
                let held = (0..<3).map { number in
                    Background {
                        try origin.get("/debug/hold?name=e&ms=20000", [("X-Request-ID", "held-\(number)")])
                    }
                }
                #expect(try origin.keeps(3))
                #expect(try origin.http.post("/debug/hold/finish?name=e&failed=1", "").status == 200)
                for (number, client) in held.enumerated() {
                    let answer = try client.value()
                    expectProblem(answer, 502)
                    #expect(answer["X-Request-ID"] == "held-\(number)")
                }
            }
        }

        @Test("An outcome that never comes is 504 at the limit")
        func limit() async throws {
            try await withOrigin(environment: Self.faults) { origin throws in
                let began = monotonicMilliseconds
                let answer = try origin.get("/debug/hold?ms=700")
                #expect(monotonicMilliseconds - began >= 650)
                expectProblem(answer, 504)
            }
        }

        @Test("An outcome that came in time counts, however late it is seen")
        func seenLate() async throws {
            try await withOrigin(environment: Self.faults) { origin throws in
                let held = Background { try origin.get("/debug/hold?name=l&ms=6000") }
                #expect(try origin.keeps(1))
                let began = monotonicMilliseconds
                let streamer = try #require(value { origin.pool.streamers.first })
                kill(streamer, SIGSTOP)
                defer { kill(streamer, SIGCONT) }
                #expect(try origin.http.post("/debug/hold/finish?name=l", "").status == 200)
                #expect(eventually { monotonicMilliseconds - began > 6000 })
                kill(streamer, SIGCONT)
                #expect(try held.value().status == 200)
            }
        }

        @Test("An outcome that is there already is the answer at once")
        func early() async throws {
            try await withOrigin(environment: Self.faults) { origin throws in
                _ = try origin.get("/debug/hold?name=b&ms=1")
                #expect(try origin.http.post("/debug/hold/finish?name=b", "").status == 200)
                #expect(try origin.get("/debug/hold?name=b").text == #"{"outcome":"b"}"#)
                #expect(try origin.keeps(0))
            }
        }

        @Test("Nobody gets at a hold from outside, whatever is sent along")
        func outside() async throws {
            try await withOrigin(environment: Self.faults) { origin throws in
                _ = try origin.get("/debug/hold?name=c&ms=1")
                let finished = try origin.http.post("/debug/hold/finish?name=c", "").json
                let id = try #require(finished["id"]?.text)
                for path in ["/hold/\(id)", "/hold/", "/hold/x"] {
                    expectProblem(
                        try origin.get(path, [("X-Chimney-Hold", id), ("CHIMNEY-HOLD", id), ("Chimney_Hold", id)]), 404)
                }
                let streamer = FastCGIClient(.unix(origin.pool.streamSocket))
                #expect(try streamer.request("GET", "/hold/\(id)").status == 404)
                #expect(try streamer.request("GET", "/hold/\(id)", variables: ["CHIMNEY_HOLD": "x"]).status == 404)
                #expect(try streamer.request("GET", "/hold/x", variables: ["CHIMNEY_HOLD": "x"]).status == 404)
                #expect(try streamer.request("GET", "/hold/\(id)", variables: ["CHIMNEY_HOLD": id]).status == 200)
                #expect(
                    try origin.pool.fastCGI.request("GET", "/hold/\(id)", variables: ["CHIMNEY_HOLD": id]).status == 404
                )
                #expect(id.split(separator: "-").first?.count == 32)
            }
        }

        @Test("1,000 clients held for one outcome are all answered with it, and no worker is held meanwhile")
        func thousand() async throws {
            try await withOrigin(environment: Self.faults) { origin throws in
                let count = 1000
                let clients = try (0..<count).map { number in
                    try EventStream(
                        .port(origin.caddy.port), "/debug/hold?name=many&ms=60000", [("X-Request-ID", "many-\(number)")]
                    )
                }
                #expect(try origin.keeps(count, within: 60))
                // The streamer may have a client before its worker says that it is free.
                #expect(
                    eventually { origin.pool.status.count { $0.state?.text == "handling" } == 1 },
                    "\(origin.pool.states)")
                #expect(clients.allSatisfy { $0.head == nil })
                #expect(try origin.http.post("/debug/hold/finish?name=many", "").status == 200)
                #expect(clients.read(within: 60) { clients.allSatisfy { $0.head != nil } })
                #expect(clients.allSatisfy { $0.head?.status == 200 })
                #expect(Set(clients.compactMap { $0.head?["X-Request-ID"] }).count == count)
                #expect(try eventually { try origin.samples.requests("/debug/hold", "2xx") == count })
                #expect(try origin.samples["chimney_log_dropped_total"] == 0)
                #expect(try origin.keeps(0))
            }
        }

        @Test("Each of 600 clients held for one outcome has its line in the log")
        func lines() async throws {
            try await withOrigin(environment: Self.faults) { origin throws in
                let count = 600
                let clients = try (0..<count).map { number in
                    try EventStream(
                        .port(origin.caddy.port), "/debug/hold?name=lines&ms=60000",
                        [("X-Request-ID", "line-\(number)")])
                }
                #expect(try origin.keeps(count, within: 60))
                #expect(try origin.http.post("/debug/hold/finish?name=lines", "").status == 200)
                #expect(clients.read(within: 60) { clients.allSatisfy { $0.head != nil } })
                // As the store has them: to ask the pool would push them out of the ring.
                func told() throws -> Set<String> {
                    Set(try origin.ring.filter { $0.status == 200 }.compactMap(\.request_id?.text))
                }
                #expect(try eventually(every: 100) { try told().count { $0.hasPrefix("line-") } == count })
                #expect(try origin.samples["chimney_log_dropped_total"] == 0)
            }
        }

        @Test("The streamer killed: who is held is held by the next one", arguments: ["GET", "POST"])
        func killed(method: String) async throws {
            try await withOrigin(environment: Self.faults) { origin throws in
                let held = Background {
                    try origin.http.request(method, "/debug/hold?name=k&ms=20000", body: method == "POST" ? [] : nil)
                }
                #expect(try origin.keeps(1))
                let victim = try #require(value { origin.pool.streamers.first })
                kill(victim, SIGKILL)
                #expect(eventually { origin.pool.streamers.first.map { $0 != victim } ?? false })
                #expect(try origin.keeps(1))
                #expect(try origin.http.post("/debug/hold/finish?name=k", "").status == 200)
                #expect(try held.value().status == 200)
            }
        }

        @Test("A reload keeps who is held until the outcome is there")
        func reload() async throws {
            try await withOrigin(environment: Self.faults) { origin throws in
                let held = Background { try origin.get("/debug/hold?name=r&ms=20000") }
                #expect(try origin.keeps(1))
                origin.pool.process.signal(SIGHUP)
                #expect(origin.pool.logs("reloaded: ", within: 60))
                #expect(try origin.http.post("/debug/hold/finish?name=r", "").status == 200)
                #expect(try held.value().status == 200)
                #expect(eventually { origin.pool.streamers.count == 1 })
            }
        }

        @Test("The store away: who is held is answered once it is back with the outcome")
        func storeOutage() async throws {
            try await withTaskExecutorPreference(BlockingExecutor.shared) {
                let server = try StoreServer()
                try await withOrigin(environment: Self.faults, server: server) { origin throws in
                    let held = Background { try origin.get("/debug/hold?name=s&ms=30000") }
                    #expect(try origin.keeps(1))
                    server.freeze()
                    #expect(try eventually { try origin.get("/healthz").json.status == "degraded" })
                    server.thaw()
                    #expect(
                        try eventually { try origin.http.post("/debug/hold/finish?name=s", "").status == 200 })
                    #expect(try held.value().status == 200)
                }
            }
        }

        @Test("Other front ends: a quarter of the workers wait, the rest answer that they cannot")
        func withoutStreamer() async throws {
            try await withOrigin(workers: 8, environment: Self.faults, arguments: ["--request-timeout", "3"]) {
                origin throws in
                let workers = origin.workers
                // As a front end that cannot send a client on.
                let client = FastCGIClient(.unix(origin.pool.socket), timeout: 60)
                let held = (0..<2).map { _ in
                    Background {
                        try client.request("GET", "/debug/hold", variables: ["QUERY_STRING": "name=q&ms=60000"])
                    }
                }
                func waiting() -> Int { origin.pool.status.count { $0.route?.text == "/debug/hold" } }
                #expect(eventually { waiting() == 2 })
                let refused = try client.request("GET", "/debug/hold", variables: ["QUERY_STRING": "name=q&ms=60000"])
                #expect(refused.status == 503)
                #expect(refused["Retry-After"] == "5")
                // Longer than a request may take: the limit of the hold is the one that counts.
                #expect(eventually { origin.pool.status.contains { ($0.route_s?.number ?? 0) > 5 } })
                #expect(try origin.http.post("/debug/hold/finish?name=q", "").status == 200)
                for client in held { #expect(try client.value().status == 200) }
                #expect(try client.request("GET", "/debug/hold", variables: ["QUERY_STRING": "ms=300"]).status == 504)
                #expect(origin.workers == workers)
            }
        }

        @Test("As a CGI program the process waits")
        func program() async throws {
            try await withOrigin(environment: Self.faults) { origin throws in
                let variables = origin.store.environment.merging([
                    "GATEWAY_INTERFACE": "CGI/1.1", "REQUEST_METHOD": "GET", "PATH_INFO": "/debug/hold",
                    "QUERY_STRING": "name=cgi&ms=20000", "SERVER_PROTOCOL": "HTTP/1.1", "CHIMNEY_FAULTS": "true",
                ]) { $1 }
                let run = Background { try FinishedProcess(Binary.path, environment: variables) }
                #expect(
                    try eventually { try origin.store.run("EXISTS", origin.store.key("debug:hold:cgi")).integer == 1 })
                #expect(try origin.http.post("/debug/hold/finish?name=cgi", "").status == 200)
                #expect(try run.value().output.contains(#"{"outcome":"cgi"}"#))
            }
        }

        @Test("A pool that stops answers who waits in a worker, rather than to leave them without an answer")
        func stoppedWorker() async throws {
            try await withOrigin(workers: 4, environment: Self.faults) { origin throws in
                let client = FastCGIClient(.unix(origin.pool.socket), timeout: 60)
                let held = Background {
                    try client.request("GET", "/debug/hold", variables: ["QUERY_STRING": "ms=60000"])
                }
                #expect(origin.pool.worker(on: "/debug/hold") != nil)
                origin.pool.process.signal(SIGTERM)
                let answer = try held.value()
                #expect(answer.status == 503)
                #expect(answer["Retry-After"] == "1")
                #expect(origin.pool.process.wait() == .exited(0))
            }
        }
    }
}
