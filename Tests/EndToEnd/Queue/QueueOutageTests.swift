import TestSupport
import Testing

extension EndToEnd {
    /// The store goes away: nothing of the queue is half done.
    @Suite struct QueueOutageTests {
        private func withStore(_ body: @Sendable (Origin, StoreServer) async throws -> Void) async throws {
            try await withTaskExecutorPreference(BlockingExecutor.shared) {
                let server = try StoreServer()
                try await withOrigin(workers: 4, environment: QueueClient.settings, server: server) { origin in
                    try await body(origin, server)
                }
            }
        }

        /// Takes the store away; a server that ends writes down what it holds, and has it again when it is back.
        private func begin(_ kind: StoreOutage, _ server: StoreServer) {
            if kind == .refused {
                let isTold = eventually {
                    (try? server.run("CONFIG", "SET", "shutdown-on-sigterm", "save")) == .status("OK")
                }
                #expect(isTold)
            }
            kind.begin(server)
        }

        @Test(
            "Every route is 503 with Retry-After, and afterwards all is there, whole", arguments: StoreOutage.allCases)
        func routes(kind: StoreOutage) async throws {
            try await withStore { origin, server throws in
                let queue = origin.queue
                let old = try queue.create(["version": "1.0.0"], "deployed")
                let waiting = try (0..<5).map { _ in try queue.create(["version": "1.1.0"], "scheduled") }
                let id = try queue.create(["version": "1.2.0"], "scheduled")
                let other = try queue.create(["version": "1.2.0", "cell": "a"], "scheduled")
                let before = try queue.deployments()
                begin(kind, server)
                let path = QueueClient.path
                let key = [("Idempotency-Key", "k")]
                for (method, path, body) in [
                    ("GET", path, nil), ("GET", path + "?status=scheduled&name=web&cell=a", nil),
                    ("GET", "\(path)/\(id)", nil), ("GET", "\(path)/\(id)/history", nil),
                    ("GET", "\(path)/none", nil), ("POST", path, QueueClient.body()),
                    ("PATCH", "\(path)/\(id)", #"{"status":"deployed"}"#),
                    ("POST", path + "/claim", #"{"cell":"a"}"#),
                    ("POST", path + "/rollback?name=web&provider=aws", nil),
                    ("POST", "\(path)/\(old)/rollback", nil),
                ] {
                    let answer = try queue.request(method, path, body, method == "POST" ? key : [])
                    let problem = expectProblem(answer, 503, "\(method) \(path)")
                    #expect(answer["Retry-After"] == "1", "\(method) \(path)")
                    #expect(problem.detail?.text?.contains("send the request again") == true)
                }
                // What is wrong with a request is told before the store is asked.
                #expect(try queue.post("{}").status == 422)
                #expect(try queue.patch(id, "{}").status == 400)
                #expect(try queue.list("limit=0").status == 400)
                #expect(try queue.rollBack("name=web").status == 422)
                #expect(try origin.http.get(path).status == 400, "no organisation")
                try kind.end(server)
                #expect(try origin.hasStoreAgain())
                if kind == .refused { #expect(try queue.deployments() == before, "nothing was stored") }

                // What hung may have been done, but not in part; sent again it is done once.
                #expect(try queue.patch(id, #"{"status":"deployed"}"#).status == 200)
                #expect(try waiting.allSatisfy { try queue.status($0) == "skipped" })
                #expect(try queue.history(id).count == 2)
                #expect(try waiting.allSatisfy { try queue.history($0).count == 2 })
                if try queue.status(other) == "scheduled" {
                    #expect(try queue.claim(#"{"cell":"a"}"#).json.id?.text == other)
                }
                #expect(try queue.history(other).count == 2)
            }
        }

        @Test("Who sends again until it is answered has made each deployment once", arguments: StoreOutage.allCases)
        func repeating(kind: StoreOutage) async throws {
            try await withStore { origin, server throws in
                let queue = origin.queue
                let made = Collected<String>()
                let isOver = Collected<Bool>()
                try HTTPClient.concurrently(5) { index in
                    guard index > 0 else {
                        for round in 1...3 {
                            _ = eventually(within: 10) { made.all.count >= 20 * round }
                            begin(kind, server)
                            // Everybody has met the outage when all workers have.
                            _ = try eventually(within: 5) {
                                try (0..<8).allSatisfy { _ in try origin.get("/ready").status == 503 }
                            }
                            try kind.end(server)
                        }
                        return isOver.add(true)
                    }
                    var number = 0
                    while isOver.all.isEmpty || number < 20 {
                        let body = QueueClient.body(["cell": "\"\(index)\"", "version": "\"\(number)\""])
                        let id = try value(within: 60) {
                            let answer = try queue.post(body, [("Idempotency-Key", "\(index)/\(number)")])
                            if answer.status == 201 { return try answer.json.id?.text }
                            #expect(answer.status == 503, "\(answer.text)")
                            return nil
                        }
                        made.add(try #require(id))
                        number += 1
                        try #require(number < 240, "as many as may be made in a day")
                        if number >= 100 { break }
                    }
                }
                #expect(Set(made.all).count == made.all.count)
                #expect(try origin.hasStoreAgain())
                let stored = try Set(queue.ids())
                #expect(stored.subtracting(made.all).isEmpty, "nobody was told of these")
                #expect(Set(made.all).subtracting(stored).isEmpty, "these are lost")
                let rows = try queue.deployments()
                #expect(Set(rows.map { "\($0.cell?.text ?? "")/\($0.version?.text ?? "")" }).count == rows.count)
                let label = #"organisation="\#(queue.organisation)",provider="aws",trigger="auto""#
                let samples = Samples(try origin.get("/metrics").text)
                #expect(samples["deployments_created_total{\(label)}"] == Double(rows.count))
            }
        }
    }
}
