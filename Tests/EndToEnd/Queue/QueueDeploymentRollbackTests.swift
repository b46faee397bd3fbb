import TestSupport
import Testing

extension EndToEnd {
    /// `POST /v1/deployments/{id}/rollback`: an earlier one takes the place of a given one, at once.
    @Suite(.origin(workers: 6, environment: QueueClient.settings)) struct QueueDeploymentRollbackTests {
        let queue: QueueClient

        init() throws { queue = try Origin.current.queue }

        private func deploy(_ versions: String...) throws -> [String] {
            try versions.map { try queue.create(["version": $0], "deployed") }
        }

        /// Checks that a request leaves everything as it was.
        private func unchanged(_ request: () throws -> Void) throws {
            let before = try queue.deployments()
            let histories = try before.map { try queue.history($0.id?.text ?? "") }
            try request()
            #expect(try queue.deployments() == before)
            #expect(try before.map { try queue.history($0.id?.text ?? "") } == histories)
        }

        @Test(
            "The given one becomes rolled_back, and a copy of the newest other deployed one is in progress",
            arguments: ["failed", "in_progress", "deployed"])
        func given(status: String) throws {
            let ids = try deploy("1.0.0", "1.1.0")
            let given = try queue.create(["version": "1.2.0", "notes": "n"], status)
            let answer = try queue.rollBack(id: given)
            #expect(answer.status == 201)
            expectCommonForm(answer)
            let json = try answer.json
            let id = try #require(json.id?.text)
            #expect(answer["Location"] == "/v1/deployments/\(id)")
            #expect(json.names == QueueClient.fields)
            #expect(json.status == "in_progress")
            #expect(json.trigger == "rollback")
            #expect(json.version == "1.1.0")
            #expect(json.source_deployment_id?.text == ids[1])
            #expect(json.rollback_from_deployment_id?.text == given)
            #expect(try queue.deployment(id) == json)
            let after = try queue.deployment(given)
            #expect(after.status == "rolled_back")
            #expect(after.notes == "n")
            #expect(after.updated_at?.text ?? "" >= after.created_at?.text ?? "~")
            #expect(try queue.ids("status=rolled_back") == [given])
            #expect(try queue.ids("status=in_progress") == [id])
            #expect(try queue.claim().status == 204, "it is nobody's to claim")
            try queue.move(id, "deployed")
        }

        @Test(
            "Any other status is 409, says which can be, and nothing changes",
            arguments: [
                "scheduled", "skipped", "rolled_back",
            ])
        func statuses(status: String) throws {
            _ = try deploy("1.0.0", "1.1.0")
            let given = try queue.create(["version": "1.2.0"], status)
            try unchanged {
                let problem = expectProblem(try queue.rollBack(id: given), 409)
                let detail = problem.detail?.text ?? ""
                #expect(
                    detail
                        == "The deployment is \(status); only one that is failed, in_progress or deployed can be rolled "
                        + "back.")
            }
        }

        @Test("Where there is nothing to go back to it is 404, and the given one stays what it is")
        func nothing() throws {
            let only = try deploy("1.0.0")[0]
            try unchanged { expectProblem(try queue.rollBack(id: only), 404) }
            let failed = try queue.create(["cell": "other", "version": "1.1.0"], "failed")
            try unchanged { expectProblem(try queue.rollBack(id: failed), 404, "of another taxonomy") }
            try unchanged { expectProblem(try queue.rollBack(id: "6f9619ff-8b86-4011-b42d-00cf4fc964ff"), 404) }
        }

        @Test("With target_version it goes back to that one")
        func target() throws {
            let ids = try deploy("1.0.0", "1.1.0", "1.2.0")
            try unchanged {
                for version in ["1.2.0", "9.9.9"] {
                    expectProblem(try queue.rollBack(id: ids[2], "target_version=\(version)"), 404, "\(version)")
                }
            }
            let json = try queue.rollBack(id: ids[2], "target_version=1.0.0").json
            #expect(json.source_deployment_id?.text == ids[0])
            #expect(try queue.status(ids[2]) == "rolled_back")
            #expect(try queue.status(ids[1]) == "deployed")
        }

        @Test("In place of one that was deployed comes what was deployed before it, and nothing younger")
        func older() throws {
            let ids = try deploy("1.0.0", "1.1.0", "1.2.0")
            try unchanged { expectProblem(try queue.rollBack(id: ids[0]), 404) }
            #expect(try queue.rollBack(id: ids[1]).json.source_deployment_id?.text == ids[0])
            #expect(try queue.status(ids[2]) == "deployed")
        }

        @Test("A rollback that fails is tried once more, and then goes further back, and never in circles")
        func further() throws {
            let ids = try deploy("1.0.0", "1.1.0", "1.2.0", "1.3.0")
            var given = ids[3]
            for source in [2, 2, 1, 1, 0, 0] {
                let json = try queue.rollBack(id: given).json
                #expect(json.source_deployment_id?.text == ids[source])
                #expect(json.rollback_from_deployment_id?.text == given)
                given = try #require(json.id?.text)
                try queue.move(given, "failed")
            }
            try unchanged { expectProblem(try queue.rollBack(id: given), 404) }
        }

        @Test("Once the copy is deployed neither is gone back to again")
        func lineage() throws {
            let ids = try deploy("1.0.0", "1.1.0", "1.2.0")
            let first = try #require(try queue.rollBack(id: ids[2]).json.id?.text)
            try queue.move(first, "deployed")
            let second = try queue.rollBack(id: first).json
            #expect(second.source_deployment_id?.text == ids[0])
            try queue.move(try #require(second.id?.text), "deployed")
            try unchanged {
                expectProblem(try queue.rollBack("name=web&provider=aws"), 404)
                expectProblem(try queue.rollBack("name=web&provider=aws&target_version=1.2.0"), 404)
            }
        }

        @Test("Of many who roll the same one back at once exactly one does")
        func concurrently() throws {
            let ids = try deploy("1.0.0", "1.1.0")
            let (queue, statuses) = (queue, Statuses())
            try HTTPClient.concurrently(16) { _ in statuses.add(try queue.rollBack(id: ids[1]).status) }
            #expect(statuses.all == [201: 1, 409: 15])
            #expect(try queue.ids("trigger=rollback").count == 1)
            #expect(try queue.history(ids[1]).count == 3)
        }

        @Test("Sent again with its Idempotency-Key it answers with the same one, although the given one is rolled back")
        func idempotency() throws {
            let ids = try deploy("1.0.0", "1.1.0")
            let key = [("Idempotency-Key", "k")]
            func send(_ query: String = "") throws -> HTTPAnswer {
                try queue.request("POST", "\(QueueClient.path)/\(ids[1])/rollback\(query)", nil, key)
            }
            let first = try send()
            #expect(first.status == 201)
            #expect(try send().body == first.body)
            expectProblem(try send("?target_version=1.0.0"), 422, fields: ["Idempotency-Key"])
            expectProblem(try queue.rollBack("name=web&provider=aws", key), 422, fields: ["Idempotency-Key"])
        }
    }
}
