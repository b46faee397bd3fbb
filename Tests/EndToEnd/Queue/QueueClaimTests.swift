import TestSupport
import Testing

extension EndToEnd {
    /// `POST /v1/deployments/claim`: whoever carries deployments out takes the next one.
    @Suite(.origin(workers: 8, environment: QueueClient.settings)) struct QueueClaimTests {
        let origin: Origin
        let queue: QueueClient

        init() throws {
            origin = try .current
            queue = origin.queue
        }

        @Test("The oldest scheduled one becomes in progress and is answered; without one it is 204")
        func oldest() throws {
            let ids = try (0..<3).map { try queue.create(["version": "\(3 - $0).0.0"], "scheduled") }
            for status in ["failed", "skipped", "in_progress"] { _ = try queue.create(["name": status], status) }
            for id in ids {
                let before = try queue.deployment(id)
                let answer = try queue.claim()
                #expect(answer.status == 200)
                expectCommonForm(answer)
                let claimed = try answer.json
                #expect(claimed.id?.text == id)
                #expect(claimed.names == QueueClient.fields)
                for name in QueueClient.fields.subtracting(["status", "updated_at"]) {
                    #expect(claimed[name] == before[name], "\(name)")
                }
                #expect(claimed.status == "in_progress")
                #expect(try queue.deployment(id) == claimed)
            }
            let none = try queue.claim()
            #expect(none.status == 204)
            #expect(none.body.isEmpty)
            expectCommonForm(none)
        }

        @Test("One that was put back is the oldest again")
        func putBack() throws {
            let ids = try (0..<3).map { _ in try queue.create([:], "scheduled") }
            #expect(try queue.claim().json.id?.text == ids[0])
            #expect(try queue.claim().json.id?.text == ids[1])
            try queue.move(ids[0], "scheduled")
            #expect(try queue.claim().json.id?.text == ids[0])
            #expect(try queue.claim().json.id?.text == ids[2])
        }

        @Test("It takes what its filters find, alone and together")
        func filters() throws {
            let place = [
                "name": "api & co", "environment": "prüfung", "provider": "gcp", "cloud_account_id": "1", "region": "r",
                "cell": "c",
            ]
            func filter(_ names: [String]) -> String {
                "{" + names.map { "\"\($0)\":\(JSON.quoted(place[$0] ?? "manual"))" }.joined(separator: ",") + "}"
            }
            let combinations =
                (place.keys + ["trigger"]).map { [$0] }
                + [
                    ["name", "environment"], ["region", "cell", "trigger"], Array(place.keys), place.keys + ["trigger"],
                ]
            for names in combinations {
                let other = try queue.create([:], "scheduled")
                let members = place.mapValues { Optional(JSON.quoted($0)) }.merging(["auto": "false"]) { $1 }
                let wanted = try (0..<2).map { _ in try queue.post(QueueClient.body(members)).json.id?.text }
                for id in wanted { #expect(try queue.claim(filter(names)).json.id?.text == id, "\(names)") }
                #expect(try queue.claim(filter(names)).status == 204, "\(names)")
                try queue.move(other, "failed")
            }
        }

        @Test("Values that nothing has find nothing; null and what is no filter are as good as none")
        func strange() throws {
            let id = try queue.create(["cell": "a"], "scheduled")
            for filter in [#"{"name":"WEB"}"#, #"{"cell":"b"}"#, #"{"region":"r"}"#, #"{"cell":"a","name":"x"}"#] {
                #expect(try queue.claim(filter).status == 204, "\(filter)")
            }
            let answer = try queue.claim(
                #"{"cell":null,"environment":null,"version":"9","limit":0,"unknown":[{}],"status":"deployed"}"#)
            #expect(try answer.json.id?.text == id)
        }

        @Test("What no filter can be is 422, names every such field, and takes nothing")
        func rules() throws {
            let id = try queue.create([:], "scheduled")
            let problem = expectProblem(
                try queue.claim(#"{"name":1,"provider":"AWS","trigger":"cron","cell":["a"],"region":"a\nb"}"#), 422,
                fields: ["name", "provider", "trigger", "cell", "region"])
            #expect(problem.detail?.text?.contains("provider has to be one of gcp, aws, azure") == true)
            // What was meant to be filled in, and was not, stands for nothing at all.
            let empty = expectProblem(
                try queue.claim(#"{"name":"","trigger":""}"#), 422, fields: ["name", "trigger"])
            #expect(empty.detail?.text?.contains("name is empty; leave it out where any will do") == true)
            let long = String(repeating: "x", count: 201)
            expectProblem(try queue.claim(#"{"environment":"\#(long)"}"#), 422, fields: ["environment"])
            #expect(try queue.status(id) == "scheduled")
        }

        @Test("50 who claim at once get a different one each, and nobody more than there are")
        func concurrently() throws {
            let queue = queue
            let ids = try (0..<60).map { try queue.create(["cell": "\($0 % 3)"], "scheduled") }
            let claimed = Collected<String>()
            try HTTPClient.concurrently(50) { _ in
                let answer = try queue.claim()
                #expect(answer.status == 200, "\(answer.text)")
                #expect(try answer.json.status == "in_progress")
                claimed.add(try answer.json.id?.text ?? "")
            }
            #expect(claimed.all.count == 50)
            #expect(Set(claimed.all).count == 50)
            #expect(Set(claimed.all).isSubset(of: ids))
            #expect(try queue.ids("status=in_progress").count == 50)
            let statuses = Statuses()
            try HTTPClient.concurrently(50) { _ in statuses.add(try queue.claim().status) }
            #expect(statuses.all == [200: 10, 204: 40])
            #expect(try ids.allSatisfy { try queue.history($0).count == 2 }, "each was claimed once")
        }

        @Test("Claims with filters take nothing away from each other")
        func filtersConcurrently() throws {
            let queue = queue
            for index in 0..<40 { _ = try queue.create(["cell": "\(index % 4)"]) }
            let claimed = Collected<String>()
            try HTTPClient.concurrently(20) { index in
                for _ in 0..<2 {
                    let answer = try queue.claim(#"{"cell":"\#(index % 4)"}"#)
                    #expect(answer.status == 200, "\(answer.text)")
                    #expect(try answer.json.cell?.text == "\(index % 4)")
                    claimed.add(try answer.json.id?.text ?? "")
                }
            }
            #expect(Set(claimed.all).count == 40)
            #expect(try queue.claim().status == 204)
        }

        @Test("Sent again with its Idempotency-Key a claim answers with what it has claimed, and takes no other")
        func idempotency() throws {
            let ids = try (0..<3).map { _ in try queue.create([:], "scheduled") }
            let key = [("Idempotency-Key", "runner-1")]
            #expect(try queue.claim("{}", key).json.id?.text == ids[0])
            for body in ["{}", #"{"cell":null,"x":1}"#] { #expect(try queue.claim(body, key).json.id?.text == ids[0]) }
            try queue.move(ids[0], "deployed")
            #expect(try queue.claim("{}", key).json.status == "deployed", "as it is now")
            expectProblem(try queue.claim(#"{"cell":"a"}"#, key), 422, fields: ["Idempotency-Key"])
            expectProblem(try queue.post(QueueClient.body(), key), 422, fields: ["Idempotency-Key"])
            #expect(try queue.claim("{}", [("Idempotency-Key", "runner-2")]).json.id?.text == ids[1])
        }

        @Test("A claim that has found nothing uses no key up")
        func emptyHanded() throws {
            let key = [("Idempotency-Key", "runner-1")]
            #expect(try queue.claim("{}", key).status == 204)
            let id = try queue.create([:], "scheduled")
            #expect(try queue.claim("{}", key).json.id?.text == id)
        }

        @Test("With one Idempotency-Key many at once claim one")
        func idempotencyConcurrently() throws {
            let queue = queue
            for _ in 0..<10 { _ = try queue.create() }
            let claimed = Collected<String>()
            try HTTPClient.concurrently(16) { _ in
                let answer = try queue.claim("{}", [("Idempotency-Key", "runner-1")])
                #expect(answer.status == 200, "\(answer.text)")
                claimed.add(try answer.json.id?.text ?? "")
            }
            #expect(Set(claimed.all).count == 1)
            #expect(try queue.ids("status=in_progress").count == 1)
        }
    }
}
