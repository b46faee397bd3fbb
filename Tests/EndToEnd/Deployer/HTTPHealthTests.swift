import Foundation
import TestSupport
import Testing

extension EndToEnd {
    /// Services whose health is told by a URL: that of the services file, or one that a call names.
    @Suite struct HTTPHealthTests {
        private static let old = DeployOrigin.sha(1)
        private static let new = DeployOrigin.sha(2)
        private static let times = #""limit_s":8,"interval_s":1,"timeout_s":2,"successes":1"#

        /// A body of the form that other clients send.
        private static func body(_ tag: String, _ commit: String, _ url: String) -> String {
            """
            {"service_name":"app","container_name":"app","image":"\(DeployOrigin.image):\(tag)",
            "commit_sha":"\(commit)","healthcheck_url":"\(url)","call":"\(UUID().uuidString)"}
            """
        }

        @Test("A call of the other form names its health URL, and the container is asked there")
        func named() async throws {
            let port = try Address.freePort()
            let services: @Sendable (FakeDocker) throws -> String = {
                try DeployOrigin.swap($0, port: port, health: Self.times, more: #","health_hosts":["127.0.0.1"]"#)
            }
            try await withDeployOrigin(services: services) { origin throws in
                for tag in ["v1", "v2"] { try origin.docker.publish(DeployOrigin.image, tag: tag) }
                let url = "http://127.0.0.1:\(port)/health"
                let answer = try origin.call("/deploy", Self.body("v1", "1111111", url))
                #expect(answer.status == 200, "\(answer.text)")
                #expect(try answer.json.sha == "1111111")
                #expect(try origin.docker.running("app") == ["v1"])
                #expect(try origin.docker.containers.first?.asked ?? 0 > 0)
                #expect(try HTTPClient(.port(port)).get("/").text == "v1\n")

                try origin.docker.behave(.unhealthy, version: "v2")
                let failed = try origin.call("/deploy", Self.body("v2", "2222222", url))
                #expect(failed.status == 502, "\(failed.text)")
                #expect(try failed.json.status == "rolled_back")
                #expect(try failed.json.last_health?.text?.contains("HTTP status 503") == true, "\(failed.text)")
                #expect(try origin.docker.running("app") == ["v1"])
                #expect(try HTTPClient(.port(port)).get("/").text == "v1\n")
                try origin.expectRecord(
                    of: failed, phases: ["pull", "start", "health", "rollback", "rollback_health", "health"])
            }
        }

        /// What the new version's health URL does.
        enum Trouble: String, CaseIterable {
            case hangs, fails, redirects, closes
        }

        @Test("A URL that does not answer, or not with 2xx, is no health", arguments: Trouble.allCases)
        func trouble(_ trouble: Trouble) async throws {
            let docker = try FakeDocker()
            let gate = Gate()
            let server = try ScriptedHTTPServer { request in
                if request.path == "/elsewhere" { return HTTPServerAnswer(text: "well") }
                if (try? docker.running("app")) == [Self.old] { return HTTPServerAnswer(text: "well") }
                var answer = HTTPServerAnswer(500, text: "broken")
                switch trouble {
                case .hangs: answer.gate = gate
                case .fails: break
                case .redirects: answer = HTTPServerAnswer(302, [("Location", "/elsewhere")])
                case .closes: answer = .drop
                }
                return answer
            }
            defer {
                gate.open()
                server.stop()
            }
            let health = "\"url\":\"\(server.url("/health"))\",\(Self.times)"
            try await withDeployOrigin(
                dockers: [docker], services: { try DeployOrigin.swap($0, health: health) }
            ) { origin throws in
                try origin.publish(2)
                try origin.succeed(Self.old)
                server.forgetRequests()
                let answer = try origin.deploy(Self.new)
                #expect(answer.status == 502, "\(answer.text)")
                let told = try answer.json
                #expect(told.status == "rolled_back" && told.phase == "health")
                let seen = told.last_health?.text ?? ""
                switch trouble {
                case .fails: #expect(seen.hasPrefix("HTTP status 500"), "\(seen)")
                case .redirects: #expect(seen.hasPrefix("HTTP status 302"), "\(seen)")
                case .hangs, .closes: #expect(!seen.isEmpty && seen.hasSuffix("(after 8 s)"), "\(seen)")
                }
                #expect(server.requests.allSatisfy { $0.path == "/health" && $0.method == "GET" })
                #expect(server.requests.count >= 2)
                #expect(try origin.docker.running("app") == [Self.old])
                try origin.expectAtRest()
            }
        }

        @Test("A container that ends while its URL still answers is not healthy")
        func ended() async throws {
            let server = try ScriptedHTTPServer { _ in HTTPServerAnswer(text: "well") }
            defer { server.stop() }
            let health = "\"url\":\"\(server.url("/health"))\",\(Self.times)"
            try await withDeployOrigin(services: { try DeployOrigin.swap($0, health: health) }) { origin throws in
                try origin.publish(1)
                try origin.docker.behave(.exits(7))
                let answer = try origin.deploy(Self.old)
                #expect(answer.status == 502, "\(answer.text)")
                #expect(try answer.json.last_health?.text?.contains("exited with status 7") == true)
                #expect(try origin.docker.running("app") == [])
                try origin.expectAtRest()
            }
        }
    }
}
