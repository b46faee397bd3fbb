import TestSupport
import Testing

extension EndToEnd {
    /// What the queue's routes have in common with all others: methods, header fields, errors.
    @Suite(.origin(environment: QueueClient.settings)) struct QueueMethodTests {
        let origin: Origin
        let queue: QueueClient

        init() throws {
            origin = try .current
            queue = origin.queue
        }

        static let methods: [(String, Set<String>)] = [
            ("/v1/deployments", ["GET", "HEAD", "POST", "OPTIONS"]),
            ("/v1/deployments/x", ["GET", "HEAD", "PATCH", "OPTIONS"]),
            ("/v1/deployments/x/history", ["GET", "HEAD", "OPTIONS"]),
            ("/v1/deployments/x/rollback", ["POST", "OPTIONS"]), ("/v1/deployments/claim", ["POST", "OPTIONS"]),
            ("/v1/deployments/rollback", ["POST", "OPTIONS"]),
        ]

        private static func list(_ text: String?) -> Set<String> {
            Set((text ?? "").split(separator: ",").map { $0.filter { !$0.isWhitespace } })
        }

        @Test("OPTIONS names the methods, and asks for no organisation", arguments: methods)
        func options(path: String, methods: Set<String>) throws {
            let answer = try origin.http.request("OPTIONS", path, [("Origin", "https://dash.example")])
            #expect(answer.status == 204)
            #expect(answer.body.isEmpty)
            expectCommonForm(answer)
            let allowed = Self.list(answer["Access-Control-Allow-Methods"])
            // `claim` and `rollback` are no ids, although they stand where one does.
            #expect(allowed == methods)
            #expect(
                Self.list(answer["Access-Control-Allow-Headers"]).isSuperset(of: ["X-Organisation", "Idempotency-Key"]))
            #expect(
                Self.list(answer["Access-Control-Expose-Headers"]).isSuperset(of: ["Link", "Location", "Retry-After"]))
            #expect(answer["Access-Control-Max-Age"] == "600")
        }

        @Test("Other methods are 405, and Allow names those that are not", arguments: methods)
        func others(path: String, methods: Set<String>) throws {
            for method in ["GET", "POST", "PUT", "PATCH", "DELETE", "FOO"] where !methods.contains(method) {
                let answer = try queue.request(method, path)
                expectProblem(answer, 405, "\(method) \(path)")
                #expect(Self.list(answer["Allow"]) == methods, "\(method) \(path)")
            }
        }

        @Test("HEAD is answered like GET, without a body")
        func head() throws {
            let id = try queue.create([:], "scheduled")
            _ = try queue.create()
            for path in [
                "", "?limit=1", "?status=deployed", "?limit=0", "?status=x", "/\(id)", "/\(id)/history", "/none",
                "/none/history",
            ] {
                let target = QueueClient.path + path
                let connection = try origin.http.connect()
                try connection.send("HEAD", target, [("X-Organisation", queue.organisation)])
                let head = try connection.receive(to: "HEAD")
                // A body would be taken for the next answer.
                try connection.send("GET", target, [("X-Organisation", queue.organisation)])
                let get = try connection.receive()
                #expect(head.status == get.status, "\(path)")
                #expect(head["Content-Length"] == get["Content-Length"], "\(path)")
                #expect(head["Content-Type"] == get["Content-Type"], "\(path)")
                #expect(head["Link"] == get["Link"], "\(path)")
                expectCommonForm(head)
            }
        }

        @Test(
            "What is no route is 404",
            arguments: [
                "/v1", "/v1/", "/v1/deployments/", "/v1/deployments//history", "/v1/deployments/x/",
                "/v1/deployments/x/y",
                "/v1/deployments/x/history/1", "/v1/deployments/claim/x", "/v2/deployments", "/V1/deployments",
                "/deployments",
            ])
        func unknown(path: String) throws {
            expectProblem(try queue.request("GET", path), 404)
            expectProblem(try queue.request("POST", path, "{}"), 404)
        }

        @Test("Every error is a plain sentence that says what to do, without anything of the inside")
        func sentences() throws {
            let id = try queue.create([:], "rolled_back")
            let answers = [
                try queue.list("limit=0"), try queue.list("status=x"), try queue.list("cursor=!"), try queue.post("{"),
                try queue.post("{}"), try queue.patch(id, "{}"), try queue.patch(id, #"{"status":"deployed"}"#),
                try queue.patch("none", #"{"status":"deployed"}"#), try queue.claim(#"{"name":1}"#),
                try queue.rollBack(""), try queue.rollBack("name=web&provider=aws"), try queue.rollBack(id: id),
                try queue.rollBack(id: "none"), try queue.request("GET", "/v1/deployments/none"),
                try queue.request("DELETE", "/v1/deployments"), try origin.http.get("/v1/deployments"),
            ]
            for answer in answers {
                let detail = expectProblem(answer, answer.status).detail?.text ?? ""
                #expect((30...600).contains(detail.count), "\(detail)")
                #expect(detail.first?.isUppercase == true && !detail.contains("\n"), "\(detail)")
                for inside in ["queue:", "ERR", "Lua", "script", "nil", "Optional", "Swift", "/tmp"] {
                    #expect(!detail.contains(inside), "\(detail)")
                }
            }
        }

        @Test("No answer is kept by anybody on the way")
        func caching() throws {
            let id = try queue.create([:], "scheduled")
            for path in ["", "/\(id)", "/\(id)/history", "/none"] {
                let answer = try queue.request("GET", QueueClient.path + path)
                #expect(answer["Cache-Control"] == "no-store", "\(path)")
                #expect(answer["ETag"] == nil, "\(path)")
            }
        }
    }
}
