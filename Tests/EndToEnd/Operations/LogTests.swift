import TestSupport
import Testing

extension EndToEnd {
    /// The log ring as it can be asked for.
    @Suite(.origin(environment: ["CHIMNEY_FAULTS": "true"])) struct LogTests {
        let origin: Origin

        init() throws { origin = try .current }

        private func ask(_ path: String, times: Int = 1) throws -> (id: String, lines: [JSON]) {
            let id = "log-\(Event.freshSHA())"
            for _ in 0..<times { _ = try origin.get(path, [("X-Request-ID", id)]) }
            let lines = try value {
                let lines = try origin.logLines("request_id=\(id)&limit=1000").filter { $0.msg == "request" }
                return lines.count == times ? lines : nil
            }
            return (id, lines ?? [])
        }

        @Test func aRequestHasOneLine() throws {
            let (id, lines) = try ask("/api/version?service=web")
            let line = try #require(lines.first)
            #expect(lines.count == 1)
            let names: Set = [
                "id", "time", "level", "msg", "method", "route", "path", "status", "latency_ms", "bytes", "request_id",
                "trace_id", "span_id", "cache_hit", "cache_tier",
            ]
            #expect(names.subtracting(line.names).isEmpty, "\(names.subtracting(line.names))")
            #expect(line.level == "info")
            #expect(line.method == "GET")
            #expect(line.route == "/api/version")
            #expect(line.path == "/api/version")
            #expect(line.status == 200)
            #expect(line.bytes?.integer ?? 0 > 0)
            #expect((0..<5000).contains(line.latency_ms?.number ?? -1))
            #expect(line.request_id?.text == id)
            #expect(line.trace_id?.text?.count == 32)
            #expect(line.span_id?.text?.count == 16)
            #expect(line.time?.text?.wholeMatch(of: #/\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z/#) != nil)
        }

        @Test func requestsWithoutARouteAreLogged() throws {
            let line = try #require(try ask("/api/no/such/path").lines.first)
            #expect(line.status == 404)
            #expect(line.path == "/api/no/such/path")
            #expect(line.route?.text?.contains("such") == false)
        }

        @Test func linesAreAlsoOnStandardError() throws {
            let (id, lines) = try ask("/health")
            // Read once: the line of the request for the log may just be on its way.
            let all = origin.pool.log.split(separator: "\n").map { try? JSON(parsing: $0.utf8) }
            #expect(!all.contains { $0 == nil }, "not all is JSON")
            let printed = all.filter { $0?.request_id?.text == id }
            #expect(printed.count == 1)
            #expect(printed.first??.path == lines.first?.path)
        }

        @Test func theNewestComeLastAndIdsGrow() throws {
            _ = try ask("/health", times: 30)
            let all = try origin.logLines("limit=1000").compactMap(\.id?.integer)
            #expect(all == all.sorted())
            #expect(Set(all).count == all.count)
            let few = try origin.logLines("limit=5").compactMap(\.id?.integer)
            #expect(few.count == 5)
            #expect(few.first ?? 0 >= all.last ?? .max || all.suffix(20).contains(few[0]))
        }

        @Test func sinceLeavesOutWhatIsKnown() throws {
            let lines = try ask("/health", times: 10).lines
            let request = lines[0].request_id?.text ?? ""
            let third = try #require(lines[2].id?.integer)
            let rest = try origin.logLines("request_id=\(request)&since=\(third)")
            #expect(rest.map(\.id) == lines[3...].map(\.id))
            #expect(try origin.logLines("request_id=\(request)&since=\(lines[9].id?.integer ?? 0)").isEmpty)
        }

        @Test func levelsAreLowerBounds() throws {
            let (id, _) = try ask("/debug/fail")
            let errors = try value {
                let lines = try origin.logLines("level=error&request_id=\(id)")
                return lines.count == 2 ? lines : nil
            }
            #expect(errors?.allSatisfy { $0.level == "error" } == true)
            #expect(try origin.logLines("level=critical&request_id=\(id)").isEmpty)
            #expect(try origin.logLines("level=trace&request_id=\(id)").count == 2)
            let levels = Set(try origin.logLines("level=warning&limit=1000").compactMap(\.level?.text))
            #expect(levels.isSubset(of: ["warning", "error", "critical"]))
        }

        @Test func aFailedHandlerSaysNothingToItsClient() throws {
            let answer = try origin.get("/debug/fail")
            let problem = expectProblem(answer, 500)
            #expect(problem.detail?.text?.contains("Failure") == false)
        }

        @Test(arguments: [
            "limit=0", "limit=1001", "limit=x", "limit=", "level=loud", "level=", "level=INFO", "since=x", "since=-1",
            "since=99999999999999999999",
        ])
        func otherParametersAre400(_ query: String) throws {
            expectProblem(try origin.get("/api/logs?\(query)"), 400)
        }

        @Test(arguments: ["limit=1", "limit=1000", "level=trace", "level=notice", "since=0", "unknown=1"])
        func theseParametersAreTaken(_ query: String) throws {
            #expect(try origin.get("/api/logs?\(query)").status == 200)
        }

        @Test func theRingHoldsAThousand() throws {
            try HTTPClient.concurrently(4) { _ in
                for _ in 0..<260 { _ = try origin.get("/health") }
            }
            #expect(try eventually { try origin.logLines("limit=1000").count == 1000 })
            let length = try origin.store.run("LLEN", origin.store.key("{telemetry}:log")).integer
            #expect(length == 1000)
            #expect(try origin.logLines("").count == 100)
        }
    }

    /// The log is read with a token where one is set.
    @Suite(.origin(environment: ["LOGS_TOKEN": "reader=logs-secret"])) struct LogTokenTests {
        let origin: Origin

        init() throws { origin = try .current }

        @Test func theTokenOpensTheLog() throws {
            #expect(try origin.get("/api/logs", [("Authorization", "Bearer logs-secret")]).status == 200)
            for fields in [[], [("Authorization", "Bearer \(Origin.deployToken)")]] {
                let answer = try origin.get("/api/logs", fields)
                expectProblem(answer, 401)
                #expect(answer["WWW-Authenticate"] == "Bearer")
            }
            expectProblem(try origin.get("/api/logs?access_token=logs-secret&token=logs-secret"), 401)
        }

        @Test func otherRoutesStayOpen() throws {
            #expect(try origin.get("/api/deploy/events").status == 200)
            #expect(try origin.get("/healthz").status == 200)
        }
    }
}
