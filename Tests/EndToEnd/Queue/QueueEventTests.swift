import TestSupport
import Testing

extension EndToEnd {
    /// Events of type `queue`: whoever listens knows what becomes of deployments.
    @Suite(.origin(environment: QueueClient.settings)) struct QueueEventTests {
        let origin: Origin
        let queue: QueueClient

        init() throws {
            origin = try .current
            queue = origin.queue
        }

        /// The data of the organisation's events, oldest first.
        private func events() throws -> [JSON] {
            try origin.get("/api/events/recent?type=queue&limit=500").json.events?.list.compactMap(\.data)
                .filter { $0.organisation?.text == queue.organisation } ?? []
        }

        /// Waits for so many events.
        private func events(_ count: Int) throws -> [JSON] {
            try #require(try value { try events().count >= count ? try events() : nil })
        }

        private func data(_ id: String, _ version: String, _ status: String) -> JSON {
            .object([
                "id": .string(id), "organisation": .string(queue.organisation), "name": "web",
                "version": .string(version), "status": .string(status),
            ])
        }

        @Test("Each change of a status is an event with these members and no others")
        func all() throws {
            let old = try queue.create(["version": "1.0.0"], "deployed")
            let skipped = try queue.create(["version": "1.1.0"], "scheduled")
            let id = try #require(try queue.create(["version": "1.2.0"]).id?.text)
            #expect(try queue.claim(#"{"name":"web"}"#).json.id?.text == skipped)
            try queue.move(skipped, "scheduled")
            try queue.move(id, "deployed")
            let scheduled = try #require(try queue.rollBack("name=web&provider=aws").json.id?.text)
            let begun = try #require(try queue.rollBack(id: id).json.id?.text)
            let expected = [
                data(old, "1.0.0", "scheduled"), data(old, "1.0.0", "deployed"), data(skipped, "1.1.0", "scheduled"),
                data(id, "1.2.0", "scheduled"), data(skipped, "1.1.0", "in_progress"),
                data(skipped, "1.1.0", "scheduled"), data(id, "1.2.0", "deployed"), data(skipped, "1.1.0", "skipped"),
                data(scheduled, "1.0.0", "scheduled"), data(id, "1.2.0", "rolled_back"),
                data(begun, "1.0.0", "in_progress"),
            ]
            let told = try events(expected.count)
            #expect(told.count == expected.count)
            for data in expected { #expect(told.contains(data), "\(data)") }
        }

        @Test("What changes no status is none: a repetition, the same status, notes, a refusal")
        func none() throws {
            let key = [("Idempotency-Key", "k")]
            for _ in 0..<3 { #expect(try queue.post(QueueClient.body(), key).status == 201) }
            let id = try #require(try queue.ids().first)
            try queue.move(id, "scheduled")
            #expect(try queue.patch(id, #"{"status":"rolled_back"}"#).status == 409)
            #expect(try queue.patch(id, #"{"status":"x"}"#).status == 422)
            #expect(try queue.post("{}").status == 422)
            #expect(try queue.rollBack("name=web&provider=aws").status == 404)
            #expect(try queue.claim(#"{"cell":"none"}"#).status == 204)
            #expect(try queue.history(id).count == 1)
            #expect(try queue.patch(id, #"{"notes":"x"}"#).status == 200)
            // Another worker may tell of what follows before this one has told.
            _ = try events(1)
            try queue.move(id, "failed")
            #expect(try events(2) == [data(id, "1.0.0", "scheduled"), data(id, "1.0.0", "failed")])
        }

        @Test("They come by the stream as they happen, by the name of their type")
        func stream() throws {
            let stream = try origin.stream("/api/events")
            _ = try #require(stream.head())
            let id = try queue.create([:], "scheduled")
            for status in ["scheduled", "in_progress"] {
                // Two workers at once would not tell in any order.
                if status != "scheduled" { try queue.move(id, status) }
                let event = stream.events { $0.type == "queue" && $0.json.data?.id?.text == id }.last
                #expect(event?.json.data == data(id, "1.0.0", status), "\(String(describing: event))")
                #expect(event?.json.type == "queue")
            }
        }

        @Test("Names are shown as they were sent, and notes are nobody's business")
        func content() throws {
            let name = #"a "b" \ <c> 🚀"#
            _ = try queue.create(["name": name, "notes": "mark-notes", "version": "ü"])
            let event = try #require(try events(1).first)
            #expect(event.name?.text == name)
            #expect(event.version == "ü")
            #expect(try !origin.get("/api/events/recent?type=queue&limit=500").text.contains("mark-notes"))
        }

        @Test("The log tells of each by its id, and who has done it; a line's own id stays what it is")
        func log() throws {
            let old = try queue.create([:], "scheduled")
            let id = try queue.create(["version": "1.1.0"], "deployed")
            let lines = try #require(
                try value {
                    let lines = try origin.logLines("limit=1000").filter { $0.deployment?.text == id }
                    return lines.count >= 3 ? lines : nil
                })
            let messages = lines.compactMap(\.msg?.text).sorted()
            #expect(messages == ["deployment deployed", "deployment scheduled", "older deployments skipped"])
            for line in lines where line.msg != "older deployments skipped" {
                #expect(line.organisation?.text == queue.organisation)
                #expect(line.name == "web")
                #expect(line.version == "1.1.0")
                #expect(line.actor?.text?.isEmpty == false)
            }
            #expect(try origin.logLines("limit=1000").allSatisfy { $0["id"]?.integer != nil })
            #expect(try queue.status(old) == "skipped")
        }

        @Test("With QUEUE_EVENTS=false nobody is told of any; the log and the metrics tell of all")
        func off() async throws {
            try await withOrigin(environment: QueueClient.settings.merging(["QUEUE_EVENTS": "false"]) { $1 }) {
                origin throws in
                let queue = origin.queue
                let id = try queue.create([:], "deployed")
                // An event that follows them shows that they would have been there.
                #expect(try origin.post(Event().json).status == 200)
                let seen = try value {
                    let all = try origin.get("/api/events/recent?limit=500").json.events?.list ?? []
                    return all.contains { $0.type == "deploy" } ? all : nil
                }
                #expect(try eventually { try origin.logLines("limit=1000").count { $0.deployment?.text == id } == 2 })
                #expect(seen?.contains { $0.type == "queue" } == false)
                #expect(try origin.get("/api/events/recent?type=queue").json.events == [])
            }
        }
    }
}
