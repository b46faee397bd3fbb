import Foundation
import TestSupport
import Testing

extension EndToEnd {
    /// Streams where there is no streamer: parts of them, to be asked for again and again.
    @Suite(.origin()) struct StreamFallbackTests {
        let origin: Origin

        init() throws { origin = try .current }

        /// The events of an answer that has ended.
        private func events(_ body: [UInt8]) -> [String] {
            String(decoding: body, as: UTF8.self).split(separator: "\n").filter { !$0.isEmpty }.map(String.init)
        }

        @Test("A worker answers with what there is after the id, says when to ask again, and ends")
        func worker() throws {
            try origin.store.run("DEL", origin.eventRing)
            try origin.putEvents(1...120)
            let first = try origin.pool.fastCGI.request("GET", "/api/events")
            #expect(first.status == 200)
            #expect(first["Content-Type"] == "text/event-stream")
            #expect(first["Content-Length"] == String(first.body.count))
            let lines = events(first.body)
            #expect(lines.first == "retry: 2000")
            #expect(lines.filter { $0.hasPrefix("id: ") } == ((21...120) + [120]).map { "id: \($0)" })

            let next = try origin.pool.fastCGI.request("GET", "/api/events", variables: ["HTTP_LAST_EVENT_ID": "118"])
            #expect(events(next.body).filter { $0.hasPrefix("id: ") } == ["id: 119", "id: 120", "id: 120"])
            let none = try origin.pool.fastCGI.request("GET", "/api/events", variables: ["HTTP_LAST_EVENT_ID": "120"])
            #expect(events(none.body) == ["retry: 2000", "id: 120"])
            let all = try origin.pool.fastCGI.request("GET", "/api/events", variables: ["HTTP_LAST_EVENT_ID": "0"])
            #expect(events(all.body).filter { $0.hasPrefix("id: ") }.count == 121)
            try origin.putEvents(121...501)
            let gap = try origin.pool.fastCGI.request("GET", "/api/events", variables: ["HTTP_LAST_EVENT_ID": "0"])
            #expect(events(gap.body).dropFirst().first == "event: gap")
            #expect(events(gap.body).filter { $0.hasPrefix("id: ") }.count == 501)
        }

        @Test("Who gets nothing for its filter is told all the same from where to go on")
        func filtered() async throws {
            // The pool itself writes no lines then.
            try await withOrigin(environment: ["LOG_LEVEL": "critical"]) { origin throws in
                try origin.store.run("DEL", origin.logRing)
                func poll(after id: Int?) throws -> [String] {
                    var variables = ["QUERY_STRING": "level=critical"]
                    if let id { variables["HTTP_LAST_EVENT_ID"] = String(id) }
                    return events(
                        try origin.pool.fastCGI.request("GET", "/api/logs/stream", variables: variables).body)
                }
                var last: Int?
                // More lines in all than the ring holds.
                for round in 1...3 {
                    for id in (round - 1) * 600 + 1...round * 600 {
                        try origin.store.run(
                            "LPUSH", origin.logRing, #"{"id":\#(id),"time":"t","level":"info","message":"x"}"#)
                    }
                    try origin.store.run("LTRIM", origin.logRing, "0", "999")
                    #expect(try poll(after: last) == ["retry: 2000", "id: \(round * 600)"])
                    last = round * 600
                }
            }
        }

        @Test("As a CGI program likewise")
        func program() throws {
            try origin.store.run("DEL", origin.eventRing)
            try origin.putEvents(1...3)
            let variables = origin.store.environment.merging([
                "GATEWAY_INTERFACE": "CGI/1.1", "REQUEST_METHOD": "GET", "PATH_INFO": "/api/events",
                "QUERY_STRING": "last_event_id=1", "SERVER_PROTOCOL": "HTTP/1.1",
            ]) { $1 }
            let run = try FinishedProcess(Binary.path, environment: variables)
            #expect(run.end == .exited(0))
            #expect(run.output.contains("Content-Type: text/event-stream"))
            #expect(run.output.contains("retry: 2000\n\nid: 2\nevent: deploy\ndata: "))
            #expect(run.output.contains("id: 3\n"))
            #expect(!run.output.contains("id: 1\n"))
        }

        @Test("The streamer answers every route that takes no body, and refuses those that do")
        func otherRoutes() throws {
            let streamer = FastCGIClient(.unix(origin.pool.streamSocket))
            #expect(try streamer.request("GET", "/health").status == 200)
            #expect(try streamer.request("GET", "/nowhere").status == 404)
            let refused = try streamer.request(
                "POST", "/api/deploy/events", variables: ["HTTP_AUTHORIZATION": "Bearer \(Origin.deployToken)"],
                body: Array(Event().json.utf8))
            #expect(refused.status == 421)
            // A body of some size is read for nothing, and does not disturb.
            let large = try streamer.request(
                "GET", "/health", body: [UInt8](repeating: 0x41, count: 3 << 20))
            #expect(large.status == 200)
        }

        @Test("A front end that sends nonsense is hung up on; nobody else notices")
        func nonsense() throws {
            let stream = try origin.stream("/api/events")
            _ = try #require(stream.head())
            for bytes in [
                [UInt8](repeating: 0, count: 100), Array("GET / HTTP/1.1\r\n\r\n".utf8), [1, 1, 0, 1, 0, 0, 0, 0],
            ] {
                let socket = try Socket(.unix(origin.pool.streamSocket))
                try socket.send(bytes)
                #expect(try socket.receive().isEmpty)
            }
            try origin.store.run("DEL", origin.eventRing)
            try origin.putEvents([1])
            #expect(stream.next("deploy")?.number == 1)
        }

        @Test("A streamer of its own serves the same streams, and needs no pool")
        func alone() throws {
            try origin.store.run("DEL", origin.eventRing)
            try origin.putEvents([7])
            let files = try TemporaryDirectory()
            let socket = files.file("own.sock")
            let streamer = try ChildProcess(
                Binary.path, ["streamer", "--listen", socket, "--max-held", "10"],
                environment: origin.store.environment)
            #expect(eventually { FileManager.default.fileExists(atPath: socket) })
            let caddy = try CaddyServer(socket: origin.pool.socket, streamSocket: socket)
            defer { caddy.stop() }
            let stream = try EventStream(.port(caddy.port), "/api/events")
            #expect(stream.next()?.number == 7)
            streamer.signal(SIGTERM)
            #expect(stream.next("bye") != nil)
            #expect(stream.ends())
            #expect(streamer.wait() == .exited(0))
            #expect(!FileManager.default.fileExists(atPath: socket))
        }

        @Test("A pool on a port has no streamer unless it is told where")
        func port() throws {
            let port = try Address.freePort()
            let pool = try ChildProcess(
                Binary.path, ["pool", "--listen", "127.0.0.1:\(port)", "--workers", "1"],
                environment: origin.store.environment)
            let client = FastCGIClient(.port(port))
            #expect(eventually { (try? client.request("GET", "/health"))?.status == 200 })
            let status = try JSON(parsing: try client.request("GET", "/api/pool/status").body)
            #expect(status.streamers?.list == [])
            #expect(status.workers?.list.count == 1)
            #expect(pool.terminate() == .exited(0))

            let streamPort = try Address.freePort()
            let second = try ChildProcess(
                Binary.path,
                ["pool", "--listen", "127.0.0.1:\(port)", "--stream-listen", "127.0.0.1:\(streamPort)"],
                environment: origin.store.environment)
            let streams = FastCGIClient(.port(streamPort))
            #expect(eventually { (try? streams.request("GET", "/health"))?.status == 200 })
            #expect(second.terminate() == .exited(0))
        }
    }
}
