import TestSupport
import Testing

extension EndToEnd {
    /// Who is deployed leaves nothing older waiting: it is skipped in the same step.
    @Suite(.origin(workers: 6, environment: QueueClient.settings)) struct QueueSkipTests {
        let queue: QueueClient

        init() throws { queue = try Origin.current.queue }

        @Test("Every older scheduled one of the taxonomy is skipped; newer ones and those in another status are not")
        func older() throws {
            let old = try ["scheduled", "in_progress", "failed", "skipped", "scheduled"].map {
                try queue.create(["version": "1.0.0"], $0)
            }
            let deployed = try queue.create(["version": "1.1.0"], "scheduled")
            let newer = try queue.create(["version": "1.0.5"], "scheduled")
            try queue.move(deployed, "deployed")
            #expect(
                try old.map { try queue.status($0) } == ["skipped", "in_progress", "failed", "skipped", "skipped"])
            #expect(try queue.status(newer) == "scheduled", "it was created later, whatever its version is")
            let skipped = try queue.deployment(old[0])
            #expect(skipped.updated_at == (try queue.deployment(deployed).updated_at))
            #expect(try queue.ids("status=skipped") == [old[4], old[3], old[0]])
            #expect(try queue.ids("status=scheduled") == [newer])
            // What was skipped before and failed before has no further entry.
            #expect(try queue.history(old[3]).count == 2)
            #expect(try queue.history(old[2]).count == 2)
        }

        @Test("By all ways into deployed, and by no other status", arguments: ["scheduled", "in_progress", "failed"])
        func ways(from status: String) throws {
            let old = try queue.create([:], "scheduled")
            let id = try queue.create(["version": "1.1.0"], status)
            for other in ["in_progress", "failed", "in_progress"] where status == "failed" { try queue.move(id, other) }
            #expect(try queue.status(old) == "scheduled")
            try queue.move(id, "deployed")
            #expect(try queue.status(old) == "skipped")
        }

