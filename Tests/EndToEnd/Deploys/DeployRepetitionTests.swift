import Dragonfly
import TestSupport
import Testing

extension EndToEnd {
    /// A retry or a replay changes nothing, and of many posts at once none is lost.
    @Suite struct DeployRepetitionTests {
        @Test func theSameEventIsStoredOnce() async throws {
            try await withOrigin { origin in
                let event = Event()
                let first = try origin.post(event.json)
                #expect(try first.json.duplicate == nil)
                for _ in 0..<3 {
                    let again = try origin.post(event.json)
                    #expect(again.status == 200)
                    let json = try again.json
                    #expect(json.duplicate == true)
                    #expect(try json.names.subtracting(["duplicate"]) == first.json.names)
                    #expect(try json.deployed_at == first.json.deployed_at)
                }
                #expect(try origin.storedTotal == 1)
                #expect(try origin.ringLength == 1)
                // The same moment in another zone, and other texts beside it.
                let other = event.with("deployed_at", "\"2026-02-21T12:13:00+02:00\"").with("pr_title", "\"x\"")
                #expect(try origin.post(other.json).json.duplicate == true)
            }
        }

        @Test func eachPartOfTheIdentityMakesAnotherEvent() async throws {
            try await withOrigin { origin in
                let event = Event()
                let others = [
                    event, event.with("sha", "\"\(Event.freshSHA())\""), event.with("slot", "\"green\""),
                    event.with("outcome", "\"failure\""), event.with("deployed_at", "\"2026-02-21T10:13:01Z\""),
                    event.with("service", "\"web\""), event.with("service", "\"api\""),
                ]
                let first = try others.map { try origin.post($0.json).json.duplicate }
                #expect(first == others.map { _ in nil })
                let second = try others.map { try origin.post($0.json).json.duplicate }
                #expect(second == others.map { _ in true })
                #expect(try origin.storedTotal == others.count)
            }
        }

        @Test func withoutATimeARepetitionCountsForTenMinutes() async throws {
            try await withOrigin { origin in
                let event = Event().with("deployed_at", nil)
                #expect(try origin.post(event.json).json.duplicate == nil)
                #expect(try origin.post(event.json).json.duplicate == true)
                #expect(try origin.storedTotal == 1)

                // As if the first had come earlier.
                func age(bySeconds seconds: Int) throws {
                    let seen = origin.store.key("{deploys}:seen")
                    let identity = try #require(try origin.store.run("ZRANGE", seen, "0", "-1").array.last?.string)
                    try origin.store.run("ZINCRBY", seen, String(-seconds * 1000), identity)
                }
                try age(bySeconds: 590)
                #expect(try origin.post(event.json).json.duplicate == true)
                try age(bySeconds: 15)
                #expect(try origin.post(event.json).json.duplicate == nil)
                #expect(try origin.storedTotal == 2)
                #expect(try origin.post(event.json).json.duplicate == true)
            }
        }

        @Test func fiftyClientsPostTwoThousandEvents() async throws {
            try await withOrigin(workers: 8) { origin in
                try HTTPClient.concurrently(50) { _ in
                    for _ in 0..<40 {
                        let event = Event().json
                        // On a busy machine the store may not answer in time; then the same is posted again.
                        let isStored = try eventually(within: 30) {
                            let status = try origin.post(event).status
                            #expect([200, 503].contains(status))
                            return status == 200
                        }
                        #expect(isStored)
                    }
                }
                let status = try origin.get("/api/deploy/status").json
                #expect(status.total_deploys == 2000)
                #expect(status.recent_deploys?.list.count == 10)
                #expect(try origin.ringLength == 50)
                let events = try origin.get("/api/deploy/events").json.events?.list ?? []
                #expect(Set(events.compactMap(\.sha?.text)).count == 50)
                #expect(Array(events.prefix(10)).map(\.sha) == status.recent_deploys?.list.map(\.sha))
            }
        }

        @Test func twoHundredRetriesAtOnceAreStoredOnce() async throws {
            try await withOrigin(workers: 8) { origin in
                let event = Event()
                let untimed = Event().with("deployed_at", nil)
                let stored = Statuses()
                try HTTPClient.concurrently(50) { _ in
                    for (index, event) in [event, untimed].enumerated() {
                        for _ in 0..<4 {
                            let answer = try origin.post(event.json)
                            let isDuplicate = try answer.json.duplicate == true
                            stored.add(answer.status == 200 ? (isDuplicate ? 0 : index + 1) : answer.status)
                        }
                    }
                }
                #expect(stored.all == [0: 398, 1: 1, 2: 1])
                #expect(try origin.storedTotal == 2)
                #expect(try origin.ringLength == 2)
            }
        }
    }
}
