import TestSupport
import Testing

extension EndToEnd {
    /// The event ring as it can be asked for.
    @Suite(.origin()) struct RecentEventTests {
        let origin: Origin

        init() throws { origin = try .current }

        private func recent(_ query: String = "limit=500") throws -> [JSON] {
            try origin.get("/api/events/recent?" + query).json.events?.list ?? []
        }

        @Test("A recorded deploy is an event with the deploy as its data; a repeated one is not another")
        func deploy() throws {
            let sha = Event.freshSHA()
            let event = Event().with("sha", "\"\(sha)\"").json
            let stored = try origin.post(event)
            #expect(stored.status == 200)
            #expect(try origin.post(event).json.duplicate == .bool(true))
            let found = try value {
                let found = try recent("type=deploy&limit=500").filter { $0.data?.sha?.text == sha }
                return found.isEmpty ? nil : found
            }
            #expect(found?.count == 1)
            let only = try #require(found?.first)
            #expect(only.names == ["id", "time", "type", "data"])
            #expect(only.type?.text == "deploy")
            #expect(only.id?.integer ?? 0 > 0)
            #expect(only.time?.text?.wholeMatch(of: #/\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z/#) != nil)
            #expect(only.data == (try stored.json))
        }

        @Test("The newest come last, ids grow, and the limit takes the newest")
        func order() throws {
            for _ in 0..<5 { _ = try origin.post(Event().json) }
            #expect(try eventually { try recent().count >= 5 })
            let ids = try recent().compactMap(\.id?.integer)
            #expect(ids == ids.sorted())
            #expect(Set(ids).count == ids.count)
            #expect(try recent("limit=2").compactMap(\.id?.integer).count == 2)
            #expect(try recent("type=no.such.type").isEmpty)
        }

        @Test("A limit out of its range is refused", arguments: ["0", "501", "x", "-1", ""])
        func limits(limit: String) throws {
            expectProblem(try origin.get("/api/events/recent?limit=\(limit)"), 400)
        }

        @Test("Events are no log lines")
        func apart() throws {
            _ = try origin.post(Event().json)
            #expect(try eventually { try !recent("type=deploy").isEmpty })
            #expect(try origin.logLines("limit=1000").allSatisfy { $0.level != nil && $0.data == nil })
        }
    }
}
