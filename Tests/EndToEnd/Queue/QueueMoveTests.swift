import TestSupport
import Testing

extension EndToEnd {
    /// Which status may become which.
    @Suite(.origin(environment: QueueClient.settings)) struct QueueMoveTests {
        let queue: QueueClient

        init() throws { queue = try Origin.current.queue }

        /// The moves of the contract.
        private static let moves: [String: Set<String>] = [
            "scheduled": ["in_progress", "deployed", "skipped", "failed"],
            "in_progress": ["deployed", "failed", "scheduled"], "failed": ["in_progress", "scheduled", "rolled_back"],
            "skipped": ["scheduled"], "deployed": ["rolled_back"], "rolled_back": [],
        ]

        @Test("What may become what does, and is noted", arguments: QueueClient.statuses)
        func allowed(old: String) throws {
            for new in Self.moves[old] ?? [] {
                let id = try queue.create(["cell": "\(old) \(new)"], old)
                let before = (try queue.deployment(id), try queue.history(id))
                let answer = try queue.patch(id, #"{"status":"\#(new)"}"#)
                #expect(answer.status == 200, "\(old) to \(new): \(answer.text)")
                #expect(try answer.json.status?.text == new)
                #expect(try queue.deployment(id) == answer.json)
                #expect(try answer.json.created_at == before.0.created_at)
                let history = try queue.history(id)
                #expect(history.dropLast() == before.1[...])
                #expect(
                    history.last?.change == .object(["status": .object(["from": .string(old), "to": .string(new)])]))
                #expect(history.last?.time == (try answer.json.updated_at))
                #expect(try queue.ids("status=\(new)").contains(id))
                #expect(try !queue.ids("status=\(old)").contains(id))
            }
        }

        @Test(
            "Everything else is 409, says what it can become, and changes nothing, notes included",
            arguments: QueueClient.statuses)
        func forbidden(old: String) throws {
            let id = try queue.create(["cell": old], old)
            let before = (try queue.deployment(id), try queue.history(id))
            for new in QueueClient.statuses where new != old && Self.moves[old]?.contains(new) == false {
                let problem = expectProblem(try queue.patch(id, #"{"status":"\#(new)","notes":"x"}"#), 409)
                let detail = problem.detail?.text ?? ""
                #expect(
                    detail.hasPrefix("The deployment is \(old) and cannot become \(new); it can become "), "\(detail)")
                for possible in Self.moves[old] ?? [] { #expect(detail.contains(possible), "\(detail)") }
                if old == "scheduled" { #expect(detail.hasSuffix("in_progress, deployed, skipped or failed.")) }
                if old == "rolled_back" { #expect(detail.hasSuffix("nothing else any more.")) }
            }
            #expect(try queue.deployment(id) == before.0)
            #expect(try queue.history(id) == before.1)
            #expect(try queue.ids("status=\(old)") == [id])
        }

        @Test("A long life, step by step")
        func life() throws {
            let id = try queue.create([:], "scheduled")
            let steps = [
                "in_progress", "scheduled", "skipped", "scheduled", "failed", "in_progress", "failed", "scheduled",
                "in_progress", "deployed", "rolled_back",
            ]
            for step in steps { try queue.move(id, step) }
            let changes = try queue.history(id).compactMap(\.change?.status)
            #expect(changes.compactMap(\.to?.text) == ["scheduled"] + steps)
            #expect(changes.map { $0.from ?? .null } == [.null, "scheduled"] + steps.dropLast().map { .string($0) })
            for status in QueueClient.statuses {
                #expect(try queue.ids("status=\(status)") == (status == "rolled_back" ? [id] : []))
            }
        }
    }
}
