import TestSupport
import Testing

extension EndToEnd {
    /// `GET /deploy/{id}/log`: a deployment as those see it who follow it.
    @Suite struct DeploymentLogTests {
        private func follow(_ origin: DeployOrigin, _ id: String, after: String? = nil) throws -> EventStream {
            try EventStream(.port(origin.origin.caddy.port), "/deploy/\(id)/log", after: after)
        }

        @Test("It can be followed from any line to its end, where the server closes it")
        func followed() async throws {
            try await withDeployOrigin { origin throws in
                try origin.publish(1)
                let pause = try origin.docker.pause(matching: "up --detach")
                let id = try origin.begin(DeployOrigin.sha(1))
                #expect(pause.waitUntilReached())
                let first = try follow(origin, id)
                #expect(first.head()?.status == 200)
                #expect(first.head?["Content-Type"]?.hasPrefix("text/event-stream") == true)
                let begun = first.events(within: 60) { $0.data.contains("stopping app") }
                #expect(begun.last?.data.contains("stopping app") == true, "\(begun)")
                let last = try #require(first.lastID)
                first.close()
                // One that has seen it all so far, and one that comes anew.
                let second = try follow(origin, id, after: last)
                let third = try follow(origin, id)
                #expect(second.head()?.status == 200)
                #expect(third.head()?.status == 200)
                pause.resume()
                let rest = second.events(within: 40) { $0.type == "end" }
                let all = third.events(within: 40) { $0.type == "end" }
                for (stream, events) in [(second, rest), (third, all)] {
                    #expect(events.last?.type == "end")
                    #expect(events.last?.json == JSON.object(["id": .string(id), "status": "succeeded"]))
                    #expect(stream.ends(within: 60))
                    #expect(stream.isWhole)
                }
                let lines = try origin.state(id).logs?.list.compactMap(\.text) ?? []
                func text(_ events: [StreamEvent]) -> [String] { events.filter { $0.type == "message" }.map(\.data) }
                #expect(text(all) == lines)
                #expect(text(begun) + text(rest) == lines)
                #expect(all.compactMap(\.id).compactMap { Int($0) } == Array(1...lines.count + 1))
                #expect(rest.first?.id == Int(last).map { String($0 + 1) })
            }
        }

        @Test("After the end it is there from the beginning, and ends at once")
        func afterwards() async throws {
            try await withDeployOrigin { origin throws in
                try origin.publish(1)
                try origin.docker.behave(.unhealthy)
                let told = try origin.deploy(DeployOrigin.sha(1)).json
                let id = try #require(told.id?.text)
                let lines = told.logs?.list.compactMap(\.text) ?? []
                for after in [nil, "0", "1", "\(lines.count)", "\(lines.count + 1)"] {
                    let stream = try follow(origin, id, after: after)
                    #expect(stream.ends(within: 60), "after \(after ?? "nothing")")
                    #expect(stream.isWhole)
                    let events = stream.take()
                    #expect(
                        events.filter { $0.type == "message" }.map(\.data)
                            == Array(lines.dropFirst(after.flatMap { Int($0) } ?? 0)))
                    if after != "\(lines.count + 1)" { #expect(events.last?.json.status == "failed") }
                }
            }
        }
    }
}
