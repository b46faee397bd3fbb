import Foundation
import TestSupport
import Testing

extension EndToEnd {
    /// Deployments that somebody has begun and never ended.
    @Suite struct StuckTests {
        private static let environment = [
            "AUTH_ENABLED": "false", "DEV_ORGANISATION": "Acme", "QUEUE_STUCK_AFTER": "1s",
        ]

        /// Makes a deployment that is in progress; returns its id.
        private static func begin(_ http: HTTPClient, _ name: String) throws -> String {
            let body = #"{"name":"\#(name)","version":"v1.2.3","provider":"aws","type":"k8s"}"#
            let id = try #require(try http.post("/v1/deployments", body).json.id?.text)
            try move(http, id, to: "in_progress")
            return id
        }

        private static func move(_ http: HTTPClient, _ id: String, to status: String) throws {
            let answer = try http.request(
                "PATCH", "/v1/deployments/\(id)", [("Content-Type", "application/json")],
                body: Array(#"{"status":"\#(status)"}"#.utf8))
            try #require(answer.status == 200, "\(answer)")
        }

        /// The events that tell of one being stuck.
        private static func told(_ http: HTTPClient, _ id: String) throws -> [JSON] {
            let events = try http.get("/api/events/recent?type=queue&limit=500").json.events?.list ?? []
            return events.filter { $0.data?.id?.text == id && $0.data?.stuck != nil }
        }

        private static func isTold(_ http: HTTPClient, _ id: String, times: Int = 1) throws -> Bool {
            try eventually(within: patience) { try told(http, id).count == times }
        }

        @Test("It is told once, to listeners and the log, counted, and left as it is")
        func once() async throws {
            try await withOrigin(environment: Self.environment) { origin in
                let http = origin.http
                let first = try Self.begin(http, "web")
                let before = try origin.get("/v1/deployments/\(first)").text
                #expect(try Self.isTold(http, first))
                let event = try #require(try Self.told(http, first).first)
                #expect(event.data?.names == ["id", "organisation", "name", "version", "status", "stuck"])
                #expect(event.data?.organisation == "Acme")
                #expect(event.data?.name == "web")
                #expect(event.data?.version == "v1.2.3")
                #expect(event.data?.status == "in_progress")
                #expect(event.data?.stuck == .bool(true))
                let warnings = try value { () -> [JSON]? in
                    let found = try origin.logLines("level=warning&limit=1000").filter { $0.deployment?.text == first }
                    return found.isEmpty ? nil : found
                }
                #expect(warnings?.count == 1)
                #expect(warnings?.first?.level == "warning")
                #expect(try origin.get("/v1/deployments/\(first)").text == before)
                #expect(try origin.samples[#"deployments_stuck{organisation="acme"}"#] == 1)

                // Whoever looks for this one comes by the first again.
                let second = try Self.begin(http, "api")
                #expect(try Self.isTold(http, second))
                #expect(try Self.told(http, first).count == 1)
                #expect(try origin.samples[#"deployments_stuck{organisation="acme"}"#] == 2)
            }
        }

        @Test("One that has moved on is told no more, and again when it is stuck again")
        func again() async throws {
            try await withOrigin(environment: Self.environment) { origin in
                let id = try Self.begin(origin.http, "web")
                #expect(try Self.isTold(origin.http, id))
                try Self.move(origin.http, id, to: "failed")
                #expect(try origin.samples[#"deployments_stuck{organisation="acme"}"#] == 0)
                try Self.move(origin.http, id, to: "in_progress")
                #expect(try Self.isTold(origin.http, id, times: 2))
            }
        }

        @Test("Another agent tells nothing twice")
        func restart() async throws {
            try await withOrigin(environment: Self.environment) { origin in
                let first = try Self.begin(origin.http, "web")
                #expect(try Self.isTold(origin.http, first))
                let agent = try #require(value { origin.pool.agents.first })
                kill(agent, SIGKILL)
                #expect(eventually { origin.pool.agents.first.map { $0 != agent } ?? false })
                let second = try Self.begin(origin.http, "api")
                #expect(try Self.isTold(origin.http, second))
                #expect(try Self.told(origin.http, first).count == 1)
            }
        }

        @Test("One agent of all hosts tells of it, for every organisation")
        func hosts() async throws {
            try await withHosts(environment: Self.environment) { north, south in
                let ids = try (0..<5).flatMap { place in
                    try [north, south].map { try Self.begin($0.http, "web\(place)") }
                }
                for id in ids { #expect(try Self.isTold(south.http, id)) }
                let last = try Self.begin(north.http, "last")
                #expect(try Self.isTold(north.http, last))
                for id in ids { #expect(try Self.told(north.http, id).count == 1) }
            }
        }

        @Test("Nothing is told before its time")
        func patient() async throws {
            let environment = Self.environment.merging(["QUEUE_STUCK_AFTER": "2h"]) { $1 }
            try await withOrigin(environment: environment) { origin in
                let young = try Self.begin(origin.http, "web")
                let old = try Self.begin(origin.http, "api")
                // As if it had been begun long ago.
                let keys = "queue:{acme}:"
                let began = Int64(Date().timeIntervalSince1970 - 7300) * 1_000_000
                try origin.store.run("ZADD", origin.store.key(keys + "progress"), String(began), old)
                #expect(try Self.isTold(origin.http, old))
                #expect(try Self.told(origin.http, young).isEmpty)
                #expect(try origin.samples[#"deployments_stuck{organisation="acme"}"#] == 1)
            }
        }
    }
}
