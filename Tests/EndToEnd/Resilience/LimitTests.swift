import Foundation
import TestSupport
import Testing

extension EndToEnd {
    /// Requests that take too long, in arriving or in being answered, and workers that have served enough.
    @Suite struct LimitTests {
        @Test("A request that never finishes arriving is ended after 10 s, and its worker replaced")
        func arrival() async throws {
            try await withOrigin(workers: 4) { origin throws in
                let variables = ["REQUEST_METHOD": "POST", "PATH_INFO": "/api/deploy/events", "CONTENT_LENGTH": "100"]
                    .merging(["HTTP_AUTHORIZATION": "Bearer \(Origin.deployToken)"]) { $1 }
                let whole = FastCGIClient.records(variables, body: [UInt8](repeating: 32, count: 100))
                let unwanted = FastCGIClient.records(["REQUEST_METHOD": "GET", "PATH_INFO": "/health"], body: [])
                let began = monotonicMilliseconds
                // One ends within its params, one within its body, one before the end of a body that nobody wants.
                let halves = try [whole[..<60], whole.dropLast(50), unwanted.dropLast(8)].map { half in
                    let socket = try Socket(.unix(origin.pool.socket), timeout: 60)
                    try socket.send(Array(half))
                    return socket
                }
                let before = origin.workers
                #expect(eventually { origin.pool.status.count { $0.state == "reading" } == 3 })
                // Everybody else is answered meanwhile.
                #expect(try origin.get("/ready").status == 200)
                for socket in halves {
                    var answer: [UInt8] = []
                    while case let more = (try? socket.receive()) ?? [], !more.isEmpty { answer += more }
                    let text = String(decoding: answer, as: UTF8.self)
                    #expect(text.contains("Status: 408"), "\(text)")
                    #expect(text.firstMatch(of: /X-Request-ID: [0-9a-f]{32}\r\n/) != nil, "\(text)")
                    #expect(monotonicMilliseconds - began >= 8000)
                }
                #expect(eventually { origin.pool.isWhole(4) }, "\(origin.pool.states)")
                #expect(origin.workers.subtracting(before).count == 3)
                let lines = try value {
                    let lines = try origin.logLines("level=critical")
                    return lines.count >= 3 ? lines : nil
                }
                #expect(lines?.count == 3)
                #expect(try origin.samples["chimney_panics_total"] == 0)
            }
        }

        @Test("Who has waited has no more time than others to take the answer")
        func unread() async throws {
            try await withOrigin(
                workers: 2, environment: ["CHIMNEY_FAULTS": "true"], arguments: ["--request-timeout", "2"]
            ) { origin throws in
                let socket = try Socket(.unix(origin.pool.socket), timeout: 60)
                // The front end cannot have anybody else answer in the worker's place.
                let variables = ["REQUEST_METHOD": "GET", "PATH_INFO": "/debug/hold", "QUERY_STRING": "name=unread"]
                try socket.send(FastCGIClient.records(variables, body: []))
                let worker = try #require(origin.pool.worker(on: "/debug/hold"))
                let finish = "/debug/hold/finish?name=unread&size=8000000"
                #expect(try eventually { try origin.http.request("POST", finish).status == 200 })
                #expect(eventually { !isAlive(worker) })
                #expect(eventually { origin.pool.isWhole(2) }, "\(origin.pool.states)")
                socket.close()
            }
        }

        @Test("What may be done is not said to have come too late, however its end is held back")
        func end() async throws {
            try await withOrigin(workers: 2, arguments: ["--request-timeout", "12"]) { origin throws in
                let event = Event()
                let body = Array(event.json.utf8)
                let variables = [
                    "REQUEST_METHOD": "POST", "PATH_INFO": "/api/deploy/events", "CONTENT_LENGTH": "\(body.count)",
                    "CONTENT_TYPE": "application/json", "HTTP_AUTHORIZATION": "Bearer \(Origin.deployToken)",
                ]
                let socket = try Socket(.unix(origin.pool.socket), timeout: 60)
                try socket.send(FastCGIClient.records(variables, body: body).dropLast(8))
                #expect(try eventually { try origin.storedTotal == 1 })
                var answer: [UInt8] = []
                while case let more = (try? socket.receive()) ?? [], !more.isEmpty { answer += more }
                #expect(String(decoding: answer, as: UTF8.self).contains("Status: 500"))
                #expect(try origin.post(event.json).json.duplicate == true)
            }
        }

