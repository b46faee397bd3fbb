import Foundation
import TestSupport
import Testing

extension EndToEnd {
    /// What becomes of streams when the streamer, the pool or the store goes.
    @Suite struct StreamerLifeTests {
        @Test("The streamer killed: a browser connects again by itself, and misses nothing that the ring still holds")
        func browser() async throws {
            try await withOrigin { origin throws in
                let browser = try Browser()
                defer { browser.stop() }
                try browser.run(
                    """
                    window.got = []; window.errors = 0;
                    const source = new EventSource("http://127.0.0.1:\(origin.caddy.port)/api/events");
                    source.addEventListener("deploy", event => got.push(JSON.parse(event.data).id));
                    source.addEventListener("gap", event => got.push("gap"));
                    source.onerror = () => errors++;
                    """)
                func waits(for ids: ClosedRange<Int>) throws -> Bool {
                    try eventually(within: 60, every: 100) {
                        try browser.run("return got").list.compactMap(\.integer) == Array(ids)
                    }
                }
                try origin.putEvents(1...3)
                #expect(try waits(for: 1...3))
                for round in 1...3 {
                    let victim = try #require(value { origin.pool.streamers.first })
                    kill(victim, SIGKILL)
                    try origin.putEvents(round * 10 - 6...round * 10 + 3)
                    #expect(try waits(for: 1...round * 10 + 3))
                }
                let errors = try browser.run("return errors").integer
                #expect((errors ?? 0) >= 3)
                #expect(try browser.run("return got.length").integer == 33, "no gap among them")
            }
        }

        @Test("A reload says good-bye, and who connects again misses nothing")
        func reload() async throws {
            try await withOrigin { origin throws in
                try origin.putEvents(1...2)
                let streams = try (0..<50).map { _ in try origin.stream("/api/events") }
                #expect(streams.read(within: 60) { streams.allSatisfy { $0.lastID == "2" } })
                let before = origin.pool.streamers
                origin.pool.process.signal(SIGHUP)
                for stream in streams {
                    #expect(stream.ends(within: 60))
                    #expect(stream.isWhole, "the end of an answer, not its middle")
                    let events = stream.take()
                    #expect(events.last?.type == "bye")
                }
                try origin.putEvents([3])
                let again = try origin.stream("/api/events", after: streams[0].lastID)
                #expect(again.next()?.number == 3)
                #expect(eventually { origin.pool.streamers.count == 1 && origin.pool.streamers != before })
            }
        }

        @Test("A pool that stops ends its streams, and takes the path away")
        func stop() async throws {
            try await withOrigin { origin throws in
                let stream = try origin.stream("/api/events")
                _ = try #require(stream.head())
                let deaf = try origin.stream("/api/events", receiveBuffer: 4096)
                #expect(try origin.keeps(2))
                origin.pool.process.signal(SIGTERM)
                #expect(stream.next("bye") != nil)
                #expect(stream.ends())
                #expect(stream.isWhole)
                #expect(origin.pool.process.wait() == .exited(0))
                #expect(!FileManager.default.fileExists(atPath: origin.pool.streamSocket))
                _ = deaf
            }
        }

        @Test("A stream that is asked for in the last moment is told to come again, and not that it cannot be had")
        func lastMoment() async throws {
            try await withOrigin { origin throws in
                let request = FastCGIClient.records(["REQUEST_METHOD": "GET", "PATH_INFO": "/api/events"], body: [])
                let late = try Socket(.unix(origin.pool.streamSocket))
                try late.send(request.dropLast(8))
                // Accepted after it.
                let other = try origin.stream("/api/events")
                #expect(other.head()?.status == 200)
                origin.pool.process.signal(SIGTERM)
                #expect(other.next("bye") != nil)
                try late.send(request.suffix(8))
                var got: [UInt8] = []
                while case let more = try late.receive(), !more.isEmpty { got += more }
                let answer = String(decoding: got, as: UTF8.self)
                #expect(!answer.contains("503"), "\(answer)")
                #expect(answer.contains("\nretry: 2000\n\n"), "\(answer)")
                #expect(answer.contains("event: bye\n"), "\(answer)")
            }
        }

