import Foundation
import TestSupport
import Testing

extension EndToEnd {
    /// `QUEUE_DAILY_LIMIT`: how many deployments an organisation may make in a day.
    @Suite struct QueueDailyLimitTests {
        private static let settings = QueueClient.settings.merging(["QUEUE_DAILY_LIMIT": "4"]) { $1 }

        /// Waits for the next day where that is near: what is made before midnight and after it is not counted together.
        init() {
            let now = Int(Date().timeIntervalSince1970)
            let midnight = now + 86_400 - now % 86_400
            if midnight - now < 60 {
                _ = eventually(within: 90, every: 100) { Int(Date().timeIntervalSince1970) > midnight }
            }
        }

        private func expectLimit(_ answer: HTTPAnswer, sourceLocation: SourceLocation = #_sourceLocation) {
            let problem = expectProblem(answer, 429, sourceLocation: sourceLocation)
            #expect(problem.detail?.text?.contains("wait until midnight UTC") == true, sourceLocation: sourceLocation)
            let seconds = Int(answer["Retry-After"] ?? "") ?? 0
            #expect((1...86_400).contains(seconds), sourceLocation: sourceLocation)
        }

        @Test("The next one is 429 with Retry-After until the day ends, and nothing is stored; all else goes on")
        func limit() async throws {
            try await withOrigin(environment: Self.settings) { origin throws in
                let queue = origin.queue
                let key = [("Idempotency-Key", "k")]
                let first = try queue.create(["version": "1.0.0"], "deployed")
                let second = try queue.create(["version": "1.1.0"], "deployed")
                _ = try queue.create(["cell": "b"])
                let last = try queue.post(QueueClient.body(["cell": "\"a\""]), key)
                #expect(last.status == 201)
                let before = try queue.deployments()

                for _ in 0..<3 { expectLimit(try queue.post(QueueClient.body())) }
                expectLimit(try queue.post(QueueClient.body(), [("Idempotency-Key", "new")]))
                #expect(try queue.deployments() == before)

                // What breaks a rule is told so all the same, and what was answered is answered again.
                #expect(try queue.post("{}").status == 422)
                #expect(try queue.post(QueueClient.body(["cell": "\"a\""]), key).body == last.body)
                #expect(try queue.claim(#"{"cell":"a"}"#).status == 200)
                #expect(try queue.patch(second, #"{"notes":"x"}"#).status == 200)
                #expect(try queue.rollBack(id: second).status == 201)
                #expect(try queue.status(first) == "deployed")

                // Others have a day of their own.
                let other = origin.queue
                for _ in 0..<4 { _ = try other.create() }
                expectLimit(try other.post(QueueClient.body()))
                expectLimit(try QueueClient(origin.http, other.organisation.uppercased()).post(QueueClient.body()))
            }
        }

        @Test("Rollbacks have a limit of their own, so that they are there when creations have used up theirs")
        func rollbacks() async throws {
            try await withOrigin(environment: Self.settings) { origin throws in
                let queue = origin.queue
                let ids = try (0..<4).map { try queue.create(["version": "1.\($0).0"], "deployed") }
                for _ in 0..<3 { #expect(try queue.rollBack("name=web&provider=aws").status == 201) }
                #expect(try queue.rollBack(id: ids[3]).status == 201)
                let before = (try queue.deployments(), try queue.history(ids[2]))
                expectLimit(try queue.rollBack("name=web&provider=aws"))
                expectLimit(try queue.rollBack(id: ids[2]))
                #expect(try queue.deployments() == before.0)
                #expect(try queue.history(ids[2]) == before.1)
                #expect(try queue.rollBack("name=none&provider=aws").status == 404)
                #expect(try queue.rollBack("name=web&provider=aws&target_version=9").status == 404)
            }
        }

        @Test("Of many at once exactly as many are made as may be")
        func concurrently() async throws {
            try await withOrigin(workers: 6, environment: Self.settings) { origin throws in
                let (queue, statuses) = (origin.queue, Statuses())
                try HTTPClient.concurrently(20) { _ in statuses.add(try queue.post(QueueClient.body()).status) }
                #expect(statuses.all == [201: 4, 429: 16])
                #expect(try queue.ids().count == 4)
            }
        }

        @Test("The next day begins anew")
        func nextDay() async throws {
            try await withOrigin(environment: Self.settings) { origin throws in
                let queue = origin.queue
                for _ in 0..<4 { _ = try queue.create() }
                #expect(try queue.post(QueueClient.body()).status == 429)
                // As it looks on the day after the store was last written to.
                let meta = origin.store.key("queue:{\(queue.organisation)}:meta")
                let day = try #require(try origin.store.run("HGET", meta, "day").integer)
                try origin.store.run("HSET", meta, "day", String(day - 1))
                for _ in 0..<4 { _ = try queue.create() }
                expectLimit(try queue.post(QueueClient.body()))
            }
        }
    }
}
