import Foundation
import TestSupport
import Testing

extension EndToEnd {
    /// Callers that wait for the outcome of a deployment, and readers of its log. How quick they are is the benchmark's to
    /// tell.
    @Suite struct HeldCallersTests {
        /// Services that a program deploys, ten callers each but for one.
        private static let sites = (0..<20).map { "site-\($0)" }
        private static let callers = 200

        /// A services file with `app`, and with the sites.
        @Sendable private static func services(_ docker: FakeDocker) throws -> String {
            let script = docker.file("deploy.sh")
            try "#!/bin/sh\necho \"$1\" >> '\(docker.file("deployed"))'\n"
                .write(toFile: script, atomically: true, encoding: .utf8)
            try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: script)
            let app = try DeployOrigin.swap(docker, limits: #""pull_s":120,"command_s":10"#).dropLast(2)
            let rest = sites.map { #","\#($0)":{"hosts":["host-1"],"strategy":"script","script":"\#(script)"}"# }
            return app + rest.joined() + "}}"
        }

        private static func sha(_ number: Int) -> String {
            let digits = String(number)
            return String(repeating: "0", count: 40 - digits.count) + digits
        }

        @Test("200 callers are held for a long deployment by no worker, and each is told of its own")
        func manyCallers() async throws {
            try await withTaskExecutorPreference(BlockingExecutor.shared) {
                let server = try StoreServer()
                try await withDeployOrigin(server: server, services: Self.services) { origin throws in
                    try origin.docker.publish(DeployOrigin.image, tag: Self.sha(0))
                    let pause = try origin.docker.pause(matching: "pull")
                    var clients = [try origin.hold(DeployOrigin.body(Self.sha(0)))]
                    #expect(pause.waitUntilReached())
                    for number in 1..<Self.callers {
                        let site = Self.sites[number % Self.sites.count]
                        clients.append(
                            try origin.hold(
                                #"{"service":"\#(site)","image_sha":"\#(Self.sha(number))","mode":"wait"}"#))
                    }
                    #expect(try origin.origin.keeps(Self.callers, within: 60))
                    try Self.expectIdleWorkers(origin)
                    try Self.expectOneLookForAll(origin)
                    for path in ["/api/version", "/api/deploy/events", "/deploy?service=app", "/api/openapi.json"] {
                        #expect(try origin.origin.get(path).status == 200, "\(path)")
                    }
                    pause.resume()

                    var ids: Set<String> = []
                    for (number, client) in clients.enumerated() {
                        let answer = try client.receive(to: "POST")
                        #expect(answer.status == 200, "\(answer.text)")
                        #expect(try answer.json.status == "succeeded")
                        #expect(try answer.json.sha?.text == Self.sha(number))
                        try ids.insert(#require(answer.json.id?.text))
                    }
                    #expect(ids.count == Self.callers)
                    let deployed = try String(contentsOfFile: origin.docker.file("deployed"), encoding: .utf8)
                    let lines = deployed.split(separator: "\n").map(String.init)
                    #expect(lines.sorted() == (1..<Self.callers).map(Self.sha))
                    #expect(try origin.docker.running("app") == [Self.sha(0)])
                    #expect(try origin.origin.keeps(0))
                }
            }
        }

        /// No worker but the one that tells is at anything.
        private static func expectIdleWorkers(_ origin: DeployOrigin) throws {
            var workers: [JSON] = []
            let areIdle = try eventually {
                workers = try origin.origin.get("/api/pool/status").json.workers?.list ?? []
                return workers.count == 4 && workers.count { $0.state?.text == "idle" } == 3
                    && workers.contains { $0.route?.text == "/api/pool/status" }
            }
            #expect(areIdle, "\(workers)")
        }

        /// However many wait, the store is asked for the outcomes of all by one command.
        private static func expectOneLookForAll(_ origin: DeployOrigin) throws {
            let store = origin.origin.store
            // What an agent and a runner ask for is the more, the longer looks take: they do it by scripts.
            let scripted: Set = ["evalsha", "lmove", "llen", "hincrby", "info"]
            func counts() throws -> (looks: Int, others: Int, all: Int) {
                let counts = try store.commandCounts
                let others = counts.filter { $0.key != "exists" && !scripted.contains($0.key) }
                return (counts["exists"] ?? 0, others.values.reduce(0, +), counts.values.reduce(0, +))
            }
            let before = try counts()
            var after = before
            let looks = 50
            #expect(
                try eventually(within: 30, every: 100) {
                    after = try counts()
                    return after.looks >= before.looks + looks
                })
            let made = after.looks - before.looks
            #expect(after.others - before.others < made * 2, "\(after.others - before.others) for \(made) looks")
            // One by a script for each caller would be 200 for a look.
            #expect(after.all - before.all < made * 20, "\(after.all - before.all) for \(made) looks")
        }

        @Test("A caller that hangs up changes nothing")
        func hangUp() async throws {
            try await withDeployOrigin { origin throws in
                try origin.docker.publish(DeployOrigin.image, tag: DeployOrigin.sha(1))
                let pause = try origin.docker.pause(matching: "pull")
                let client = try origin.hold(DeployOrigin.body(DeployOrigin.sha(1)))
                #expect(pause.waitUntilReached())
                #expect(try origin.origin.keeps(1))
                client.close()
                let id = try #require(try origin.origin.get("/deploy").json.deployments?[0]?.id?.text)
                #expect(try origin.state(id).status == "running")
                pause.resume()
                #expect(try origin.end(of: id).status == "succeeded")
                #expect(try origin.docker.running("app") == [DeployOrigin.sha(1)])
                #expect(try origin.origin.keeps(0))
            }
        }

        @Test("50 readers of a log have each line once and in order, and are told of its end")
        func readers() async throws {
            try await withDeployOrigin { origin throws in
                try origin.docker.publish(DeployOrigin.image, tag: DeployOrigin.sha(1))
                let pauses = try ["pull", "up --detach"].map { try origin.docker.pause(matching: $0) }
                let id = try origin.begin(DeployOrigin.sha(1))
                let path = "/deploy/\(id)/log"
                var streams: [EventStream] = []
                // From its beginning, and from its middle.
                for pause in pauses {
                    #expect(pause.waitUntilReached())
                    let more = try (0..<25).map { _ in try origin.origin.stream(path) }
                    #expect(more.read(within: 30) { more.allSatisfy { $0.head?.status == 200 } })
                    streams += more
                    pause.resume()
                }
                #expect(streams.read(within: 60) { streams.allSatisfy(\.isEnded) })
                #expect(streams.allSatisfy { $0.isWhole }, "the server ends them")
                let lines = try origin.state(id).logs?.list.compactMap(\.text) ?? []
                #expect(lines.count > 5)
                for stream in streams {
                    let events = stream.take().filter { !$0.isNotice }
                    #expect(events.dropLast().map(\.data) == lines)
                    #expect(events.dropLast().allSatisfy { $0.type == "message" })
                    #expect(events.compactMap { $0.id.flatMap { Int($0) } } == Array(1...lines.count + 1))
                    let end = try #require(events.last)
                    #expect(end.type == "end")
                    #expect(end.json == .object(["id": .string(id), "status": "succeeded"]))
                }

                // Who comes late has all of it, and who was there already what is left.
                for (after, count) in [(nil, lines.count + 1), ("3", lines.count - 2), ("\(lines.count + 1)", 0)] {
                    let late = try origin.origin.stream(path, after: after)
                    #expect(late.ends() && late.isWhole)
                    #expect(late.head?.status == 200)
                    #expect(late.take().count { !$0.isNotice } == count, "after \(after ?? "nothing")")
                }
            }
        }
    }
}
