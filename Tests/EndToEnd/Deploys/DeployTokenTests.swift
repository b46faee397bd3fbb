import TestSupport
import Testing

extension EndToEnd {
    /// Who may post deploys.
    @Suite struct DeployTokenTests {
        static let path = "/api/deploy/events"
        static let token = Origin.deployToken

        static let refused: [[String]] = [
            [], [""], ["Bearer"], ["Bearer "], ["Bearer wrong"], ["Bearer \(token)x"], ["Bearer \(token.dropLast())"],
            ["Bearer \(token.uppercased())"], ["Basic \(token)"], ["Token \(token)"], [token], ["Bearer\(token)"],
            ["Bearer \(token) \(token)"], ["Bearer default=\(token)"], ["Bearer \"\(token)\""],
            ["Bearer wrong,\(token)"],
        ]

        @Test func everyOtherTokenIs401() async throws {
            try await withOrigin { origin in
                for (index, values) in Self.refused.enumerated() {
                    // An address for each, so that the limit of failures is not met.
                    let client = HTTPClient(origin.http.address, from: "127.0.1.\(index + 1)")
                    let fields = [("Content-Type", "application/json")] + values.map { ("Authorization", $0) }
                    let answer = try client.request("POST", Self.path, fields, body: Array(Event().json.utf8))
                    expectProblem(answer, 401, "\(values)")
                    #expect(answer["WWW-Authenticate"] == "Bearer", "\(values)")
                }
                #expect(try origin.storedTotal == 0)
            }
        }

        @Test func theSchemeIsReadWithoutCase() async throws {
            try await withOrigin { origin in
                for scheme in ["bearer", "BEARER", "Bearer"] {
                    let answer = try origin.http.post(
                        Self.path, Event().json, [("Authorization", "\(scheme) \(Self.token)")])
                    #expect(answer.status == 200)
                }
            }
        }

        @Test(arguments: [""]) func withoutAConfiguredTokenNobodyIsLetIn(_ setting: String) async throws {
            try await withOrigin(environment: ["DEPLOY_TOKEN": setting]) { origin in
                for value in ["Bearer ", "Bearer", "Bearer ,", "Bearer \(Self.token)", "Bearer null"] {
                    let answer = try origin.http.post(Self.path, Event().json, [("Authorization", value)])
                    expectProblem(answer, 401)
                    #expect(answer["WWW-Authenticate"] == "Bearer")
                }
                expectProblem(try origin.http.post(Self.path, Event().json), 401)
                #expect(try origin.storedTotal == 0)
                #expect(origin.pool.log.contains("DEPLOY_TOKEN"), "the log does not warn at start")
            }
        }

        @Test func severalNamedSecretsAreTaken() async throws {
            let setting = "ci=abc-secret-1, laptop=def-secret-2,plain-secret-3,c2VjcmV0LTQ=="
            try await withOrigin(environment: ["DEPLOY_TOKEN": setting]) { origin in
                for secret in ["abc-secret-1", "def-secret-2", "plain-secret-3", "c2VjcmV0LTQ=="] {
                    #expect(try origin.http.post(Self.path, Event().json, token: secret).status == 200, "\(secret)")
                }
                for wrong in ["ci=abc-secret-1", "ci", "laptop", setting, "abc-secret-1,", "c2VjcmV0LTQ"] {
                    #expect(try origin.http.post(Self.path, Event().json, token: wrong).status == 401, "\(wrong)")
                }
                let names = try value {
                    let lines = try origin.logLines("limit=1000").filter { $0.msg == "deploy recorded" }
                    return lines.count == 4 ? lines.compactMap(\.token?.text) : nil
                }
                #expect(names.map(Set.init) == ["ci", "laptop", "default"])
                #expect(!origin.pool.log.contains("-secret-"))
            }
        }

        @Test func secretsComeFromAFile() async throws {
            let files = try TemporaryDirectory()
            let path = try files.write("token", "ci=abc-secret-1\nlaptop=def-secret-2\n")
            try await withOrigin(environment: ["DEPLOY_TOKEN": "", "DEPLOY_TOKEN_FILE": path]) { origin in
                let statuses = try ["abc-secret-1", "def-secret-2", "wrong"].map { secret in
                    try origin.http.post(Self.path, Event().json, token: secret).status
                }
                #expect(statuses == [200, 200, 401])
            }
        }

        @Test func readingNeedsNoToken() async throws {
            try await withOrigin(environment: ["DEPLOY_TOKEN": ""]) { origin in
                for path in ["/api/deploy/events", "/api/logs", "/healthz", "/api/metrics", "/api/pool/status"] {
                    for fields in [[], [("Authorization", "Bearer wrong")]] {
                        let answer = try origin.get(path, fields)
                        #expect(answer.status == 200)
                    }
                }
                #expect(try origin.get("/api/deploy/status").status == 204)
            }
        }
    }
}