        @Test(
            "Only the whole taxonomy counts: one that differs in any part of it stays",
            arguments: [
                "name", "environment", "provider", "cloud_account_id", "region", "cell",
            ])
        func taxonomy(part: String) throws {
            let texts = [
                "name": "web", "environment": "prod", "provider": "aws", "cloud_account_id": "1", "region": "r",
                "cell": "c",
            ]
            let other = try queue.create(
                texts.merging([part: part == "provider" ? "gcp" : "other"]) { $1 }, "scheduled")
            var absent: String?
            if !["name", "provider"].contains(part) {
                absent = try queue.create(texts.filter { $0.key != part }, "scheduled")
            }
            // Of what is no part of it nothing counts.
            let same = try queue.create(
                texts.merging(["type": "terraform", "commit_sha": "abc", "resource": "x", "notes": "n"]) { $1 },
                "scheduled")
            let manual = try queue.post(
                QueueClient.body(
                    texts.mapValues { Optional(JSON.quoted($0)) }.merging(["auto": Optional("false")]) { $1 }))
            _ = try queue.create(texts.merging(["version": "2.0.0"]) { $1 }, "deployed")
            #expect(try queue.status(other) == "scheduled")
            if let absent { #expect(try queue.status(absent) == "scheduled") }
            #expect(try queue.status(same) == "skipped")
            #expect(try queue.status(try #require(try manual.json.id?.text)) == "skipped")
            #expect(try queue.ids("trigger=manual&status=skipped").count == 1)
        }

        /// Older version, deployed version, and whether the older one is left scheduled.
        static let versions: [(String, String, Bool)] = [
            ("1.0.0", "1.1.0", false), ("1.1.0", "1.1.0", false), ("1.1.1", "1.1.0", true), ("2.0.0", "1.99.99", true),
            ("1.10.0", "1.9.0", true), ("1.9.0", "1.10.0", false), ("v2.0.0", "1.0.0", true), ("2.0.0", "v1.0.0", true),
            ("v1.0.0", "v2.0.0", false), ("1.0.0", "1.0.0-rc.1", true), ("1.0.0-rc.1", "1.0.0", false),
            ("1.0.0-rc.10", "1.0.0-rc.9", true), ("1.0.0-beta", "1.0.0-alpha", true), ("1.0.0-1", "1.0.0-a", false),
            ("1.0.0+build.9", "1.0.0+build.1", false), ("1.0.0-a.b", "1.0.0-a", true),
            ("100000000000000000000.0.0", "99999999999999999999.0.0", true),
            // One that is no semantic version is skipped, and skips all.
            ("2.0", "1.0.0", false), ("latest", "1.0.0", false), ("V2.0.0", "1.0.0", false), ("02.0.0", "1.0.0", false),
            ("2.0.0", "latest", false), ("2.0.0", "1.0", false), ("b", "a", false),
        ]

        @Test("One with a higher version stays, where both are semantic versions", arguments: versions)
        func higher(older: String, deployed: String, stays: Bool) throws {
            let old = try queue.create(["version": older], "scheduled")
            _ = try queue.create(["version": deployed], "deployed")
            #expect(try queue.status(old) == (stays ? "scheduled" : "skipped"))
        }

        @Test("One that was put back later is as old as it was")
        func putBack() throws {
            let old = try queue.create([:], "in_progress")
            let id = try queue.create(["version": "1.1.0"], "scheduled")
            try queue.move(old, "scheduled")
            try queue.move(id, "deployed")
            #expect(try queue.status(old) == "skipped")
            // It can be asked for again.
            try queue.move(old, "scheduled")
            #expect(try queue.status(old) == "scheduled")
        }

        @Test("All of it is one step: whoever looks meanwhile sees all or nothing of it")
        func oneStep() throws {
            let queue = queue
            for round in 0..<5 {
                let cell = "cell \(round)"
                let older = try (0..<40).map { _ in try queue.create(["cell": cell], "scheduled") }
                let id = try queue.create(["cell": cell, "version": "1.1.0"], "scheduled")
                let looks = Collected<Bool>()
                try HTTPClient.concurrently(4) { index in
                    guard index > 0 else {
                        #expect(eventually { looks.all.count > 5 })
                        return try queue.move(id, "deployed")
                    }
                    let isDone = try eventually {
                        let rows = try queue.deployments("cell=cell+\(round)&limit=100")
                        let deployed = rows.first?.status == "deployed"
                        let expected: JSON = deployed ? "skipped" : "scheduled"
                        #expect(rows.count == 41)
                        #expect(rows.dropFirst().allSatisfy { $0.status == expected })
                        looks.add(deployed)
                        return deployed
                    }
                    #expect(isDone)
                }
                #expect(try queue.ids("status=scheduled").isEmpty)
                #expect(try older.allSatisfy { try queue.history($0).count == 2 }, "skipped once")
            }
        }

        @Test(
            "A taxonomy has at most 500 that wait, so that one step can skip them all, and room for rollbacks besides")
        func bound() throws {
            let queue = queue
            let old = try ["0.1.0", "0.2.0"].map { try queue.create(["version": $0], "deployed") }
            let put = try queue.create([:], "skipped")
            try HTTPClient.concurrently(8) { index in
                for _ in 0..<(index < 4 ? 63 : 62) { _ = try queue.create() }
            }
            let problem = expectProblem(try queue.post(QueueClient.body()), 409)
            #expect(problem.detail?.text?.contains("500 scheduled deployments of this taxonomy") == true)
            expectProblem(try queue.patch(put, #"{"status":"scheduled"}"#), 409)
            #expect(try queue.status(put) == "skipped")
            #expect(try queue.ids("status=scheduled&limit=1000").count == 500)
            let rollback = try queue.rollBack("name=web&provider=aws")
            #expect(rollback.status == 201)
            #expect(try rollback.json.source_deployment_id?.text == old[0])
            // Elsewhere there is room, and what is deployed makes room here.
            #expect(try queue.create(["cell": "b"]).status == "scheduled")
            try queue.move(try #require(try rollback.json.id?.text), "deployed")
            #expect(try queue.ids("status=scheduled&limit=1000").count == 501, "their versions are higher")
            let newest = try queue.ids("status=scheduled&limit=2")[1]
            try queue.move(newest, "deployed")
            #expect(try queue.ids("status=skipped&limit=1000").count == 500)
            #expect(try queue.create().status == "scheduled")
        }
    }
}
