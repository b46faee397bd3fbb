import Foundation
import TestSupport
import Testing

extension EndToEnd.UnderFire {
    /// Calls to deploy, and a runner that carries them out, with a store that is reached badly.
    @Suite(.serialized) struct DeployFaultTests {
        @Test("Each call that was taken is carried out, once, and nobody is told that there is no such deployment")
        func calls() async throws {
            let files = try TemporaryDirectory()
            let done = files.file("done")
            let script = try files.write("deploy.sh", "#!/bin/sh\necho \"$1\" >> \(done)\n")
            chmod(script, 0o755)
            let services = """
                {"services":{"app":{"hosts":["host-1"],"strategy":"script","script":"\(script)"}}}
                """
            let server = try StoreServer()
            let proxy = try FaultyProxy(server.address)
            defer { proxy.stop() }
            try await withDeployOrigin(
                environment: ["DRAGONFLY_URL": proxy.url], server: server, services: { _ in services }
            ) { deploying throws in
                let faults: [FaultyProxy.Fault] = [
                    .resetting(.done), .resetting(.half), .rubbish(.truncated), .rubbish(.otherType), .slow(0.1),
                ]
                var called: [String: String] = [:]
                for round in 0..<EndToEnd.UnderFire.count(1, long: 20) {
                    for (index, fault) in faults.enumerated() {
                        proxy.set(fault, share: 4)
                        let hits = proxy.hits
                        let sha = String(format: "%040x", round * faults.count + index + 1)
                        let id = try Self.call(deploying, sha)
                        #expect(called.updateValue(sha, forKey: id) == nil)
                        try Self.expectEnd(of: id, deploying)
                        #expect(eventually { proxy.hits > hits }, "\(fault)")
                    }
                }
                proxy.set(.none)
                let ran = try String(contentsOfFile: done, encoding: .utf8).split(separator: "\n").map(String.init)
                #expect(ran.sorted() == called.values.sorted())

                // Who has lost its own store knows nothing, and says so.
                let id = try #require(called.keys.first)
                try server.run("CONFIG", "SET", "replica-serve-stale-data", "no")
                try server.run("REPLICAOF", "127.0.0.1", "1")
                for target in ["/deploy/\(id)", "/deploy?service=app"] {
                    expectProblem(try deploying.origin.get(target), 503, "\(target)")
                }
                try server.run("REPLICAOF", "NO", "ONE")
                #expect(try deploying.origin.hasStoreAgain())
                #expect(try deploying.state(id).status == "succeeded")
            }
        }

        /// Calls until that is taken; returns the deployment's id.
        private static func call(_ deploying: DeployOrigin, _ sha: String) throws -> String {
            let body = DeployOrigin.body(sha, #","mode":"wait""#)
            let id = try value(within: 60) { () throws -> String? in
                let answer = try deploying.call("/deploy", body, [("Prefer", "respond-async")])
                switch answer.status {
                case 202, 409: return answer["Location"].flatMap { $0.split(separator: "/").last.map(String.init) }
                default:
                    #expect(answer.faultOfProblem == nil)
                    #expect(answer.status == 503)
                    return nil
                }
            }
            return try #require(id)
        }

        private static func expectEnd(of id: String, _ deploying: DeployOrigin) throws {
            var last = JSON.null
            let isOver = try eventually(within: 60) {
                let answer = try deploying.origin.get("/deploy/\(id)")
                #expect([200, 503].contains(answer.status), "\(answer.text)")
                guard answer.status == 200 else { return false }
                last = try answer.json
                return last.finished_at?.text != nil
            }
            #expect(isOver)
            #expect(last.status == "succeeded", "\(last)")
        }
    }
}