        @Test(
            "A request that takes longer than --request-timeout is answered with 500, its stack logged, its worker replaced"
        )
        func duration() async throws {
            try await withOrigin(
                workers: 2, environment: ["CHIMNEY_FAULTS": "true"], arguments: ["--request-timeout", "2"]
            ) { origin throws in
                let began = monotonicMilliseconds
                let slow = Background { try origin.get("/debug/sleep?ms=20000", [("X-Request-ID", "slow")]) }
                let worker = try #require(origin.pool.worker(on: "/debug/sleep"))
                let load = Load(origin.http, "/health", clients: 2)
                let answer = try slow.value()
                // Long before its handler would have been done, or its client would have given up.
                #expect(monotonicMilliseconds - began >= 1900)
                expectProblem(answer, 500)
                #expect(answer["X-Request-ID"] == "slow")
                #expect(load.stop().failures == [])

                #expect(eventually { !isAlive(worker) && origin.pool.isWhole(2) })
                let line = try value { try origin.logLines("level=critical&request_id=slow").first }
                #expect(line?.route == "/debug/sleep")
                let frames = line?.backtrace?.list.compactMap(\.text) ?? []
                // Who called into libc is not among them, because libc keeps no frame pointers; the route says who it was.
                #expect(frames.first?.contains("nanosleep") == true, "\(frames)")
                #expect(frames.contains { $0.contains("Web.Application") }, "\(frames)")
                #expect(try eventually { try origin.samples.requests("/debug/sleep", "5xx") == 1 })
                #expect(try origin.samples["chimney_panics_total"] == 0)
            }
        }

        @Test("A request within the limit is answered")
        func withinLimit() async throws {
            try await withOrigin(
                workers: 1, environment: ["CHIMNEY_FAULTS": "true"], arguments: ["--request-timeout", "8"]
            ) { origin throws in
                let workers = origin.workers
                for _ in 0..<2 { #expect(try origin.get("/debug/sleep?ms=2000").status == 200) }
                #expect(origin.workers == workers)
            }
        }

        @Test("Workers are replaced after --max-requests, without a failed request")
        func maxRequests() async throws {
            try await withOrigin(workers: 3, arguments: ["--max-requests", "25"]) { origin throws in
                let before = origin.workers
                #expect(try origin.statuses(of: "/api/version", clients: 8, each: 100) == [200: 800])
                #expect(eventually { origin.pool.isWhole(3) }, "\(origin.pool.states)")
                #expect(origin.workers.isDisjoint(with: before))
                #expect(origin.pool.status.allSatisfy { ($0.requests?.integer ?? 99) <= 25 })
                #expect(try eventually { try origin.samples.requests("/api/version", "2xx") == 800 })
                #expect(try origin.logLines("level=warning").isEmpty)
            }
        }

        @Test("Workers that die at once come back ever more slowly, and the pool gets over it")
        func dyingAtOnce() async throws {
            try await withOrigin(workers: 2) { origin throws in
                // A new worker cannot open a descriptor, and gives up.
                try limitDescriptors(of: origin.pool.pid, to: 3)
                kill(try #require(origin.pool.workers.first), SIGKILL)
                let delays = value {
                    let delays = origin.pool.log.matches(of: /the next one in (\d+) ms/).compactMap { Int($0.1) }
                    return delays.count >= 4 ? delays : nil
                }
                let grown = try #require(delays)
                #expect(zip(grown, grown.dropFirst()).allSatisfy { $0 < $1 }, "\(grown)")
                #expect(grown.allSatisfy { $0 <= 10_000 })
                // Who is left goes on serving.
                #expect(origin.pool.workers.count <= 2)
                for _ in 0..<20 { #expect(try origin.get("/ready").status == 200) }

                try limitDescriptors(of: origin.pool.pid, to: 1024)
                #expect(eventually { origin.pool.isWhole(2) }, "\(origin.pool.states)")
                #expect(origin.pool.process.isRunning)
            }
        }

        @Test("A request that waited too long for a worker is answered with 503")
        func queueWait() async throws {
            try await withOrigin(workers: 1) { origin throws in
                func status(waited seconds: Double) throws -> (Int, String?) {
                    let began = String(Int(Date().timeIntervalSince1970 * 1000 - seconds * 1000))
                    let answer = try origin.pool.fastCGI.request(
                        "GET", "/health", variables: ["CHIMNEY_REQUEST_TIME_MS": began])
                    return (answer.status, answer["Retry-After"])
                }
                #expect(try status(waited: 3) == (200, nil))
                #expect(try status(waited: 5.2) == (503, "1"))
                #expect(try status(waited: 100) == (503, "1"))
                // The clocks differ.
                #expect(try status(waited: -3600) == (200, nil))
                #expect(try status(waited: 3600) == (200, nil))
                #expect(try eventually { try origin.samples.requests("/health", "5xx") == 2 })
            }
        }

        private func limitDescriptors(of pid: pid_t, to count: Int) throws {
            let run = try FinishedProcess("prlimit", ["--pid", "\(pid)", "--nofile=\(count):"])
            #expect(run.end == .exited(0), "\(run.errors)")
        }
    }
}
