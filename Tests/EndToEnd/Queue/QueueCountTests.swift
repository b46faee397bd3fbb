import TestSupport
import Testing

extension EndToEnd {
    /// What of the queue is counted, and what is not.
    @Suite(.origin(environment: QueueClient.settings)) struct QueueCountTests {
        let origin: Origin
        let queue: QueueClient

        init() throws {
            origin = try .current
            queue = origin.queue
        }

        private func samples() throws -> Samples { Samples(try origin.get("/metrics").text) }

        /// The organisation's samples that are not zero.
        private func counts() throws -> [String: Double] {
            let label = "organisation=\"\(queue.organisation)\""
            let own = try samples().values.filter { $0.key.contains(label) && $0.value != 0 }
            return Dictionary(uniqueKeysWithValues: own.map { ($0.key.replacing(label, with: "O"), $0.value) })
        }

        @Test("Each change is counted once, at once, in the rows of the contract")
        func all() throws {
            let first = try queue.create(["version": "1.0.0"], "deployed")
            _ = try queue.create(["version": "1.1.0"], "scheduled")
            _ = try queue.create(["version": "1.1.1"], "scheduled")
            let second = try queue.create(["version": "1.2.0"], "deployed")
            #expect(try queue.post(QueueClient.body(["auto": "false", "provider": "\"gcp\""])).status == 201)
            #expect(try queue.claim().status == 200)
            #expect(try queue.rollBack("name=web&provider=aws").status == 201)
            #expect(try queue.rollBack(id: second).status == 201)
            try queue.move(first, "rolled_back")
            #expect(
                try counts() == [
                    #"deployments_created_total{O,provider="aws",trigger="auto"}"#: 4,
                    #"deployments_created_total{O,provider="gcp",trigger="manual"}"#: 1,
                    #"deployments_created_total{O,provider="aws",trigger="rollback"}"#: 2,
                    #"deployments_updated_total{O,status="deployed"}"#: 2,
                    #"deployments_updated_total{O,status="in_progress"}"#: 1,
                    #"deployments_updated_total{O,status="rolled_back"}"#: 2,
                    "deployments_skipped_total{O}": 2,
                    #"rollbacks_total{O,provider="aws"}"#: 2,
                ])
        }

        @Test("What changes nothing is not counted")
        func none() throws {
            let key = [("Idempotency-Key", "k")]
            for _ in 0..<3 { #expect(try queue.post(QueueClient.body(), key).status == 201) }
            let id = try #require(try queue.ids().first)
            try queue.move(id, "scheduled")
            #expect(try queue.patch(id, #"{"notes":"x"}"#).status == 200)
            #expect(try queue.patch(id, #"{"status":"rolled_back"}"#).status == 409)
            #expect(try queue.post("{}").status == 422)
            #expect(try queue.rollBack(id: id).status == 409)
            #expect(try queue.rollBack("name=web&provider=aws").status == 404)
            #expect(try counts() == [#"deployments_created_total{O,provider="aws",trigger="auto"}"#: 1])
        }

        @Test("The routes are counted by their templates")
        func routes() throws {
            let id = try queue.create([:], "scheduled")
            let routes = [
                ("/v1/deployments", { try queue.list() }), ("/v1/deployments/{id}", { try queue.patch(id, "{}") }),
                ("/v1/deployments/{id}/history", { try queue.request("GET", "/v1/deployments/\(id)/history") }),
                ("/v1/deployments/claim", { try queue.claim(#"{"cell":"none"}"#) }),
                ("/v1/deployments/rollback", { try queue.rollBack("") }),
                ("/v1/deployments/{id}/rollback", { try queue.rollBack(id: id) }),
            ]
            for (route, ask) in routes {
                let status = "\(try ask().status / 100)xx"
                #expect(try eventually { try samples().requests(route, status) > 0 }, "\(route) \(status)")
            }
            #expect(try !origin.get("/metrics").text.contains(id))
        }
    }
}
