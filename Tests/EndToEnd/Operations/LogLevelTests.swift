import TestSupport
import Testing

extension EndToEnd {
    /// The log level, set for all.
    @Suite struct LogLevelTests {
        private static let admin = "right-horse-battery"
        private static let environment = ["ADMIN_TOKEN": admin, "CHIMNEY_FAULTS": "true"]

        @Test("It is in force in every worker of two pools")
        func everywhere() async throws {
            try await withOrigin(workers: 4, environment: Self.environment) { origin in
                let second = try PoolProcess(
                    workers: 4, environment: origin.store.environment.merging(Self.environment) { $1 })
                defer { second.stop() }
                #expect(try level(of: origin) == "info")
                let answer = try origin.http.post("/api/log-level", #"{"level":"error"}"#, token: Self.admin)
                #expect(answer.status == 200)
                #expect(answer.text == #"{"level":"error"}"#)
                #expect(try level(of: origin) == "error")
                // Whoever of the workers answers, there is no line of it any more.
                #expect(eventually { isSilent(origin, second) })
                #expect(
                    try origin.http.post("/api/log-level", #"{"level":"info"}"#, token: Self.admin).status == 200)
                #expect(eventually { !isSilent(origin, second) })
            }
        }

        /// Whether none of many requests to either pool leaves a line.
        private func isSilent(_ origin: Origin, _ second: PoolProcess) -> Bool {
            let mark = "/\(Event.freshSHA())"
            for _ in 0..<40 {
                _ = try? origin.get("/api/quiet" + mark)
                _ = try? second.fastCGI.request("GET", "/api/quiet" + mark)
            }
            // What was logged before this line has been printed before it.
            let told = { origin.pool.log.contains(mark) || second.log.contains(mark) }
            return !eventually(within: 0.3, told)
        }

        private func level(of origin: Origin) throws -> String? {
            try origin.get("/api/log-level", [("Authorization", "Bearer \(Self.admin)")]).json.level?.text
        }

        @Test("Only an administrator sees and sets it, and only to a level that there is")
        func refused() async throws {
            try await withOrigin(environment: Self.environment) { origin in
                expectProblem(try origin.get("/api/log-level"), 401)
                expectProblem(try origin.http.post("/api/log-level", #"{"level":"debug"}"#, token: "wrong"), 401)
                for body in [#"{"level":"loud"}"#, "{}", #"{"level":5}"#, #"{"level":null}"#, #"{"level":"INFO"}"#] {
                    let answer = try origin.http.post("/api/log-level", body, token: Self.admin)
                    expectProblem(answer, 422, fields: ["level"])
                }
                #expect(try level(of: origin) == "info")
            }
        }

        @Test("Without a configured token nobody may")
        func closed() async throws {
            try await withOrigin { origin in
                _ = expectProblem(try origin.http.post("/api/log-level", #"{"level":"debug"}"#, token: Self.admin), 401)
            }
        }
    }
}
