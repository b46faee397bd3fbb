import Foundation
import TestSupport
import Testing

extension EndToEnd {
    /// Two origins behind an edge, with nothing amiss, and with everything.
    @Suite struct EdgeTests {
        @Test("What an origin answers comes through an edge as it is", arguments: CaddyEdition.allCases)
        func answers(caddy: CaddyEdition) async throws {
            try await withEdge(by: caddy) { edge throws in
                let event = Event().json
                #expect(try edge.post(event).status == 200)
                let ids = [
                    ("X-Request-ID", "same"),
                    ("traceparent", "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"),
                ]
                let gzip = [("Accept-Encoding", "gzip")]
                for (target, fields) in [
                    ("/api/deploy/status", []), ("/api/deploy/status", gzip), ("/api/deploy/events?limit=0", []),
                    ("/api/nowhere", []), ("/", []), ("/", gzip), ("/lib/dom.js", []), ("/lib/dom.js", gzip),
                    ("/nothing", []), ("/api/github/../../health", []),
                ] {
                    let own = try edge.north.front.http.get(target, fields + ids)
                    // Whoever of the two is asked.
                    for _ in 0..<2 {
                        let answer = try edge.http.get(target, fields + ids)
                        #expect(answer.status == own.status, "\(target)")
                        #expect(Self.stable(answer) == Self.stable(own), "\(target)")
                        #expect(Self.names(answer) == Self.names(own), "\(target)")
                    }
                }
                // Both are asked, and have the same record.
                #expect(edge.reaches(edge.north))
                #expect(edge.reaches(edge.south))
                #expect(try edge.post(event).json.duplicate == true)
                #expect(try edge.http.request("HEAD", "/api/deploy/status").status == 200)
                #expect(try edge.http.request("OPTIONS", "/api/deploy/events").status == 204)

                // A body beyond any limit is refused where it is announced.
                let connection = try edge.http.connect()
                try connection.send("POST", "/api/deploy/events", [("Content-Length", "40000000")])
                // Newer Caddys read the first 256 KiB of a body that nobody wants before they answer.
                if caddy == .current { try connection.send([UInt8](repeating: 32, count: 300_000)) }
                expectProblem(try connection.receive(to: "POST"), 413)
            }
        }

        @Test("Clients are known by their own addresses, whatever they say", arguments: CaddyEdition.allCases)
        func addresses(caddy: CaddyEdition) async throws {
            try await withEdge(by: caddy) { edge throws in
                let stranger = HTTPClient(edge.http.address, from: "127.0.0.2")
                let names = ["X-Forwarded-For", "X_Forwarded_For", "X-Forwarded_For", "x_forwarded-for"]
                for number in 1...10 {
                    let claim = [(names[number % 4], "127.0.0.\(number + 10)")]
                    let answer = try stranger.post("/api/deploy/events", "{}", token: "wrong", claim)
                    expectProblem(answer, 401)
                }
                for fields in [[]] + names.map({ [($0, "127.0.0.99")] }) {
                    expectProblem(try stranger.post("/api/deploy/events", "{}", token: "wrong", fields), 429)
                }
                expectProblem(try edge.http.post("/api/deploy/events", "{}", token: "wrong"), 401)
            }
        }

