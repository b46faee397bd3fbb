import Foundation
import TestSupport
import Testing

extension EndToEnd {
    /// `Idempotency-Key`: a request that is sent again is done once.
    @Suite(.origin(workers: 6, environment: QueueClient.settings)) struct QueueIdempotencyTests {
        let origin: Origin
        let queue: QueueClient

        init() throws {
            origin = try .current
            queue = origin.queue
        }

        private static func key(_ text: String) -> [(String, String)] { [("Idempotency-Key", text)] }

        @Test("Sent again it answers with the first one's deployment, and none is added")
        func creation() throws {
            let first = try queue.post(QueueClient.body(), Self.key("build-7"))
            #expect(first.status == 201)
            for _ in 0..<5 {
                let again = try queue.post(QueueClient.body(), Self.key("build-7"))
                #expect(again.status == 201)
                #expect(again.body == first.body)
                #expect(again["Location"] == first["Location"])
            }
            #expect(try queue.deployments().count == 1)
            #expect(try queue.history(try #require(try first.json.id?.text)).count == 1)
        }

        @Test("The answer shows what has become of the deployment meanwhile")
        func current() throws {
            let id = try #require(try queue.post(QueueClient.body(), Self.key("build-7")).json.id?.text)
            try queue.move(id, "in_progress")
            let again = try queue.post(QueueClient.body(), Self.key("build-7"))
            #expect(again.status == 201)
            #expect(try again.json == queue.deployment(id))
        }

        @Test("What a body says counts, and not how: neither the order of its members nor what is unknown in it")
        func sameMeaning() throws {
            let bodies = [
                #"{"name":"web","version":"1.0.0","provider":"aws","type":"k8s"}"#,
                #"{"type":"k8s","provider":"aws","version":"1.0.0","name":"\u0077eb"}"#,
                #" { "name" : "web", "version":"1.0.0","provider":"aws","type":"k8s","cell":null,"auto":true,"x":[1] } "#,
            ]
            let ids = try bodies.map { try queue.post($0, Self.key("k")).json.id?.text }
            #expect(Set(ids).count == 1 && ids[0] != nil)
        }

        @Test(
            "With another body it is 422, and names the header",
            arguments: [
                ("version", "\"1.0.1\""), ("notes", "\"x\""), ("deployment_uri", "\"x\""), ("description", "\"x\""),
                ("auto", "false"), ("cell", "\"c\""), ("commit_sha", "\"abc\""),
            ])
        func anotherBody(name: String, value: String) throws {
            let first = try queue.post(QueueClient.body(), Self.key("k"))
            let other = try queue.post(QueueClient.body([name: value]), Self.key("k"))
            let problem = expectProblem(other, 422, fields: ["Idempotency-Key"])
            #expect(problem.detail?.text?.contains("Idempotency-Key was used for another request") == true)
            #expect(try queue.deployments() == [try first.json])
        }

        @Test("Another key, none, or an empty one makes another deployment")
        func otherKeys() throws {
            for fields in [Self.key("a"), Self.key("A"), Self.key("a b"), [], [], Self.key(""), Self.key("")] {
                #expect(try queue.post(QueueClient.body(), fields).status == 201)
            }
            #expect(try queue.deployments().count == 7)
        }

        @Test("A refused request uses no key up")
        func refused() throws {
            expectProblem(try queue.post(QueueClient.body(["name": "1"]), Self.key("k")), 422, fields: ["name"])
            #expect(try queue.post(QueueClient.body(), Self.key("k")).status == 201)
        }

        @Test("Keys are of one organisation")
        func organisations() throws {
            let other = origin.queue
            let mine = try queue.post(QueueClient.body(), Self.key("k")).json.id?.text
            let theirs = try other.post(QueueClient.body(["version": "\"2\""]), Self.key("k"))
            #expect(theirs.status == 201)
            #expect(try theirs.json.id?.text != mine)
        }

        @Test("A key has at most 255 printable characters of ASCII")
        func form() throws {
            let longest = String(repeating: "k", count: 255)
            #expect(try queue.post(QueueClient.body(), Self.key(longest)).status == 201)
            for key in [longest + "k", "clé", "🚀", "a\tb"] {
                let problem = expectProblem(try queue.post(QueueClient.body(), Self.key(key)), 400, "\(key)")
                #expect(problem.detail?.text?.contains("Idempotency-Key") == true)
            }
            #expect(try queue.deployments().count == 1)
        }

        @Test("Of many at once exactly one makes a deployment, and all are answered with it")
        func concurrently() throws {
            let answers = Collected<HTTPAnswer>()
            let queue = queue
            try HTTPClient.concurrently(24) { _ in
                for _ in 0..<3 { answers.add(try queue.post(QueueClient.body(), Self.key("k"))) }
            }
            #expect(answers.all.count == 72)
            #expect(answers.all.allSatisfy { $0.status == 201 })
            #expect(Set(answers.all.map(\.text)).count == 1)
            #expect(try queue.deployments().count == 1)
        }

        @Test("Of many different ones with one key at once one wins, and the others are refused")
        func rivals() throws {
            let answers = Collected<HTTPAnswer>()
            let queue = queue
            try HTTPClient.concurrently(16) { index in
                answers.add(try queue.post(QueueClient.body(["version": "\"\(index)\""]), Self.key("k")))
            }
            #expect(answers.all.count { $0.status == 201 } == 1)
            #expect(answers.all.count { $0.status == 422 } == 15)
            #expect(try queue.deployments().count == 1)
        }

        @Test("A key is forgotten after 24 hours, and no earlier")
        func window() throws {
            _ = try queue.post(QueueClient.body(), Self.key("k"))
            let keys = try origin.store.content().map(\.key)
            let key = try #require(keys.first { $0.contains("{\(queue.organisation)}:idempotency:") })
            let left = try #require(try origin.store.run("PTTL", key).integer)
            #expect((24 * 3_600_000 - 60_000...24 * 3_600_000).contains(left))
            try origin.store.run("DEL", key)
            #expect(try queue.post(QueueClient.body(["version": "\"2\""]), Self.key("k")).status == 201)
        }
    }
}