        @Test("A client that neither reads nor hangs up keeps no streamer from its end", arguments: [SIGTERM, SIGHUP])
        func deafAtTheEnd(signal: Int32) async throws {
            try await withOrigin { origin throws in
                let old = try #require(value { origin.pool.streamers.first })
                let deaf = try Socket(.unix(origin.pool.streamSocket))
                try deaf.send(FastCGIClient.records(["REQUEST_METHOD": "GET", "PATH_INFO": "/api/events"], body: []))
                #expect(try origin.keeps(1))
                origin.pool.process.signal(signal)
                #expect(eventually(within: 60) { !isAlive(old) })
                if signal == SIGTERM { #expect(origin.pool.process.wait() == .exited(0)) }
                #expect(!origin.pool.log.contains("killed"))
                deaf.close()
            }
        }

        @Test("A streamer that crashes answers who crashed it, leaves its backtrace, and is followed by another")
        func crash() async throws {
            try await withOrigin(environment: ["CHIMNEY_FAULTS": "true"]) { origin throws in
                let victim = try #require(value { origin.pool.streamers.first })
                let answer = try FastCGIClient(.unix(origin.pool.streamSocket)).request(
                    "GET", "/debug/trap", variables: ["HTTP_X_REQUEST_ID": "crash-1"])
                #expect(answer.status == 500)
                #expect(answer["X-Request-ID"] == "crash-1")
                let line = try value { () throws in try origin.logLines("request_id=crash-1&level=critical").first }
                let crash = try #require(line)
                #expect(crash.msg == "streamer crashed")
                #expect(crash.pid?.integer == Int(victim))
                #expect(crash.backtrace?.list.isEmpty == false)
                #expect(eventually { origin.pool.streamers.count == 1 && origin.pool.streamers != [victim] })
                let stream = try origin.stream("/api/logs/stream")
                #expect(stream.head()?.status == 200)
                #expect(try eventually { try origin.samples["chimney_panics_total"] == 1 })
            }
        }

        @Test("A streamer that dies again and again is followed ever more slowly")
        func pause() async throws {
            try await withOrigin { origin throws in
                for _ in 0..<3 {
                    let victim = try #require(value { origin.pool.streamers.first })
                    kill(victim, SIGKILL)
                    #expect(eventually { origin.pool.streamers.first != victim })
                }
                #expect(origin.pool.logs("of SIGKILL, the next one in "))
                #expect(try origin.stream("/api/events").head()?.status == 200)
            }
        }

        @Test("Without the store streams stay; its return loses nothing", arguments: [true, false])
        func storeOutage(isHanging: Bool) async throws {
            try await withTaskExecutorPreference(BlockingExecutor.shared) {
                let server = try StoreServer()
                try await withOrigin(environment: ["CHIMNEY_HOST": "here"], server: server) { origin throws in
                    try origin.putEvents(1...2)
                    let log = try origin.stream("/api/logs/stream?level=critical")
                    let stream = try origin.stream("/api/events")
                    #expect(stream.events { $0.number == 2 }.count == 2)
                    if isHanging { server.freeze() } else { server.stop() }
                    let down = try #require(stream.next())
                    #expect(down.type == "dragonfly.down")
                    #expect(down.json["id"] == .null)
                    #expect(down.json.data?.host == "here")
                    #expect(down.id == "2", "it is nothing to resume after")
                    // Who comes now is kept, and told as well.
                    let late = try origin.stream("/api/events", after: "1")
                    #expect(late.head()?.status == 200)
                    #expect(late.next()?.type == "dragonfly.down")
                    // The agent looks once a second; what nobody but the streamer has seen is not recorded.
                    #expect(eventually { origin.pool.log.contains("the agent waits for the store") })
                    // Without a process it comes back empty.
                    if isHanging { server.thaw() } else { try server.start() }
                    try expectReturn(of: origin, isHanging, to: stream, late)
                    #expect(!log.isEnded)
                    let notices = log.take().allSatisfy(\.isNotice)
                    #expect(notices)
                }
            }
        }

        @Test("The streamer is counted by itself, and among no workers")
        func counted() async throws {
            try await withOrigin(workers: 2) { origin throws in
                let streams = try (0..<3).map { _ in try origin.stream("/api/events") }
                for stream in streams { _ = try #require(stream.head()) }
                #expect(try origin.keeps(3))
                let status = try origin.get("/api/pool/status").json
                #expect(status.workers?.list.count == 2)
                #expect(status.workers?.list.allSatisfy { $0.role == "worker" } == true)
                let streamer = try #require(status.streamers?[0])
                #expect(streamer.clients == 3)
                #expect(streamer.pid?.integer.map { pid_t($0) } == origin.pool.streamers.first)
                #expect((streamer.private_memory_bytes?.integer ?? 0) > 0)
                #expect(try origin.samples["chimney_streams"] == 3)
                #expect(try origin.get("/healthz").json.workers?.total == 2)
            }
        }

        @Test("The store is asked for lines only while somebody listens")
        func silence() async throws {
            try await withTaskExecutorPreference(BlockingExecutor.shared) {
                let server = try StoreServer()
                try await withOrigin(server: server) { origin throws in
                    /// How many lists have been read so far.
                    func reads() throws -> Int {
                        let info = try server.run("INFO", "commandstats").string ?? ""
                        let line = info.split(whereSeparator: \.isNewline).first {
                            $0.hasPrefix("cmdstat_lrange:calls=")
                        }
                        return line.flatMap { Int($0.dropFirst(21).prefix { $0 != "," }) } ?? 0
                    }
                    // It looks at the list of the cache's changes all the time.
                    let agent = try #require(value { origin.pool.agents.first })
                    kill(agent, SIGSTOP)
                    defer { kill(agent, SIGCONT) }
                    let socket = try Socket(.unix(origin.pool.streamSocket))
                    try socket.send(
                        FastCGIClient.records(["REQUEST_METHOD": "GET", "PATH_INFO": "/api/events"], body: []))
                    #expect(try eventually { try reads() >= 10 })
                    socket.close()
                    #expect(try origin.keeps(0))
                    let before = try reads()
                    let victim = try #require(value { origin.pool.streamers.first })
                    #expect(eventually { isAsleep(victim) })
                    usleep(500_000)
                    #expect(try reads() - before <= 1)
                }
            }
        }

        /// Checks what those who were there before and during an outage get after it.
        private func expectReturn(
            of origin: Origin, _ hasKeptAll: Bool, to stream: EventStream, _ late: EventStream
        ) throws {
            // Its return is told at once, and then both are recorded.
            let news = stream.events { $0.type == "dragonfly.up" && !$0.isNotice }
            let gap = hasKeptAll ? [] : ["gap"]
            #expect(news.map(\.type) == ["dragonfly.up"] + gap + ["dragonfly.down", "dragonfly.up"])
            #expect(news.map(\.isNotice) == [true] + gap.map { _ in true } + [false, false])
            #expect(news.suffix(2).allSatisfy { $0.json.data?.host == "here" })
            let times = news.suffix(2).compactMap(\.json.time?.text)
            #expect(times.count == 2 && times == times.sorted())
            let last = try #require(stream.lastID.flatMap { Int($0) })
            #expect(news.suffix(2).compactMap { $0.id.flatMap { Int($0) } } == [last - 1, last])
            try origin.putEvents(last + 1...last + 2)
            let after = stream.events { $0.number == last + 2 }
            #expect(after.compactMap(\.number) == [last + 1, last + 2])
            let missed = late.events { $0.number == last + 2 }
            #expect(missed.compactMap(\.number) == (hasKeptAll ? [2] : []) + [last + 1, last + 2])
            #expect(missed.filter { $0.type == "gap" }.count == gap.count)
            #expect(missed.filter { $0.type.hasPrefix("dragonfly.") && !$0.isNotice }.count == 2)
        }

        @Test(
            "Beyond --max-held who comes is told to come again, streams a little earlier; nobody who is there suffers")
        func room() async throws {
            try await withOrigin(environment: ["CHIMNEY_FAULTS": "true"], arguments: ["--max-held", "4"]) {
                origin throws in
                func expectRefusal(of path: String) throws {
                    let refused = try origin.get(path)
                    expectProblem(refused, 503)
                    #expect(Int(refused["Retry-After"] ?? "") ?? 0 > 0)
                }
                let streams = try (0..<3).map { _ in try origin.stream("/api/events") }
                for stream in streams { #expect(stream.head()?.status == 200) }
                try expectRefusal(of: "/api/events")
                // The last place is for who waits for an outcome.
                let held = Background { try origin.get("/debug/hold?name=a&ms=20000") }
                #expect(try origin.keeps(4))
                try expectRefusal(of: "/debug/hold?name=a&ms=20000")
                try origin.putEvents([1])
                for stream in streams { #expect(stream.next("deploy")?.number == 1) }
                #expect(try origin.http.post("/debug/hold/finish?name=a", "").status == 200)
                #expect(try held.value().status == 200)
            }
        }

        @Test("With LOGS_TOKEN the log is streamed to who shows it, and the events to everybody")
        func token() async throws {
            try await withOrigin(environment: ["LOGS_TOKEN": "marked-secret"]) { origin throws in
                expectProblem(try origin.get("/api/logs/stream"), 401)
                expectProblem(try origin.get("/api/logs/stream?token=marked-secret"), 401)
                let stream = try origin.stream(
                    "/api/logs/stream?x=marked-secret", [("Authorization", "Bearer marked-secret")])
                #expect(stream.head()?.status == 200)
                #expect(try origin.stream("/api/events").head()?.status == 200)
                _ = try origin.get("/health")
                #expect(stream.next("message") != nil)
                #expect(!origin.pool.log.contains("marked-secret"))
            }
        }
    }
}
