import TestSupport
import Testing

extension EndToEnd {
    /// Calls that are signed, and refused all the same: nothing of them reaches docker or the store.
    @Suite struct DeployRefusalTests {
        private static let sha = DeployOrigin.sha(1)

        /// A body of the form that other clients send, with some members in place of good ones.
        private static func long(_ changes: [String: JSON?] = [:]) -> String {
            let good: [String: JSON?] = [
                "service_name": "app", "container_name": "app", "image": .string("\(DeployOrigin.image):v1"),
                "commit_sha": "1111111", "healthcheck_url": "http://127.0.0.1:9/health",
            ]
            return JSON.object(good.merging(changes) { $1 }.compactMapValues { $0 }).encoded
        }

        private static func services(_ docker: FakeDocker) throws -> String {
            try DeployOrigin.swap(docker, more: #","health_hosts":["127.0.0.1"]"#)
        }

        @Test("Fields that break a rule are named")
        func fields() async throws {
            let image = DeployOrigin.image
            var calls: [(String, [String])] = [
                ("{}", ["service", "image_sha"]), (#"{"service":"app"}"#, ["image_sha"]),
                (#"{"service":"other","image_sha":"\#(Self.sha)"}"#, ["service"]),
                (#"{"service":"app; reboot","image_sha":"\#(Self.sha)"}"#, ["service"]),
                (#"{"service":["app"],"image_sha":"\#(Self.sha)"}"#, ["service"]),
                (
                    #"{"service":"app","image_sha":"\#(Self.sha)","commit_sha":"1111111"}"#,
                    ["service", "image_sha", "commit_sha"]
                ),
                (#"{"service":"app","image_sha":"\#(Self.sha)","mode":"now"}"#, ["mode"]),
                (#"{"service":"app","image_sha":"\#(Self.sha)","reason":"a\u0007b"}"#, ["reason"]),
                (#"{"service":"app","image_sha":"\#(Self.sha)","deployment_id":"4"}"#, ["deployment_id"]),
                (Self.long(["service_name": "other"]), ["service_name"]),
                (Self.long(["container_name": "db"]), ["container_name"]),
                (Self.long(["image": nil, "commit_sha": nil]), ["image", "commit_sha"]),
            ]
            for sha in ["", "main", String(Self.sha.dropLast()), Self.sha + "1", "$(id)", "-\(Self.sha.dropLast())"] {
                calls.append((#"{"service":"app","image_sha":"\#(sha)"}"#, ["image_sha"]))
            }
            for name in [
                "\(image):v1; id", "\(image):$(id)", "\(image):`id`", "\(image):v1|cat", "\(image):v1\nx",
                "\(image) x:v1",
                "\(image)", "\(image):", "--help:v1", "\(image):-v1", "\(image)@sha256:\(Self.sha)",
                "evil.example/app:v1",
                "\(image)/x:v1", "../app:v1", "\(image):\(String(repeating: "a", count: 129))",
            ] {
                calls.append((Self.long(["image": .string(name)]), ["image"]))
            }
            for url in [
                "http://127.0.0.2/health", "http://127.0.0.1@evil.example/", "http://evil.example/?127.0.0.1",
                "http://[::1]/health", "file:///etc/passwd", "http://127.0.0.1.evil.example/", "gopher://127.0.0.1/",
                "http://169.254.169.254/latest/meta-data", "http://127.0.0.1/$(id)\n",
            ] {
                calls.append((Self.long(["healthcheck_url": .string(url)]), ["healthcheck_url"]))
            }
            let refused = calls
            try await withDeployOrigin(services: Self.services) { origin throws in
                for (body, fields) in refused {
                    expectProblem(try origin.call("/deploy", body), 422, fields: fields, "\(body)")
                }
                for body in ["{}", #"{"service":"other"}"#, #"{"service":7}"#] {
                    expectProblem(try origin.call("/deploy/rollback", body), 422, fields: ["service"], "\(body)")
                }
                try origin.expectNothingStored()
            }
        }

        @Test("A health URL is refused where the services file allows no host")
        func noHealthHosts() async throws {
            try await withDeployOrigin { origin throws in
                expectProblem(try origin.call("/deploy", Self.long()), 422, fields: ["healthcheck_url"])
                try origin.expectNothingStored()
            }
        }

        @Test("Bodies that are no JSON, of another type, or too long are refused")
        func bodies() async throws {
            try await withDeployOrigin { origin throws in
                for body in ["", "no json", "[]", "\"app\"", #"{"service":"app""#, "\u{0}", "{\"service\":\"\u{1}\"}"] {
                    expectProblem(try origin.call("/deploy", body), 400, "\(body)")
                }
                let body = DeployOrigin.body(Self.sha)
                for type in ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x"] {
                    let answer = try origin.origin.http.request(
                        "POST", "/deploy",
                        [("Content-Type", type), ("X-Hub-Signature-256", DeployOrigin.signature(body))],
                        body: Array(body.utf8))
                    expectProblem(answer, 415, "\(type)")
                }
                let start = #"{"service":"app","image_sha":"\#(Self.sha)","reason":""#
                let long = start + String(repeating: "a", count: (1 << 20) - start.utf8.count - 1) + "\"}"
                #expect(long.utf8.count == (1 << 20) + 1)
                expectProblem(try origin.call("/deploy", long), 413)
                // One byte less may be sent, and is no reason yet.
                let most = long.replacing("aa\"}", with: "a\"}")
                expectProblem(try origin.call("/deploy", most), 422, fields: ["reason"])
                try origin.expectNothingStored()
            }
        }

        @Test("A deployment of the queue that there is not is refused, and so is any where the service has no queue")
        func unknownDeployment() async throws {
            let id = "0195d3a0-7c1e-7a34-8f00-0123456789ab"
            for more in [#","organisation":"acme""#, ""] {
                try await withDeployOrigin(
                    environment: QueueClient.settings, services: { try DeployOrigin.swap($0, more: more) }
                ) { origin throws in
                    expectProblem(
                        try origin.deploy(Self.sha, #","deployment_id":"\#(id)""#), 422, fields: ["deployment_id"])
                    try origin.expectNothingStored()
                }
            }
        }

        @Test("A server without a services file deploys nothing")
        func noServices() async throws {
            try await withOrigin(environment: ["WEBHOOK_SECRET": DeployOrigin.secret]) { origin throws in
                let body = DeployOrigin.body(Self.sha)
                for path in ["/deploy", "/deploy/rollback"] {
                    let answer = try origin.http.post(
                        path, body, [("X-Hub-Signature-256", DeployOrigin.signature(body))])
                    expectProblem(answer, 404)
                }
            }
        }

        @Test("What is told of deployments needs the token for logs where there is one")
        func readers() async throws {
            try await withDeployOrigin(environment: ["LOGS_TOKEN": "a-token-for-logs"]) { origin throws in
                try origin.publish(1)
                let id = try #require(try origin.deploy(DeployOrigin.sha(1)).json.id?.text)
                for (index, path) in ["/deploy", "/deploy/\(id)", "/deploy/\(id)/log"].enumerated() {
                    let client = HTTPClient(.port(origin.origin.caddy.port), from: "127.0.0.\(10 + index)")
                    expectProblem(try client.get(path), 401)
                    expectProblem(try client.get(path, [("Authorization", "Bearer wrong")]), 401)
                    let field = ("Authorization", "Bearer a-token-for-logs")
                    #expect(try client.get(path, [field]).status == 200)
                }
            }
        }

        @Test("Deployments that there are not, and lists out of their range", arguments: ["0", "101", "x", "-1"])
        func unknown(limit: String) async throws {
            try await withDeployOrigin { origin throws in
                for path in ["/deploy/nothing", "/deploy/nothing/log", "/deploy/%2e%2e"] {
                    expectProblem(try origin.origin.get(path), 404, "\(path)")
                }
                expectProblem(try origin.origin.get("/deploy?limit=\(limit)"), 400)
                expectProblem(try origin.origin.get("/deploy?service=a%20b"), 400)
                #expect(try origin.origin.get("/deploy?service=other").json.deployments == [])
            }
        }
    }
}
