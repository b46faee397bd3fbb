import TestSupport
import Testing

extension EndToEnd {
    /// What the queue counts, as Prometheus sees it.
    @Suite struct QueueMetricsTests {
        private static let environment = ["AUTH_ENABLED": "false"]

        private static func request(
            _ http: HTTPClient, _ method: String, _ path: String, _ body: String = "{}", as organisation: String
        ) throws -> JSON {
            let fields = [("Content-Type", "application/json"), ("X-Organisation", organisation)]
            let answer = try http.request(method, "/v1/deployments" + path, fields, body: Array(body.utf8))
            try #require((200..<300).contains(answer.status), "\(answer)")
            return try answer.json
        }

        private static func create(
            _ http: HTTPClient, _ version: String, auto: Bool = true, provider: String = "gcp", as organisation: String
        ) throws -> String {
            let body =
                #"{"name":"web","version":"\#(version)","provider":"\#(provider)","type":"k8s","auto":\#(auto)}"#
            return try #require(try request(http, "POST", "", body, as: organisation).id?.text)
        }

        @Test("Every series of an organisation is there from its first deployment on, and tells what has happened")
        func counts() async throws {
            try await withOrigin(environment: Self.environment) { origin in
                let http = origin.http
                let names = [
                    "deployments_created_total", "deployments_updated_total", "deployments_skipped_total",
                    "deployments_stuck", "rollbacks_total",
                ]
                func series() throws -> [String: Double] {
                    try origin.samples.values.filter { sample in names.contains { sample.key.hasPrefix($0 + "{") } }
                }
                #expect(try series().isEmpty)

                let first = try Self.create(http, "1.0.0", as: "Acme")
                let keys = Set(try series().keys)
                #expect(keys.count == 9 + 6 + 1 + 3 + 1)
                _ = try Self.create(http, "1.0.1", auto: false, as: "acme")
                _ = try Self.request(http, "PATCH", "/\(first)", #"{"status":"deployed"}"#, as: "acme")
                let last = try Self.create(http, "1.1.0", as: "ACME")
                _ = try Self.request(http, "PATCH", "/\(last)", #"{"status":"deployed"}"#, as: "acme")
                _ = try Self.request(http, "POST", "/rollback?name=web&provider=gcp", as: "acme")
                _ = try Self.request(http, "POST", "/claim", as: "acme")
                let now = try series()
                #expect(Set(now.keys) == keys)
                func created(_ trigger: String, _ provider: String = "gcp") -> Double? {
                    now[
                        #"deployments_created_total{organisation="acme",provider="\#(provider)",trigger="\#(trigger)"}"#
                    ]
                }
                func updated(_ status: String) -> Double? {
                    now[#"deployments_updated_total{organisation="acme",status="\#(status)"}"#]
                }
                #expect(created("auto") == 2)
                #expect(created("manual") == 1)
                #expect(created("rollback") == 1)
                #expect(created("auto", "aws") == 0)
                #expect(updated("deployed") == 2)
                #expect(updated("in_progress") == 1)
                #expect(updated("failed") == 0)
                #expect(now[#"deployments_skipped_total{organisation="acme"}"#] == 1)
                #expect(now[#"rollbacks_total{organisation="acme",provider="gcp"}"#] == 1)
                #expect(now[#"deployments_stuck{organisation="acme"}"#] == 0)

                // Repeating what is so already counts nothing.
                _ = try Self.request(http, "PATCH", "/\(last)", #"{"status":"deployed"}"#, as: "acme")
                #expect(try series() == now)

                _ = try Self.create(http, "1", provider: "azure", as: "other")
                #expect(try series().count == 2 * keys.count)
                #expect(try series().filter { keys.contains($0.key) } == now)
            }
        }

        @Test("promtool accepts them")
        func promtool() async throws {
            try await withOrigin(environment: Self.environment) { origin in
                for organisation in ["acme", "A.b_c-9"] { _ = try Self.create(origin.http, "1", as: organisation) }
                let answer = try HTTPClient(.port(origin.caddy.managementPort)).get("/metrics")
                #expect(answer.text.contains(#"deployments_stuck{organisation="a.b_c-9"} 0"#))
                let check = try FinishedProcess("promtool", ["check", "metrics"], input: answer.body)
                let complaints = (check.output + check.errors).split(separator: "\n").filter { line in
                    !line.hasSuffix("_ms metric names should not contain abbreviated units")
                }
                #expect(complaints.isEmpty, "\(complaints)")
            }
        }

        @Test("While the store is away there are none, and then the same again")
        func outage() async throws {
            let server = try StoreServer()
            try await withOrigin(environment: Self.environment, server: server) { origin in
                _ = try Self.create(origin.http, "1", as: "acme")
                let name = #"deployments_created_total{organisation="acme",provider="gcp",trigger="auto"}"#
                #expect(try origin.samples.values[name] == 1)
                server.freeze()
                #expect(try origin.samples.values.keys.allSatisfy { !$0.hasPrefix("deployments_") })
                server.thaw()
                #expect(try eventually { try origin.samples.values[name] == 1 })
            }
        }
    }
}
