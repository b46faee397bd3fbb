import TestSupport
import Testing

extension EndToEnd {
    /// Who guesses is told to stop: ten failures of an address within a minute, then 429.
    @Suite struct FailedAuthenticationTests {
        private static let spellings = ["X_Forwarded_For", "X-Forwarded_For", "x_forwarded-for"]

        private static func fail(_ client: HTTPClient, _ fields: [(String, String)] = []) throws -> HTTPAnswer {
            try client.post("/api/deploy/events", Event().json, token: "wrong", fields)
        }

        @Test func theEleventhFailureIs429AndTheRightTokenPasses() async throws {
            try await withOrigin { origin in
                for _ in 0..<10 { expectProblem(try Self.fail(origin.http), 401) }
                for _ in 0..<3 {
                    let answer = try Self.fail(origin.http)
                    expectProblem(answer, 429)
                    let seconds = Int(answer["Retry-After"] ?? "")
                    #expect((1...60).contains(seconds ?? 0))
                }
                #expect(try origin.post(Event().json).status == 200)
                #expect(try Self.fail(origin.http).status == 429)
                #expect(try Self.fail(HTTPClient(origin.http.address, from: "127.0.0.9")).status == 401)
            }
        }

        @Test func allWorkersCountTogether() async throws {
            try await withOrigin(workers: 8) { origin in
                let statuses = Statuses()
                try HTTPClient.concurrently(15) { _ in
                    for _ in 0..<4 { statuses.add(try Self.fail(origin.http).status) }
                }
                #expect(statuses.count(of: 401) == 10)
                #expect(statuses.count(of: 429) == 50)
            }
        }

        @Test func withoutTrustedProxiesForwardedAddressesAreNotBelieved() async throws {
            try await withOrigin { origin in
                for index in 0..<10 { _ = try Self.fail(origin.http, [("X-Forwarded-For", "203.0.113.\(index)")]) }
                #expect(try Self.fail(origin.http, [("X-Forwarded-For", "203.0.113.99")]).status == 429)
            }
        }

        @Test func aHeaderThatFastCGICannotTellFromItChangesNothing() async throws {
            try await withOrigin(environment: ["TRUSTED_PROXIES": "127.0.0.1"]) { origin in
                let fields = [("X-Forwarded-For", "203.0.113.7")]
                for index in 0..<12 {
                    let claim = (Self.spellings[index % 3], "198.51.100.\(index)")
                    _ = try Self.fail(origin.http, fields + [claim])
                    _ = try Self.fail(origin.http, [claim] + fields)
                }
                for spelling in Self.spellings {
                    #expect(try Self.fail(origin.http, fields + [(spelling, "198.51.100.99")]).status == 429)
                }
                // Nor does it take the place of one that is not there.
                #expect(try Self.fail(origin.http, Self.spellings.map { ($0, "203.0.113.7") }).status == 401)
            }
        }

        @Test func trustedProxiesVouchForTheAddressBeforeThem() async throws {
            try await withOrigin(environment: ["TRUSTED_PROXIES": "127.0.0.1, 10.0.0.0/8"]) { origin in
                // The client's own claims stand further left, and change nothing.
                for index in 0..<10 {
                    let hops = "198.51.100.\(index), 203.0.113.7, 10.1.2.\(index)"
                    let answer = try Self.fail(origin.http, [("X-Forwarded-For", hops)])
                    #expect(answer.status == 401)
                }
                #expect(try Self.fail(origin.http, [("X-Forwarded-For", "203.0.113.7")]).status == 429)
                #expect(try Self.fail(origin.http, [("X-Forwarded-For", "203.0.113.8")]).status == 401)
                #expect(try Self.fail(origin.http, [("X-Forwarded-For", "203.0.113.7, 203.0.113.9")]).status == 401)
                #expect(try Self.fail(origin.http).status == 401)
                // Who is no trusted proxy is not believed.
                let stranger = HTTPClient(origin.http.address, from: "127.0.0.9")
                #expect(try Self.fail(stranger, [("X-Forwarded-For", "203.0.113.7")]).status == 401)
            }
        }

        @Test func nonsenseInForwardedAddressesDoesNoHarm() async throws {
            try await withOrigin(environment: ["TRUSTED_PROXIES": "127.0.0.0/8"]) { origin in
                let long = String(repeating: "1.2.3.4, ", count: 500)
                for text in ["unknown", "", ",,,", "1.2.3.4.5", long, "[::1]:80"] {
                    let fields = [("X-Forwarded-For", text)]
                    let statuses = try [Self.fail(origin.http, fields), origin.post(Event().json, fields)].map(\.status)
                    #expect(statuses == [401, 200])
                }
            }
        }
    }
}
