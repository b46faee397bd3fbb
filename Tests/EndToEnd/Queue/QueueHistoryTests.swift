import TestSupport
import Testing

extension EndToEnd {
    /// `GET /v1/deployments/{id}/history`: every kind of change, and who made it.
    @Suite(.origin(environment: QueueClient.settings)) struct QueueHistoryTests {
        let queue: QueueClient

        init() throws { queue = try Origin.current.queue }

        private func move(_ old: String?, _ new: String, _ others: [String: JSON] = [:]) -> JSON {
            let status = ["from": old.map { JSON.string($0) } ?? .null, "to": .string(new)]
            return .object(others.merging(["status": .object(status)]) { $1 })
        }

        private func changes(_ id: String) throws -> [JSON] { try queue.history(id).compactMap(\.change) }

        @Test("It begins with the creation, and has time, author and change of each entry")
        func form() throws {
            let deployment = try queue.create()
            let answer = try queue.request("GET", "\(QueueClient.path)/\(deployment.id?.text ?? "")/history")
            #expect(answer.status == 200)
            expectCommonForm(answer)
            #expect(try answer.json.names == ["history"])
            let entries = try answer.json.history?.list ?? []
            #expect(entries.count == 1)
            #expect(entries.first?.names == ["time", "actor", "repository", "workflow", "change"])
            #expect(entries.first?.time == deployment.created_at)
            #expect(entries.first?.actor == deployment.created_by_actor)
            #expect(entries.first?.repository == .null)
            #expect(entries.first?.workflow == .null)
            #expect(entries.first?.change == move(nil, "scheduled"))
        }

        @Test("A patch is one entry with all that it has changed, from what to what")
        func patch() throws {
            let id = try queue.create(["notes": "a \"quote\"\n\ttab"], "scheduled")
            _ = try queue.patch(id, #"{"status":"in_progress","notes":"🚀","deployment_uri":"https://x.example"}"#)
            _ = try queue.patch(id, #"{"notes":""}"#)
            #expect(
                try changes(id) == [
                    move(nil, "scheduled"),
                    move(
                        "scheduled", "in_progress",
                        [
                            "notes": .object(["from": "a \"quote\"\n\ttab", "to": "🚀"]),
                            "deployment_uri": .object(["from": .null, "to": "https://x.example"]),
                        ]),
                    .object(["notes": .object(["from": "🚀", "to": .null])]),
                ])
            let times = try queue.history(id).compactMap(\.time?.text)
            #expect(times == times.sorted())
            #expect(try queue.deployment(id).updated_at?.text == times.last)
        }

        @Test("A claim is an entry, a skip names the one that it made way for")
        func claimAndSkip() throws {
            let older = try queue.create(["version": "1.0.0"], "scheduled")
            let newer = try queue.create(["version": "1.1.0"], "scheduled")
            try queue.move(newer, "deployed")
            #expect(try changes(older).last == move("scheduled", "skipped", ["skipped_by": .string(newer)]))
            #expect(try changes(newer) == [move(nil, "scheduled"), move("scheduled", "deployed")])
            let third = try #require(try queue.create(["version": "1.2.0"]).id?.text)
            #expect(try queue.claim().json.id?.text == third)
            #expect(try changes(third) == [move(nil, "scheduled"), move("scheduled", "in_progress")])
        }

        @Test("A rollback tells of both: what it is a copy of and takes the place of, and what has taken its place")
        func rollback() throws {
            let first = try queue.create(["version": "1.0.0"], "deployed")
            let second = try queue.create(["version": "1.1.0"], "deployed")
            let origin: [String: JSON] = [
                "source_deployment_id": .string(first), "rollback_from_deployment_id": .string(second),
            ]
            let scheduled = try #require(try queue.rollBack("name=web&provider=aws").json.id?.text)
            #expect(try changes(scheduled) == [move(nil, "scheduled", origin)])
            #expect(try changes(second).count == 2, "what runs is left alone")
            let begun = try #require(try queue.rollBack(id: second).json.id?.text)
            #expect(try changes(begun) == [move(nil, "in_progress", origin)])
            #expect(try changes(second).last == move("deployed", "rolled_back", ["rolled_back_by": .string(begun)]))
        }

        @Test("A long history keeps its beginning and the newest changes")
        func bound() throws {
            let id = try queue.create([:], "scheduled")
            for number in 0..<120 { _ = try queue.patch(id, #"{"notes":"\#(number)"}"#) }
            let changes = try changes(id)
            #expect(changes.count == 100)
            #expect(changes.first == move(nil, "scheduled"))
            #expect(changes.dropFirst().compactMap(\.notes?.to?.text) == (21..<120).map(String.init))
        }
    }
}
