import Foundation
import TestSupport
import Testing

extension EndToEnd {
    /// Handlers that crash: each costs one request.
    @Suite(.origin(workers: 4, environment: ["CHIMNEY_FAULTS": "true"])) struct CrashTests {
        let origin: Origin

        init() throws { origin = try .current }

        @Test(
            "A handler that crashes is answered with 500, told of with its backtrace, and counted",
            arguments: [("/debug/trap", "SIGILL", "Faults"), ("/debug/overflow", "SIGSEGV", "Faults.(depth")])
        func crash(path: String, signal: String, function: String) async throws {
            // Of its own: what another test has crashed may be counted only now.
            try await withOrigin(workers: 4, environment: ["CHIMNEY_FAULTS": "true"]) { origin throws in
                let id = "crash-\(UInt32.random(in: 0...(.max)))"
                let answer = try origin.get(path, [("X-Request-ID", id)])
                expectProblem(answer, 500)
                #expect(answer["X-Request-ID"] == id)

                let line = try value { try origin.logLines("level=critical&request_id=\(id)").first }
                let crash = try #require(line)
                #expect(crash.msg == "worker crashed")
                #expect(crash.signal?.text == signal)
                #expect(crash.route?.text == path)
                #expect(crash.trace_id?.text == answer["X-Trace-ID"])
                let frames = crash.backtrace?.list.compactMap(\.text) ?? []
                #expect(frames.contains { $0.contains(function) }, "\(frames)")
                #expect(frames.reduce(0) { $0 + $1.utf8.count } <= 4096)

                let told = try value {
                    try origin.get("/api/events/recent?type=worker.crashed").json.events?.list.last { event in
                        event.data?.request_id?.text == id
                    }
                }
                let event = try #require(told)
                #expect(event.data?.route?.text == path)
                #expect(event.data?.signal?.text == signal)
                #expect(event.data?.host?.text == crash.host?.text)

                #expect(
                    try eventually {
                        try origin.samples["chimney_panics_total"] == 1
                    })
                #expect(try eventually { try origin.samples.requests(path, "5xx") == 1 })
                #expect(eventually { origin.pool.isWhole(4) }, "\(origin.pool.states)")
            }
        }

        @Test("The crashed request has its own line as well, with status 500")
        func requestLine() throws {
            let id = "crash-\(UInt32.random(in: 0...(.max)))"
            _ = try origin.get(
                "/debug/trap?secret=hidden",
                [
                    ("X-Request-ID", id), ("Authorization", "Bearer hidden"),
                    ("traceparent", "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"),
                ])
            let lines = try value {
                let lines = try origin.logLines("request_id=\(id)")
                return lines.count >= 2 ? lines : nil
            }
            let request = try #require(lines?.first { $0.msg == "request" })
            #expect(request.status == 500)
            #expect(request.path == "/debug/trap")
            #expect(request.method == "GET")
            #expect(request.parent_span_id?.text == "00f067aa0ba902b7")
            #expect(request.error_type?.text?.hasPrefix("SIG") == true)
            #expect(request.error?.text == "worker crashed")
            #expect(!origin.pool.log.contains("hidden"))
        }

        @Test("Of a crash for HEAD only the header is told")
        func head() throws {
            let answer = try origin.http.request("HEAD", "/debug/trap")
            #expect(answer.status == 500)
            #expect(answer.body.isEmpty)
            #expect(eventually { origin.pool.isWhole(4) }, "\(origin.pool.states)")
        }

        @Test("While handlers crash, everybody else is answered")
        func concurrent() throws {
            let load = Load(origin.http, "/health")
            for number in 0..<4 {
                #expect(load.pass(100))
                let answer = try origin.get(number % 2 == 0 ? "/debug/trap" : "/debug/overflow")
                #expect(answer.status == 500)
            }
            #expect(load.pass(100))
            let report = load.stop()
            #expect(report.failures == [])
            #expect(eventually { origin.pool.isWhole(4) }, "\(origin.pool.states)")
        }

        @Test("A handler that fails is a defect as well, and its worker goes on")
        func failure() throws {
            let workers = origin.workers
            let answer = try origin.get("/debug/fail")
            expectProblem(answer, 500)
            let id = try #require(answer["X-Request-ID"])
            let line = try value {
                try origin.logLines("request_id=\(id)").first { $0.msg == "a handler failed" }
            }
            #expect(line?.level == "error")
            #expect(origin.workers == workers)
        }
    }
    /// Requests that crash one worker after the other, as a client's retries do.
    @Suite struct CrashBurstTests {
        @Test("A front end that is still sending when the handler crashes gets to read the answer")
        func stillSending() async throws {
            try await withOrigin(workers: 2, environment: ["CHIMNEY_FAULTS": "true"]) { origin throws in
                let request = FastCGIClient.records(["REQUEST_METHOD": "GET", "PATH_INFO": "/debug/trap"], body: [])
                let endOfBody = request.suffix(8)
                let socket = try Socket(.unix(origin.pool.socket))
                try socket.send(request.dropLast(8))
                var answer: [UInt8] = []
                while !answer.contains(Array("Status: 500".utf8)), case let more = try socket.receive(), !more.isEmpty {
                    answer += more
                }
                // Front ends take a failure of the following for one of the whole request, and Caddy makes it once more.
                usleep(50_000)
                #expect(throws: Never.self) { try socket.send(endOfBody) }
                #expect(answer.contains(Array("Status: 500".utf8)))
            }
        }

        @Test("Each of many crashes costs one request, and the next worker is there at once")
        func burst() async throws {
            try await withOrigin(workers: 2, environment: ["CHIMNEY_FAULTS": "true"]) { origin throws in
                for _ in 0..<12 {
                    #expect(try origin.get("/debug/trap").status == 500)
                    #expect(try origin.get("/health").status == 200)
                }
                #expect(eventually { origin.pool.isWhole(2) }, "\(origin.pool.log.suffix(300))")
                #expect(!origin.pool.log.contains("the next one in"), "one had to wait")
                _ = try eventually { try origin.samples["chimney_panics_total"] >= 12 }
                #expect(try origin.samples["chimney_panics_total"] == 12)
                #expect(try eventually { try origin.samples.requests("/debug/trap", "5xx") == 12 })
                #expect(try eventually { try origin.ring.count { $0.msg == "worker crashed" } >= 12 })
                let crashes = try origin.ring.filter { $0.msg == "worker crashed" }.map { $0.pid?.integer ?? 0 }
                #expect(crashes.count == 12, "\(crashes)")
                #expect(Set(crashes).count == 12, "each process died once")
            }
        }
    }
}
