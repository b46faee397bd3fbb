import TestSupport
import Testing

extension EndToEnd {
    /// `POST /v1/deployments/rollback`: back to what was deployed before.
    @Suite(.origin(workers: 6, environment: QueueClient.settings)) struct QueueRollbackTests {
        let queue: QueueClient

        init() throws { queue = try Origin.current.queue }

        private static let place = "name=web&provider=aws"

        /// Versions deployed one after the other; the ids.
        private func deploy(_ versions: String..., texts: [String: String] = [:]) throws -> [String] {
            try versions.map { try queue.create(texts.merging(["version": $0]) { $1 }, "deployed") }
        }

        private func rollBack(_ query: String = place) throws -> JSON {
            let answer = try queue.rollBack(query)
            try #require(answer.status == 201, "\(query): \(answer.text)")
            return try answer.json
        }

        @Test("It schedules a copy of the newest deployed one other than the current, and says of which and for which")
        func copy() throws {
            let texts = [
                "environment": "prod", "region": "r", "cell": "c", "cloud_account_id": "1", "commit_sha": "abc",
                "pipeline_extra_params": "{}", "description": "d\ne", "build_uri": "b", "resource": "x", "notes": "n",
                "deployment_uri": "u",
            ]
            let ids = try deploy("1.0.0", "1.1.0", "1.2.0", texts: texts)
            let before = try ids.map { try queue.deployment($0) }
            let answer = try queue.rollBack("name=web&provider=aws&environment=prod&cloud_account_id=1&region=r&cell=c")
            #expect(answer.status == 201)
            expectCommonForm(answer)
            let json = try answer.json
            let id = try #require(json.id?.text)
            #expect(answer["Location"] == "/v1/deployments/\(id)")
            #expect(!ids.contains(id))
            #expect(json.names == QueueClient.fields)
            #expect(json.status == "scheduled")
            #expect(json.trigger == "rollback")
            #expect(json.source_deployment_id?.text == ids[1])
            #expect(json.rollback_from_deployment_id?.text == ids[2])
            for name in [
                "organisation", "name", "version", "commit_sha", "pipeline_extra_params", "provider",
                "cloud_account_id",
                "region", "environment", "cell", "type", "auto", "description", "build_uri", "resource",
            ] {
                #expect(json[name] == before[1][name], "\(name)")
            }
            // What was noted while the other one was deployed is not about this one.
            #expect(json.notes == .null)
            #expect(json.deployment_uri == .null)
            #expect(json.created_at?.text ?? "" >= before[2].created_at?.text ?? "~")
            #expect(try queue.deployment(id) == json)
            #expect(try queue.ids().first == id)
            #expect(try queue.ids("trigger=rollback") == [id])
            #expect(try ids.map { try queue.deployment($0) } == before, "the others are left alone")
        }

        @Test("Only what was deployed is gone back to")
        func statuses() throws {
            let good = try queue.create(["version": "1.0.0"], "deployed")
            for status in ["failed", "in_progress", "rolled_back"] {
                _ = try queue.create(["version": "1.1.0"], status)
            }
            let current = try queue.create(["version": "1.2.0"], "deployed")
            for status in ["scheduled", "skipped", "failed", "in_progress", "rolled_back"] {
                _ = try queue.create(["version": "1.3.0"], status)
            }
            let json = try rollBack()
            #expect(json.version == "1.0.0")
            #expect(json.source_deployment_id?.text == good)
            #expect(json.rollback_from_deployment_id?.text == current)
        }

        @Test("The newest is what was deployed last, whenever it was created")
        func newest() throws {
            let ids = try ["1.0.0", "1.1.0", "1.2.0"].map { try queue.create(["version": $0], "in_progress") }
            for position in [1, 0, 2] { try queue.move(ids[position], "deployed") }
            #expect(try rollBack().source_deployment_id?.text == ids[0])
        }

        @Test("With target_version it goes back to that one")
        func target() throws {
            let ids = try deploy("1.0.0", "v1.1.0+build.7", "1.2.0", "1.0.0", "1.3.0")
            for (version, source) in [("1.0.0", 3), ("v1.1.0%2Bbuild.7", 1), ("1.2.0", 2)] {
                let json = try rollBack(Self.place + "&target_version=\(version)")
                #expect(json.source_deployment_id?.text == ids[source], "\(version)")
                #expect(json.rollback_from_deployment_id?.text == ids[4])
                #expect(json.version == (try queue.deployment(ids[source]).version))
            }
            #expect(
                try rollBack(Self.place + "&target_version=").source_deployment_id?.text == ids[3], "as good as none")
            #expect(
                try rollBack(Self.place + "&target_version=1.3.0").source_deployment_id?.text == ids[4],
                "what runs is deployed once more")
            for version in ["9.9.9", "1.1.0", "V1.0.0", "1.0"] {
                let problem = expectProblem(try queue.rollBack(Self.place + "&target_version=\(version)"), 404)
                #expect(problem.detail?.text?.contains("of version \(version) ") == true, "\(problem)")
            }
        }

        @Test("Where there is nothing to go back to it is 404, and nothing is stored")
        func nothing() throws {
            expectProblem(try queue.rollBack(Self.place), 404)
            for status in ["scheduled", "in_progress", "failed", "skipped", "rolled_back", "deployed"] {
                _ = try queue.create([:], status)
                expectProblem(try queue.rollBack(Self.place), 404, "after \(status)")
            }
            for query in ["name=other&provider=aws", "name=web&provider=gcp", Self.place + "&environment=prod"] {
                expectProblem(try queue.rollBack(query), 404, "\(query)")
            }
            #expect(try queue.ids().count == 6)
            #expect(try queue.ids("trigger=rollback").isEmpty)
        }

        @Test("What a rollback has replaced is never the source of the next, nor what it is a copy of a second time")
        func lineage() throws {
            let ids = try deploy("1.0.0", "1.1.0", "1.2.0")
            let first = try rollBack()
            #expect(first.version == "1.1.0")
            try queue.move(try #require(first.id?.text), "deployed")
            let second = try rollBack()
            #expect(second.version == "1.0.0")
            #expect(second.source_deployment_id?.text == ids[0])
            #expect(second.rollback_from_deployment_id == first.id)
            try queue.move(try #require(second.id?.text), "deployed")
            for query in ["", "&target_version=1.1.0", "&target_version=1.2.0"] {
                expectProblem(try queue.rollBack(Self.place + query), 404, "\(query)")
            }
        }

        @Test("What comes after a rollback goes back to the rollback, and not to what that has replaced")
        func afterRollback() throws {
            _ = try deploy("1.0.0", "1.1.0", "1.2.0")
            let rollback = try #require(try rollBack().id?.text)
            try queue.move(rollback, "in_progress")
            try queue.move(rollback, "deployed")
            let later = try deploy("1.3.0")[0]
            let next = try rollBack()
            #expect(next.version == "1.1.0")
            #expect(next.source_deployment_id?.text == rollback)
            #expect(next.rollback_from_deployment_id?.text == later)
            try queue.move(try #require(next.id?.text), "deployed")
            let last = try rollBack()
            #expect(last.version == "1.0.0", "neither 1.3.0 nor 1.2.0, which were replaced, nor 1.1.0 once more")
        }

        @Test("As long as a rollback is not deployed it has replaced nothing")
        func notYet() throws {
            let ids = try deploy("1.0.0", "1.1.0")
            let first = try rollBack()
            let second = try rollBack()
            #expect(first.id != second.id)
            for json in [first, second] {
                #expect(json.source_deployment_id?.text == ids[0])
                #expect(json.rollback_from_deployment_id?.text == ids[1])
            }
            try queue.move(try #require(first.id?.text), "failed")
            #expect(try rollBack().source_deployment_id?.text == ids[0])
        }

        @Test("A rollback is a deployment like others: it is claimed, deployed, and skips what is older")
        func life() throws {
            _ = try deploy("1.0.0", "1.1.0")
            let waiting = try queue.create(["version": "0.9.0"], "scheduled")
            let higher = try queue.create(["version": "1.2.0"], "scheduled")
            let id = try #require(try rollBack().id?.text)
            #expect(try queue.claim(#"{"trigger":"rollback"}"#).json.id?.text == id)
            try queue.move(id, "deployed")
            #expect(try queue.status(waiting) == "skipped")
            #expect(try queue.status(higher) == "scheduled")
        }

        @Test("Sent again with its Idempotency-Key it makes no other; another rollback with the same key is 422")
        func idempotency() throws {
            _ = try deploy("1.0.0", "1.1.0", "1.2.0")
            let key = [("Idempotency-Key", "k")]
            let first = try queue.rollBack(Self.place, key)
            #expect(first.status == 201)
            let again = try queue.rollBack(Self.place, key)
            #expect(again.status == 201)
            #expect(again.body == first.body)
            #expect(again["Location"] == first["Location"])
            expectProblem(
                try queue.rollBack(Self.place + "&target_version=1.0.0", key), 422, fields: ["Idempotency-Key"])
            expectProblem(try queue.post(QueueClient.body(), key), 422, fields: ["Idempotency-Key"])
            let (queue, ids) = (queue, Collected<String>())
            try HTTPClient.concurrently(12) { _ in
                ids.add(try queue.rollBack(Self.place, [("Idempotency-Key", "other")]).json.id?.text ?? "")
            }
            #expect(Set(ids.all).count == 1)
            #expect(try queue.ids("trigger=rollback").count == 2)
        }
    }
}
