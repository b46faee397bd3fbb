import TestSupport
import Testing

extension EndToEnd {
    /// Bodies that are none: a clear 4xx at every route that takes one, nothing stored, no worker lost.
    @Suite(.origin(environment: QueueClient.settings)) struct QueueBodyTests {
        let origin: Origin
        let queue: QueueClient

        init() throws {
            origin = try .current
            queue = origin.queue
        }

        private static let mebibyte = 1 << 20

        /// The routes that take a body, with a deployment to change.
        private func routes() throws -> [(method: String, path: String)] {
            let id = try #require(try queue.create().id?.text)
            return [
                ("POST", QueueClient.path), ("POST", QueueClient.path + "/claim"),
                ("PATCH", "\(QueueClient.path)/\(id)"),
            ]
        }

        private func send(
            _ method: String, _ path: String, _ body: [UInt8], _ type: String? = "application/json"
        ) throws -> HTTPAnswer {
            var fields = [("X-Organisation", queue.organisation)]
            if let type { fields.append(("Content-Type", type)) }
            return try origin.http.request(method, path, fields, body: body)
        }

        /// Runs a test for every route; afterwards all is as it was before.
        private func unharmed(_ body: (String, String) throws -> Void) throws {
            let routes = try routes()
            let workers = origin.workers
            let before = try queue.deployments()
            for (method, path) in routes { try body(method, path) }
            #expect(try queue.deployments() == before)
            #expect(origin.workers == workers, "a worker died")
        }

        private static let notObjects = [
            "", " ", "{", "[]", "[{}]", "null", "true", "1", "\"text\"", "{\"name\":}", "{\"name\":\"web\"", "{} {}",
            "name=web", "<xml/>", "NaN", "{\"a\":\"\\ud800\"", "{,}", "{\"status\":\"deployed\",}",
        ]

        @Test(arguments: notObjects) func whatIsNoJSONObjectIs400(_ text: String) throws {
            try unharmed { method, path in
                expectProblem(try send(method, path, Array(text.utf8)), 400, "\(method) \(path)")
            }
        }

        @Test func whatIsNoUTF8Is400() throws {
            try unharmed { method, path in
                let body = Array(#"{"name":""#.utf8) + [0xC0, 0xAF] + Array(#"","status":"deployed"}"#.utf8)
                expectProblem(try send(method, path, body), 400, "\(method) \(path)")
            }
        }

        @Test(arguments: ["text/plain", "application/x-www-form-urlencoded", "application/xml", "json", ""])
        func anotherMediaTypeIs415(_ type: String) throws {
            try unharmed { method, path in
                let answer = try send(method, path, Array(#"{"status":"deployed"}"#.utf8), type)
                expectProblem(answer, 415, "\(method) \(path)")
            }
        }

        @Test func withoutAMediaTypeItIs415() throws {
            try unharmed { method, path in
                expectProblem(try send(method, path, Array("{}".utf8), nil), 415, "\(method) \(path)")
            }
        }

        @Test func mediaTypesMayHaveParameters() throws {
            let body = Array(QueueClient.body().utf8)
            for type in ["application/json; charset=utf-8", "APPLICATION/JSON", "application/json;charset=UTF-8"] {
                #expect(try send("POST", QueueClient.path, body, type).status == 201, "\(type)")
            }
        }

        @Test func aBodyOverOneMebibyteIs413() throws {
            let fields = #"{"status":"deployed","name":"web","padding":""#
            let size = Self.mebibyte + 1 - fields.utf8.count - 2
            let body = Array((fields + String(repeating: "x", count: size) + "\"}").utf8)
            try unharmed { method, path in
                expectProblem(try send(method, path, body), 413, "\(method) \(path)")
            }
        }

        @Test func aBodyOfOneMebibyteIsTaken() throws {
            let start = QueueClient.body().dropLast() + ",\"padding\":\""
            let padding = String(repeating: "x", count: Self.mebibyte - start.utf8.count - 2)
            let body = Array((start + padding + "\"}").utf8)
            #expect(body.count == Self.mebibyte)
            #expect(try send("POST", QueueClient.path, body).status == 201)
        }

        @Test func aChunkedBodyIs411() throws {
            try unharmed { method, path in
                let connection = try origin.http.connect()
                try connection.send(
                    method, path,
                    [
                        ("X-Organisation", queue.organisation), ("Content-Type", "application/json"),
                        ("Transfer-Encoding", "chunked"),
                    ])
                try connection.send("2\r\n{}\r\n0\r\n\r\n")
                expectProblem(try connection.receive(to: method), 411, "\(method) \(path)")
            }
        }

        @Test func rollbacksNeedNoBody() throws {
            for version in ["1.0.0", "2.0.0"] { _ = try queue.create(["version": version], "deployed") }
            #expect(try queue.rollBack("name=web&provider=aws").status == 201)
            #expect(try queue.request("POST", QueueClient.path + "/rollback?name=web&provider=aws", "{}").status == 201)
        }
    }
}
