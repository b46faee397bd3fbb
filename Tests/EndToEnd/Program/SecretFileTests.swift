import Foundation
import TestSupport
import Testing

extension EndToEnd {
    @Suite struct SecretFileTests {
        @Test(
            "Secrets are read once: a worker that starts after its file has gone lets nobody in whom the others do not")
        func readOnce() async throws {
            let directory = try TemporaryDirectory()
            let file = try directory.write("logs_token", "log-secret\n")
            try await withOrigin(workers: 1, environment: ["LOGS_TOKEN_FILE": file]) { origin in
                expectProblem(try origin.get("/api/logs"), 401)
                try FileManager.default.removeItem(atPath: file)
                let worker = try #require(origin.pool.workers.first)
                kill(worker, SIGKILL)
                #expect(eventually { origin.pool.workers.first.map { $0 != worker } ?? false })
                expectProblem(try origin.get("/api/logs"), 401)
                #expect(try origin.get("/api/logs", [("Authorization", "Bearer log-secret")]).status == 200)
            }
        }

        @Test("A file without a secret in it is a mistake, not an open door")
        func empty() throws {
            let directory = try TemporaryDirectory()
            let file = try directory.write("logs_token", "\n")
            let outcome = try FinishedProcess(
                try Binary.path, ["pool", "--check"], environment: ["LOGS_TOKEN_FILE": file])
            #expect(outcome.errors.contains("LOGS_TOKEN_FILE"))
        }
    }
}
