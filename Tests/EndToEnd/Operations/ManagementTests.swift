import Foundation
import TestSupport
import Testing

extension EndToEnd {
    /// The site of the Caddyfile for who watches over this machine.
    @Suite(.origin(environment: ["CHIMNEY_FAULTS": "true"])) struct ManagementTests {
        let origin: Origin
        let http: HTTPClient

        init() throws {
            origin = try .current
            http = HTTPClient(.port(origin.caddy.managementPort))
        }

        @Test func itTellsHealthReadinessAndMetrics() throws {
            #expect(try http.get("/health").text == #"{"status":"healthy"}"#)
            #expect(try http.get("/ready").text == #"{"status":"ready"}"#)
            let metrics = try http.get("/metrics")
            #expect(metrics["Content-Type"]?.hasPrefix("text/plain; version=0.0.4") == true)
            #expect(Samples(metrics.text)["chimney_dragonfly_connected"] == 1)
            for path in ["/health", "/ready", "/metrics", "/metrics?name=any"] {
                let answer = try http.get(path)
                #expect(answer.status == 200, "\(path)")
                expectCommonForm(answer, "\(path)")
                #expect(try http.request("HEAD", path).status == 200, "\(path)")
                expectProblem(try http.request("POST", path, body: []), 405, "\(path)")
            }
        }

        @Test(arguments: [
            "/", "/nothing", "/healthz", "/health/", "/health/x", "/HEALTH", "/ready/../healthz", "/healthz/../ready",
            "/api/github/../../health", "/api/logs/%2e%2e/%2e%2e/metrics", "//health", "/./health", "/metrics%2F",
            "/health%00", "/health%0A", "/api/metrics", "/api/version", "/api/logs", "/api/logs/stream", "/api/events",
            "/api/pool/status", "/api/deploy/status", "/v1/deployments", "/deploy", "/debug/fail", "/hold/1",
        ])
        func thereIsNothingElse(_ path: String) throws {
            expectProblem(try http.get(path), 404, "\(path)")
            let post = try http.post(path, Event().json, token: Origin.deployToken)
            expectProblem(post, 404, "POST \(path)")
        }

        @Test func onlyThisMachineReachesIt() throws {
            let listening = try Self.listeners(on: origin.caddy.managementPort)
            #expect(listening == ["0100007F"], "\(listening)")
        }

        /// The local addresses that somebody listens on at a port, as proc(5) has them: hexadecimal, in the byte order
        /// of the machine.
        private static func listeners(on port: UInt16) throws -> [String] {
            try ["/proc/net/tcp", "/proc/net/tcp6"].flatMap { path in
                // A machine without IPv6 has no such file.
                guard FileManager.default.fileExists(atPath: path) else { return [String]() }
                let table = try String(contentsOfFile: path, encoding: .utf8)
                return table.split(separator: "\n").dropFirst().compactMap { line in
                    let columns = line.split(separator: " ")
                    let address = columns[1].split(separator: ":")
                    let isListening = columns[3] == "0A"
                    return isListening && UInt16(address[1], radix: 16) == port ? String(address[0]) : nil
                }
            }
        }
    }
}