        @Test(
            "Streams come at once and go on at the other origin; who waits for an outcome gets it",
            arguments: CaddyEdition.allCases)
        func waiting(caddy: CaddyEdition) async throws {
            try await withEdge(by: caddy) { edge throws in
                let held = Background { try edge.http.get("/debug/hold?name=a&ms=20000") }
                #expect(try edge.post(Event().json).status == 200)
                let isHeld = try eventually(within: 10) {
                    let streamers = try edge.http.get("/api/pool/status").json.streamers?.list ?? []
                    return streamers.contains { $0.clients?.integer == 1 }
                }
                #expect(isHeld)
                #expect(try edge.http.post("/debug/hold/finish?name=a", "").status == 200)
                // One from each origin.
                let streams = try (0..<2).map { _ in try EventStream(edge.http.address, "/api/events") }
                for stream in streams { #expect(stream.next("deploy") != nil) }
                let event = Event()
                #expect(try edge.post(event.json).status == 200)
                for stream in streams {
                    let next = try #require(stream.next("deploy"))
                    #expect(next.json.data?.sha?.text.map { "\"\($0)\"" } == event["sha"])
                }
                let answer = try held.value()
                #expect(answer.status == 200)
                expectCommonForm(answer)

                edge.north.front.kill()
                #expect(eventually(within: 20) { streams.contains { $0.ends(within: 0.1) } })
                #expect(try edge.post(Event().json).status < 600)
                for stream in streams where stream.isEnded {
                    let again = try EventStream(edge.http.address, "/api/events", after: stream.lastID)
                    let last = Event()
                    #expect(try eventually(within: 20) { try edge.post(last.json).status == 200 })
                    let events = again.events { $0.json.data?.sha?.text.map { "\"\($0)\"" } == last["sha"] }
                    #expect(!events.contains { $0.type == "gap" })
                    #expect(events.first { $0.type == "deploy" }?.id != stream.lastID)
                }
            }
        }

        @Test(
            "Without any origin it says so, and says that it does; without the store its origins do",
            arguments: CaddyEdition.allCases)
        func nobody(caddy: CaddyEdition) async throws {
            let server = try StoreServer()
            try await withEdge(server: server, by: caddy) { edge throws in
                server.stop()
                let refused = try edge.post(Event().json)
                expectProblem(refused, 503)
                #expect(try edge.http.get("/healthz").json.status == "degraded")
                #expect(try edge.http.get("/lib/dom.js").status == 200)
                try server.start()
                #expect(try eventually(within: 20) { try edge.post(Event().json).status == 200 })

                edge.north.front.kill()
                #expect(edge.south.killPool())
                for method in ["GET", "POST", "GET"] {
                    let answer = try edge.http.request(
                        method, "/api/deploy/status", [("X-Request-ID", "lost")], body: method == "POST" ? [] : nil)
                    expectProblem(answer, try #require([502, 503].first { $0 == answer.status }))
                    #expect(answer["X-Request-ID"] == "lost")
                    #expect(answer["Retry-After"] == "1")
                }
                try edge.south.startPool()
                #expect(edge.reaches(edge.south))
            }
        }

        @Test("What it asks every second is told to who debugs alone")
        func probes() async throws {
            try await withEdge { edge throws in
                func probes(_ level: String) throws -> Int {
                    let lines = try edge.http.get("/api/logs?limit=1000&level=\(level)").json.lines?.list ?? []
                    return lines.count { ["/health", "/ready"].contains($0.path?.text) }
                }
                let answer = try edge.http.post("/api/log-level", #"{"level":"debug"}"#, token: Edge.adminToken)
                #expect(answer.status == 200)
                // Those of who waited for the pools.
                let others = try probes("info")
                #expect(try eventually(within: 20) { try probes("debug") > others + 12 })
                #expect(try probes("info") == others)
                #expect(try edge.http.get("/health").status == 200)
                #expect(try eventually { try probes("info") == others + 1 })
            }
        }

        /// The body, but for what the moment changes.
        private static func stable(_ answer: HTTPAnswer) -> String {
            answer["Content-Encoding"] == nil ? answer.text.replacing(/"age_s":\d+/, with: "\"age_s\":0") : "compressed"
        }

        /// The names of all fields, as often as they are there, but for those that are of a connection, or tell by whom the
        /// answer came (of Caddys newer than 2.6).
        private static func names(_ answer: HTTPAnswer) -> [String] {
            answer.fields.map { $0.name.lowercased() }.filter { !["connection", "via"].contains($0) }.sorted()
        }
    }
}
