import TestSupport
import Testing

extension EndToEnd {
    /// What `GET /api/deploy/status` and `GET /api/deploy/events` answer.
    @Suite struct DeployStatusTests {
        @Test func beforeTheFirstEventThereIsNothing() async throws {
            try await withOrigin { origin in
                for path in ["/api/deploy/status", "/api/deploy/status?service=web"] {
                    let answer = try origin.get(path)
                    #expect(answer.status == 204)
                    #expect(answer.body.isEmpty)
                    expectCommonForm(answer)
                }
                #expect(try origin.get("/api/deploy/events").text == #"{"events":[]}"#)
                #expect(try origin.http.request("HEAD", "/api/deploy/status").status == 204)
            }
        }

        @Test func statusHasTheShapeOfTheContract() async throws {
            try await withOrigin(environment: ["GITHUB_REPO": "acme/wgmesh"]) { origin in
                _ = try origin.post(Event().with("sha", "\"3051037\"").json)
                let answer = try origin.get("/api/deploy/status")
                #expect(answer.status == 200)
                #expect(answer["Content-Type"] == "application/json")
                expectCommonForm(answer)
                let status = try answer.json
                let deploy: Set = [
                    "sha", "pr_number", "pr_title", "slot", "outcome", "duration_s", "deployed_at", "age_s",
                    "origin_ips",
                ]
                #expect(
                    status.names == [
                        "last_deploy", "recent_deploys", "active_slot", "total_deploys", "success_rate_pct",
                    ])
                #expect(status.last_deploy?.names == deploy)
                #expect(status.recent_deploys?[0] == status.last_deploy)
                #expect(status.success_rate_pct == 100)
                #expect(try origin.get("/api/deploy/events").json.events?[0]?.names == deploy)
            }
        }

