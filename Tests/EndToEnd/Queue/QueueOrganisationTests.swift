import TestSupport
import Testing

extension EndToEnd {
    /// Organisations: each has a queue of its own, and a name however it is spelled.
    @Suite(.origin(environment: QueueClient.settings)) struct QueueOrganisationTests {
        let origin: Origin
        let queue: QueueClient
        let other: QueueClient

        init() throws {
            origin = try .current
            queue = origin.queue
            other = origin.queue
        }

        @Test("Nobody sees or changes what another organisation has")
        func apart() throws {
            let old = try queue.create(["version": "1.0.0"], "deployed")
            let id = try queue.create(["version": "1.1.0"], "deployed")
            let waiting = try queue.create(["version": "1.2.0"], "scheduled")
            let before = (try queue.deployments(), try queue.history(id))
            let page = try queue.list("limit=1")
            let next = try #require(QueueClient.next(page))

            #expect(try other.list().text == "[]")
            #expect(try other.request("GET", next).text == "[]", "a cursor shows nobody else's")
            for id in [old, id, waiting] {
                let path = "\(QueueClient.path)/\(id)"
                for (method, path, body) in [
                    ("GET", path, nil), ("HEAD", path, nil), ("GET", path + "/history", nil),
                    ("PATCH", path, #"{"status":"failed"}"#), ("PATCH", path, #"{"notes":"mine"}"#),
                    ("POST", path + "/rollback", nil),
                ] {
                    let answer = try other.request(method, path, body)
                    #expect(answer.status == 404, "\(method) \(path)")
                    if method != "HEAD" { expectProblem(answer, 404) }
                }
            }
            #expect(try other.claim().status == 204)
            expectProblem(try other.rollBack("name=web&provider=aws"), 404)
            #expect(try queue.deployments() == before.0)
            #expect(try queue.history(id) == before.1)

            // What they do with the same names does nothing here either.
            _ = try other.create(["version": "3.0.0"], "deployed")
            #expect(try queue.status(waiting) == "scheduled")
            #expect(try other.ids().count == 1)
            expectProblem(try other.rollBack("name=web&provider=aws&target_version=1.0.0"), 404)
        }

        @Test("What there is not and what is another's are answered the same, but for the id of the request")
        func alike() throws {
            let id = try queue.create([:], "scheduled")
            func problem(_ id: String) throws -> [JSON?] {
                let problem = expectProblem(try other.request("GET", "\(QueueClient.path)/\(id)"), 404)
                return [problem.title, problem.detail, problem.type]
            }
            #expect(try problem(id) == problem("6f9619ff-8b86-4011-b42d-00cf4fc964ff"))
        }

        @Test("A name is compared without case, and shown as its caller has spelled it")
        func spelling() throws {
            let name = "Acme-\(UInt32.random(in: 0...(.max)))"
            let spellings = [name, name.lowercased(), name.uppercased()].map { QueueClient(origin.http, $0) }
            let key = [("Idempotency-Key", "k")]
            let first = try spellings[0].post(QueueClient.body(), key)
            #expect(try first.json.organisation?.text == name)
            let id = try #require(try first.json.id?.text)
            for queue in spellings {
                #expect(try queue.deployment(id).organisation?.text == name)
                #expect(try queue.ids() == [id])
                #expect(try queue.post(QueueClient.body(), key).json.id?.text == id)
            }
            try spellings[1].move(id, "in_progress")
            #expect(try spellings[2].ids("status=in_progress") == [id])
            #expect(try spellings[2].create().organisation?.text == name.uppercased())
            #expect(try spellings[0].claim().json.organisation?.text == name.uppercased())
        }

        @Test("Names that begin alike, or end alike, or have dots and dashes, are different organisations")
        func similar() throws {
            let base = "o\(UInt32.random(in: 0...(.max)))"
            let queues = [
                base, base + "-", base + ".", base + "_", base + "-1", "1-" + base,
                base + "."
                    + String(repeating: "x", count: 80),
            ].map { QueueClient(origin.http, $0) }
            for queue in queues { _ = try queue.create(["name": queue.organisation]) }
            for queue in queues { #expect(try queue.deployments().map(\.name) == [.string(queue.organisation)]) }
        }
    }
}
