import TestSupport
import Testing

/// A value and the member that has it.
struct Member: Sendable, CustomTestStringConvertible {
    let changes: [String: String?]

    init(_ name: String, _ value: String?, _ others: [String: String?] = [:]) {
        changes = others.merging([name: value]) { $1 }
        self.name = name
    }

    let name: String

    var testDescription: String {
        let all = changes.sorted { $0.key < $1.key }.map { "\($0.key): \($0.value ?? "absent")" }
        return String(all.joined(separator: ", ").prefix(120))
    }

    static func quoted(_ character: String, _ count: Int) -> String {
        "\"" + String(repeating: character, count: count) + "\""
    }

    static func addresses(_ count: Int) -> String {
        "[" + (0..<count).map { "\"10.0.0.\($0)\"" }.joined(separator: ",") + "]"
    }

    static let failure: [String: String?] = ["outcome": "\"failure\""]
    static let service: [String: String?] = ["service": "\"web\""]
}

extension EndToEnd {
    /// Every rule for the fields of `POST /api/deploy/events`, with values just inside and just outside.
    @Suite(.origin()) struct DeployFieldTests {
        let origin: Origin

        init() throws { origin = try .current }

        static let accepted: [Member] = [
            Member("sha", "\"305\(UInt32.random(in: 1000...9999))\""),
            Member("sha", "\"" + String((Event.freshSHA() + Event.freshSHA()).prefix(64)) + "\""),
            Member("sha", "\"ABCDEF\(UInt32.random(in: 1000...9999))\""),
            Member("outcome", "\"success\""), Member("outcome", "\"failure\""),
            Member("slot", "\"blue\""), Member("slot", "\"green\""),
            Member("slot", nil, Member.failure), Member("slot", "null", Member.failure),
            Member("slot", "\"\"", Member.failure),
            Member("slot", nil, Member.service), Member("slot", "null", Member.service),
            Member("slot", "\"\"", Member.service),
            Member("duration_s", "0"), Member("duration_s", "0.001"), Member("duration_s", "1e6"),
            Member("duration_s", nil, Member.failure), Member("duration_s", "null", Member.failure),
            Member("duration_s", "\"\"", Member.failure), Member("duration_s", "12", Member.failure),
            Member("deployed_at", nil), Member("deployed_at", "null"),
            Member("deployed_at", "\"1999-12-31T23:59:59Z\""), Member("deployed_at", "\"2026-02-21T12:13:00+02:00\""),
            Member("deployed_at", "\"2026-02-21T10:13:00.25Z\""), Member("deployed_at", "\"2024-02-29T10:13:00Z\""),
            Member("deployed_at", "\"2026-02-21t10:13:00z\""),
            Member("pr_number", "0"), Member("pr_number", "1"), Member("pr_number", nil), Member("pr_number", "null"),
            Member("pr_title", nil), Member("pr_title", "null"), Member("pr_title", "\"\""),
            Member("pr_title", Member.quoted("x", 500)), Member("pr_title", Member.quoted("é", 500)),
            Member("pr_title", Member.quoted("🚀", 500)), Member("pr_title", #""a \"quote\", a \\ and a \n""#),
            Member("origin_ips", nil), Member("origin_ips", "null"), Member("origin_ips", "[]"),
            Member("origin_ips", Member.addresses(64)), Member("origin_ips", #"["2001:db8::1","::1","0.0.0.0"]"#),
            Member("service", nil), Member("service", "null"), Member("service", "\"a\""),
            Member("service", Member.quoted("s", 64)), Member("service", "\"Web.front_end-2\""),
            Member("unknown", #"{"anything":[1,{"x":null}]}"#),
        ]

        @Test(arguments: accepted) func accepts(_ member: Member) throws {
            let before = try origin.storedTotal
            let answer = try origin.post(Event().with(member.changes).json)
            #expect(answer.status == 200, "\(answer.text)")
            #expect(answer["Content-Type"] == "application/json")
            expectCommonForm(answer)
            #expect(try origin.storedTotal == before + 1)
        }

        static let rejected: [Member] = [
            Member("sha", nil), Member("sha", "null"), Member("sha", "\"\""), Member("sha", "\"305103\""),
            Member("sha", Member.quoted("a", 65)), Member("sha", "\"305103g\""), Member("sha", "\"3051037 \""),
            Member("sha", "3051037"), Member("sha", "\"３０５１０３７\""), Member("sha", "[\"3051037\"]"),
            Member("outcome", nil), Member("outcome", "null"), Member("outcome", "\"\""),
            Member("outcome", "\"Success\""), Member("outcome", "\"cancelled\""), Member("outcome", "true"),
            Member("slot", nil), Member("slot", "null"), Member("slot", "\"\""), Member("slot", "\"red\""),
            Member("slot", "\"Blue\""), Member("slot", "1"), Member("slot", "\"red\"", Member.failure),
            Member("slot", "\"red\"", Member.service), Member("slot", "false", Member.failure),
            Member("duration_s", nil), Member("duration_s", "null"), Member("duration_s", "\"\""),
            Member("duration_s", "-0.001"), Member("duration_s", "-1"), Member("duration_s", "\"47\""),
            Member("duration_s", "true"), Member("duration_s", "[47]"), Member("duration_s", "-1", Member.failure),
            Member("duration_s", "\"long\"", Member.failure), Member("duration_s", nil, Member.service),
            Member("deployed_at", "\"yesterday\""), Member("deployed_at", "\"2026-02-21\""),
            Member("deployed_at", "\"2026-02-21T10:13:00\""), Member("deployed_at", "\"2026-02-30T10:13:00Z\""),
            Member("deployed_at", "\"2025-02-29T10:13:00Z\""), Member("deployed_at", "\"2026-13-01T10:13:00Z\""),
            Member("deployed_at", "\"2026-02-21T24:13:00Z\""), Member("deployed_at", "\"2026-02-21T10:13:00Z \""),
            Member("deployed_at", "1771668780"), Member("deployed_at", "false"),
            Member("pr_number", "-1"), Member("pr_number", "1.5"), Member("pr_number", "\"321\""),
            Member("pr_number", "true"), Member("pr_number", "1e300"),
            Member("pr_title", Member.quoted("x", 501)), Member("pr_title", Member.quoted("🚀", 501)),
            Member("pr_title", "5"), Member("pr_title", "[\"x\"]"),
            Member("origin_ips", Member.addresses(65)), Member("origin_ips", "\"1.2.3.4\""),
            Member("origin_ips", "[\"1.2.3\"]"), Member("origin_ips", "[\"256.1.1.1\"]"),
            Member("origin_ips", "[\"1.2.3.4/32\"]"), Member("origin_ips", "[\"1.2.3.4\",\"\"]"),
            Member("origin_ips", "[\"origin.example\"]"), Member("origin_ips", "[16909060]"),
            Member("origin_ips", "[null]"), Member("origin_ips", "{}"), Member("origin_ips", "[\"fe80::1%eth0\"]"),
            Member("service", "\"\""), Member("service", Member.quoted("s", 65)), Member("service", "\"a b\""),
            Member("service", "\"ä\""), Member("service", "\"a/b\""), Member("service", "1"),
        ]

        @Test(arguments: rejected) func rejects(_ member: Member) throws {
            let before = try origin.storedTotal
            let answer = try origin.post(Event().with(member.changes).json)
            expectProblem(answer, 422, fields: [member.name])
            #expect(try origin.storedTotal == before)
        }

        @Test func namesEveryBadFieldAtOnce() throws {
            let before = (try origin.storedTotal, try origin.ringLength)
            let bad: [String: String?] = [
                "sha": "\"x\"", "outcome": "\"maybe\"", "slot": "\"red\"", "duration_s": "-1",
                "deployed_at": "\"now\"", "pr_number": "-1", "pr_title": "1", "origin_ips": "[\"x\"]",
                "service": "\"a b\"",
            ]
            expectProblem(try origin.post(Event().with(bad).json), 422, fields: Array(bad.keys))
            expectProblem(try origin.post("{}"), 422, fields: ["sha", "outcome", "slot", "duration_s"])
            #expect(try (origin.storedTotal, origin.ringLength) == before)
        }

        @Test func takesTimesOfTheNextFiveMinutes() throws {
            let near = try origin.post(Event().with("deployed_at", "\"\(time(in: 290))\"").json)
            #expect(near.status == 200)
            let far = try origin.post(Event().with("deployed_at", "\"\(time(in: 310))\"").json)
            expectProblem(far, 422, fields: ["deployed_at"])
        }

        @Test func answersWithTheStoredEvent() throws {
            let sha = Event.freshSHA()
            let event = Event().with("sha", "\"\(sha)\"").with("service", "\"web\"")
            let json = try origin.post(event.json).json
            #expect(json.sha?.text == sha)
            #expect(json.pr_number == 321)
            #expect(json.pr_title == "blue/green deploy rewrite")
            #expect(json.slot == "blue")
            #expect(json.outcome == "success")
            #expect(json.duration_s == 47)
            #expect(json.deployed_at == "2026-02-21T10:13:00Z")
            #expect(json.origin_ips == ["1.2.3.4", "5.6.7.8"])
            #expect(json.service == "web")
            #expect(json.duplicate == nil)
        }

        @Test func answersWithoutWhatWasNotSent() throws {
            let event = #"{"sha":"\#(Event.freshSHA())","outcome":"failure"}"#
            let json = try origin.post(event).json
            #expect(json.slot == .null)
            #expect(json.duration_s == .null)
            #expect(json.pr_number == .null)
            #expect(json.pr_title == .null)
            #expect(json.origin_ips == [])
            #expect(json.deployed_at?.text?.hasSuffix("Z") == true)
            #expect(try origin.get("/api/deploy/status").json.last_deploy?.age_s?.integer ?? 99 <= 5)
        }

        @Test func timesAreKeptInUTC() throws {
            let json = try origin.post(Event().with("deployed_at", "\"2026-02-21T12:13:00+02:00\"").json).json
            #expect(json.deployed_at == "2026-02-21T10:13:00Z")
        }

        @Test func pullRequestZeroMeansNone() throws {
            #expect(try origin.post(Event().with("pr_number", "0").json).json.pr_number == .null)
        }

        @Test(arguments: [
            "\"a\\u0000b\\u001f\"", "\"tab\\tline\\nquote\\\"back\\\\slash\"", "\"\\ud83d\\ude80 </script>\"",
        ])
        func textsComeBackAsTheyWere(_ title: String) throws {
            let answer = try origin.post(Event().with("pr_title", title).json)
            #expect(answer.status == 200)
            let sent = try JSON(parsing: title.utf8)
            #expect(try answer.json.pr_title == sent)
            #expect(try origin.get("/api/deploy/events?limit=1").json.events?[0]?.pr_title == sent)
        }
    }
}