        @Test func agesAreThoseOfTheMoment() async throws {
            try await withOrigin { origin in
                let times = [(290.0, 0), (0, 0), (-3720, 3720), (-86_400, 86_400)]
                for (seconds, _) in times {
                    _ = try origin.post(Event().with("deployed_at", "\"\(time(in: seconds))\"").json)
                }
                func ages() throws -> [Int] {
                    try origin.get("/api/deploy/events").json.events?.list.reversed().compactMap(\.age_s?.integer) ?? []
                }
                for (age, (_, expected)) in zip(try ages(), times) { #expect((expected...expected + 5).contains(age)) }
                let before = try ages()[2]
                #expect(try eventually { try ages()[2] > before }, "the age does not grow")
                #expect(try ages()[0] == 0)
            }
        }

        @Test func totalsRatesAndSlotsFollowTheEvents() async throws {
            try await withOrigin(environment: ["GITHUB_REPO": "acme/wgmesh"]) { origin in
                let outcomes = (0..<12).map { $0 == 3 ? "failure" : "success" }
                for outcome in outcomes { _ = try origin.post(Event().with("outcome", "\"\(outcome)\"").json) }
                var status = try origin.get("/api/deploy/status").json
                #expect(status.total_deploys == 12)
                #expect(status.success_rate_pct == 91.7)
                #expect(status.recent_deploys?.list.count == 10)
                #expect(status.active_slot == "blue")

                let green = Event().with("slot", "\"green\"")
                _ = try origin.post(green.json)
                #expect(try origin.get("/api/deploy/status").json.active_slot == "green")
                // Neither a failure nor a success without a slot moves it.
                _ = try origin.post(Event().with("outcome", "\"failure\"").json)
                _ = try origin.post(Event().with("slot", nil).with("service", "\"web\"").json)
                status = try origin.get("/api/deploy/status").json
                #expect(status.active_slot == "green")
                #expect(status.success_rate_pct == 86.7)
                #expect(status.last_deploy?.service == "web")
            }
        }

        @Test func withoutASuccessThereIsNoActiveSlot() async throws {
            try await withOrigin { origin in
                _ = try origin.post(Event().with("outcome", "\"failure\"").json)
                let status = try origin.get("/api/deploy/status").json
                #expect(status.active_slot == .null)
                #expect(status.success_rate_pct == 0)
            }
        }

        @Test func theLastTwoCommitsAreCompared() async throws {
            try await withOrigin(environment: ["GITHUB_REPO": "acme/wgmesh"]) { origin in
                func post(_ sha: String, _ slot: String) throws -> String? {
                    _ = try origin.post(Event().with("sha", "\"\(sha)\"").with("slot", "\"\(slot)\"").json)
                    return try origin.get("/api/deploy/status").json.compare_url?.text
                }
                let urls = try [
                    post("aaaaaaa", "blue"), post("aaaaaaa", "green"), post("bbbbbbb", "blue"),
                    post("bbbbbbb", "green"), post("ccccccc", "blue"),
                ]
                let start = "https://github.com/acme/wgmesh/compare/"
                let first = start + "aaaaaaa...bbbbbbb"
                #expect(urls == [nil, nil, first, first, start + "bbbbbbb...ccccccc"])
            }
        }

        @Test func servicesAreToldApart() async throws {
            try await withOrigin { origin in
                let web = ["service": "\"web\"", "slot": "\"green\""]
                let api = ["service": "\"api\"", "outcome": "\"failure\""]
                _ = try origin.post(Event().json)
                for _ in 0..<3 { _ = try origin.post(Event().with(web).json) }
                for _ in 0..<2 { _ = try origin.post(Event().with(api).json) }

                let all = try origin.get("/api/deploy/status").json
                #expect(all.total_deploys == 6)
                #expect(all.last_deploy?.service == "api")
                let ofWeb = try origin.get("/api/deploy/status?service=web").json
                #expect(ofWeb.total_deploys == 3)
                #expect(ofWeb.success_rate_pct == 100)
                #expect(ofWeb.active_slot == "green")
                #expect(ofWeb.recent_deploys?.list.map(\.service) == ["web", "web", "web"])
                let ofAPI = try origin.get("/api/deploy/status?service=api").json
                #expect(ofAPI.success_rate_pct == 0)
                #expect(ofAPI.active_slot == .null)
                #expect(try origin.get("/api/deploy/status?service=other").status == 204)
                #expect(try origin.get("/api/deploy/events?service=web").json.events?.list.count == 3)
                #expect(try origin.get("/api/deploy/events?service=web&limit=2").json.events?.list.count == 2)
                #expect(try origin.get("/api/deploy/events?service=other").json.events == [])
                expectProblem(try origin.get("/api/deploy/status?service=a%20b"), 400)
                expectProblem(try origin.get("/api/deploy/events?service=%FF"), 400)
            }
        }

        @Test func theListIsBounded() async throws {
            try await withOrigin { origin in
                for index in 0..<55 {
                    _ = try origin.post(Event().with("pr_number", String(index + 1)).json)
                }
                func numbers(_ query: String) throws -> [Int] {
                    try origin.get("/api/deploy/events" + query).json.events?.list.compactMap(\.pr_number?.integer)
                        ?? []
                }
                #expect(try numbers("") == (6...55).reversed())
                #expect(try numbers("?limit=50") == (6...55).reversed())
                #expect(try numbers("?limit=1") == [55])
                for limit in ["0", "51", "-1", "x", "", "1.5", "99999999999999999999", "%31%30x"] {
                    expectProblem(try origin.get("/api/deploy/events?limit=\(limit)"), 400, "\(limit)")
                }
                for query in ["%", "limit=%zz", "x=%ff", "limit=1%0"] {
                    expectProblem(try origin.get("/api/deploy/events?\(query)"), 400, "\(query)")
                }
                let status = try origin.get("/api/deploy/status").json
                #expect(status.total_deploys == 55)
                #expect(status.recent_deploys?.list.compactMap(\.pr_number?.integer) == (46...55).reversed())
                #expect(try origin.ringLength == 50)
            }
        }
    }
}
