import TestSupport
import Testing

extension EndToEnd {
    /// `PATCH /v1/deployments/{id}`: status, notes and where it runs.
    @Suite(.origin(workers: 6, environment: QueueClient.settings)) struct QueueChangeTests {
        let queue: QueueClient

        init() throws { queue = try Origin.current.queue }

        /// Checks that a request leaves a deployment and its history as they were.
        private func unchanged(_ id: String, _ request: () throws -> Void) throws {
            let before = (try queue.deployment(id), try queue.history(id))
            try request()
            #expect(try queue.deployment(id) == before.0)
            #expect(try queue.history(id) == before.1)
        }

        @Test("Notes and the address are set together with the status, and nothing else becomes another")
        func all() throws {
            let before = try queue.create(["notes": "old", "cell": "a"])
            let id = try #require(before.id?.text)
            let answer = try queue.patch(
                id, #"{"status":"in_progress","notes":"new\n🚀","deployment_uri":"https://runs.example/1"}"#)
            #expect(answer.status == 200)
            expectCommonForm(answer)
            let after = try answer.json
            #expect(after.status == "in_progress")
            #expect(after.notes == "new\n🚀")
            #expect(after.deployment_uri == "https://runs.example/1")
            #expect(after.names == QueueClient.fields)
            for name in QueueClient.fields.subtracting(["status", "notes", "deployment_uri", "updated_at"]) {
                #expect(after[name] == before[name], "\(name)")
            }
            #expect(after.updated_at?.text ?? "" >= before.updated_at?.text ?? "~")
            #expect(try queue.deployment(id) == after)
        }

        @Test(
            "Each may be set alone, in any status; an empty text takes it away, and null leaves it",
            arguments: [
                "notes", "deployment_uri",
            ])
        func texts(name: String) throws {
            for status in QueueClient.statuses {
                let id = try queue.create(["cell": status], status)
                #expect(try queue.patch(id, #"{"\#(name)":"first"}"#).json[name] == "first")
                #expect(try queue.patch(id, #"{"\#(name)":"second"}"#).json[name] == "second")
                let other = name == "notes" ? "deployment_uri" : "notes"
                let both = try queue.patch(id, #"{"\#(name)":null,"\#(other)":"other"}"#).json
                #expect(both[name] == "second")
                #expect(both[other] == "other")
                #expect(try queue.patch(id, #"{"\#(name)":""}"#).json[name] == .null)
                #expect(try queue.status(id) == status)
            }
        }

        @Test("What changes nothing is 200, and leaves no trace: the same status, the same texts")
        func same() throws {
            for status in QueueClient.statuses {
                let id = try queue.create(["cell": status, "notes": "n", "deployment_uri": "u"], status)
                try unchanged(id) {
                    for body in [
                        #"{"status":"\#(status)"}"#, #"{"notes":"n"}"#, #"{"deployment_uri":"u"}"#,
                        #"{"status":"\#(status)","notes":"n","deployment_uri":"u"}"#,
                    ] {
                        let answer = try queue.patch(id, body)
                        #expect(answer.status == 200, "\(status) \(body)")
                        #expect(try answer.json == queue.deployment(id))
                    }
                }
            }
        }

        @Test("The same status together with other notes changes the notes alone")
        func sameStatus() throws {
            let id = try queue.create([:], "deployed")
            let answer = try queue.patch(id, #"{"status":"deployed","notes":"checked"}"#)
            #expect(answer.status == 200)
            #expect(try answer.json.notes == "checked")
            let last = try #require(try queue.history(id).last?.change)
            #expect(last == .object(["notes": .object(["from": .null, "to": "checked"])]))
        }

        @Test(
            "An empty patch is 400, and says what to send",
            arguments: [
                "{}", #"{"status":null}"#, #"{"notes":null,"deployment_uri":null}"#, #"{"version":"2.0.0"}"#,
                #"{"name":"x","auto":false,"unknown":1}"#, #"{"Status":"deployed"}"#,
            ])
        func empty(body: String) throws {
            let id = try queue.create([:], "scheduled")
            try unchanged(id) {
                let problem = expectProblem(try queue.patch(id, body), 400)
                #expect(problem.detail == "Send at least one of status, notes and deployment_uri.")
            }
        }

        @Test("What cannot be changed is left as it is")
        func ignored() throws {
            let id = try queue.create(["cell": "a"], "scheduled")
            let before = try queue.deployment(id)
            let body =
                #"{"notes":"x","version":"9","name":"y","cell":"b","id":"z","trigger":"manual","created_at":"w"}"#
            let after = try queue.patch(id, body).json
            #expect(after.notes == "x")
            for name in QueueClient.fields.subtracting(["notes", "updated_at"]) {
                #expect(after[name] == before[name], "\(name)")
            }
        }

        private static let wrong: [(String, [String])] = [
            (#"{"status":"done"}"#, ["status"]), (#"{"status":"Deployed"}"#, ["status"]),
            (#"{"status":1}"#, ["status"]),
            (#"{"status":["deployed"]}"#, ["status"]), (#"{"notes":1}"#, ["notes"]), (#"{"notes":{}}"#, ["notes"]),
            (#"{"notes":"\#(String(repeating: "x", count: 4001))"}"#, ["notes"]),
            (#"{"deployment_uri":"a\nb"}"#, ["deployment_uri"]), (#"{"deployment_uri":true}"#, ["deployment_uri"]),
            (#"{"deployment_uri":"\#(String(repeating: "x", count: 2001))"}"#, ["deployment_uri"]),
            (#"{"status":"in_progress","notes":1}"#, ["notes"]),
            (#"{"status":"x","notes":1,"deployment_uri":[]}"#, ["status", "notes", "deployment_uri"]),
        ]

        @Test("What breaks a rule is 422, names every such field, and changes nothing at all", arguments: wrong)
        func rules(body: String, fields: [String]) throws {
            let id = try queue.create([:], "scheduled")
            try unchanged(id) { expectProblem(try queue.patch(id, body), 422, fields: fields) }
        }

        @Test("Texts may be as long as when they are created")
        func longest() throws {
            let id = try queue.create([:], "scheduled")
            let (notes, address) = (String(repeating: "🚀", count: 4000), String(repeating: "x", count: 2000))
            let after = try queue.patch(id, #"{"notes":"\#(notes)","deployment_uri":"\#(address)"}"#).json
            #expect(after.notes?.text == notes)
            #expect(after.deployment_uri?.text == address)
        }

        @Test("An id that there is none of is 404, whatever is wrong with the status")
        func unknown() throws {
            expectProblem(try queue.patch("6f9619ff-8b86-4011-b42d-00cf4fc964ff", #"{"status":"deployed"}"#), 404)
        }

        @Test("Of many who move one at once exactly one does, and the others find it done")
        func concurrently() throws {
            let id = try queue.create([:], "scheduled")
            let queue = queue
            try HTTPClient.concurrently(16) { _ throws in
                #expect(try queue.patch(id, #"{"status":"in_progress"}"#).status == 200)
            }
            #expect(try queue.history(id).count == 2)
        }

        @Test("Of many who move one to different statuses the first one wins; the others get what follows from that")
        func rivals() throws {
            let id = try queue.create([:], "in_progress")
            let queue = queue
            let statuses = Statuses()
            try HTTPClient.concurrently(12) { index in
                let status = index % 2 == 0 ? "deployed" : "failed"
                statuses.add(try queue.patch(id, #"{"status":"\#(status)"}"#).status)
            }
            #expect(statuses.all == [200: 6, 409: 6], "six find it done, six cannot")
            #expect(try queue.history(id).count == 3)
        }
    }
}
