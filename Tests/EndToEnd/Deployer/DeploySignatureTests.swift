import Foundation
import TestSupport
import Testing

extension EndToEnd {
    /// Whose calls are carried out: those of who has signed the body.
    @Suite struct DeploySignatureTests {
        private static let field = "X-Hub-Signature-256"

        /// Posts a body from one of many addresses, so that refusals are not counted together.
        private func post(
            _ origin: DeployOrigin, _ path: String, _ body: String, _ signature: [String], from number: Int
        ) throws -> HTTPAnswer {
            let address = "127.0.\(1 + number / 200).\(1 + number % 200)"
            return try HTTPClient(.port(origin.origin.caddy.port), from: address).request(
                "POST", path, [("Content-Type", "application/json")] + signature.map { (Self.field, $0) },
                body: Array(body.utf8))
        }

        @Test("Wrong, missing and malformed signatures are refused, and nothing is run")
        func refused() async throws {
            try await withDeployOrigin { origin throws in
                let body = DeployOrigin.body(DeployOrigin.sha(1))
                let right = DeployOrigin.signature(body)
                let hex = right.dropFirst("sha256=".count)
                let wrong: [[String]] = [
                    [], [""], ["sha256="], [String(hex)], ["sha1=\(hex)"], ["sha256=\(hex.dropLast())"],
                    ["sha256=\(hex)0"], ["sha256=\(String(repeating: "0", count: 64))"],
                    ["sha256=\(String(repeating: "g", count: 64))"], ["SHA256=\(hex)"],
                    [DeployOrigin.signature(body, secret: "another")], [DeployOrigin.signature(body + " ")],
                    [DeployOrigin.signature("")], [right, right], [String(repeating: "a", count: 4000)],
                ]
                for path in ["/deploy", "/deploy/rollback"] {
                    for (index, signature) in wrong.enumerated() {
                        let number = index + (path == "/deploy" ? 0 : 100)
                        expectProblem(
                            try post(origin, path, body, signature, from: number), 401, "\(path) \(signature)")
                    }
                }
                // The right signature of another body.
                let other = body.replacing(DeployOrigin.sha(1), with: DeployOrigin.sha(2))
                expectProblem(try post(origin, "/deploy", other, [right], from: 90), 401)
                try origin.expectNothingStored()
            }
        }

        @Test("Ten failures of an address within a minute, then 429; who signs rightly is let in")
        func tooMany() async throws {
            try await withDeployOrigin { origin throws in
                let body = DeployOrigin.body(DeployOrigin.sha(1))
                let wrong = DeployOrigin.signature(body, secret: "another")
                for _ in 0..<10 { expectProblem(try post(origin, "/deploy", body, [wrong], from: 0), 401) }
                let answer = try post(origin, "/deploy", body, [wrong], from: 0)
                expectProblem(answer, 429)
                #expect((1...60).contains(Int(answer["Retry-After"] ?? "") ?? 0))
                try origin.expectNothingStored()
                try origin.publish(1)
                let right = [DeployOrigin.signature(body)]
                #expect(try post(origin, "/deploy", body, right, from: 0).status == 200)
                try origin.expectAtRest()
            }
        }

        @Test("Without a secret nobody is let in")
        func noSecret() async throws {
            try await withDeployOrigin(environment: ["WEBHOOK_SECRET": ""]) { origin throws in
                for secret in [DeployOrigin.secret, ""] {
                    let body = DeployOrigin.body(DeployOrigin.sha(1))
                    let signature = DeployOrigin.signature(body, secret: secret)
                    expectProblem(try post(origin, "/deploy", body, [signature], from: 0), 401)
                }
                try origin.expectNothingStored()
            }
        }

        @Test("The same body again is a replay, unless it has failed")
        func replayed() async throws {
            try await withDeployOrigin { origin throws in
                try origin.publish(1)
                try origin.docker.behave(.unhealthy)
                let body = DeployOrigin.body(DeployOrigin.sha(1))
                #expect(try origin.call("/deploy", body).status == 502)
                try origin.docker.behaveWell()
                let good = try origin.call("/deploy", body)
                #expect(good.status == 200, "\(good.text)")
                let before = try origin.docker.changes
                let again = try origin.call("/deploy", body)
                let problem = expectProblem(again, 409)
                let id = try #require(try good.json.id?.text)
                #expect(again["Location"] == "/deploy/\(id)")
                #expect(problem.detail?.text?.contains(id) == true)
                #expect(try origin.docker.changes == before)
                #expect(try origin.origin.get("/deploy").json.deployments?.list.count == 2)

                // One that is under way is the same one, too.
                let pause = try origin.docker.pause(matching: "pull")
                let other = DeployOrigin.body(DeployOrigin.sha(1))
                let running = try origin.call("/deploy", other, [("Prefer", "respond-async")])
                #expect(running.status == 202)
                #expect(pause.waitUntilReached())
                let replay = try origin.call("/deploy", other, [("Prefer", "respond-async")])
                expectProblem(replay, 409)
                #expect(replay["Location"] == running["Location"])
                pause.resume()
                #expect(try origin.end(of: running.json.id?.text ?? "").status == "succeeded")
                try origin.expectAtRest()
            }
        }
    }
}
