import TestSupport
import Testing
import Web

@testable import Queue

/// The rule of each field, at its bounds.
@Suite struct FieldTests {
    /// Texts in one line, with the most characters that they may have.
    private static let lines: [(String, Int)] = [
        ("name", 200), ("version", 200), ("commit_sha", 200), ("cloud_account_id", 200), ("region", 200),
        ("environment", 200), ("cell", 200), ("build_uri", 2000), ("deployment_uri", 2000), ("resource", 2000),
    ]
    /// Texts of any characters, likewise.
    private static let texts: [(String, Int)] = [
        ("pipeline_extra_params", 10_000), ("description", 4000), ("notes", 4000),
    ]
    private static let required = ["name", "version", "provider", "type"]

    private func rejected(_ members: [String: JSON]) throws -> [String] {
        try refusedFields { try TestQueue.posted(members) }
    }

    private func rejectedChange(_ members: [String: JSON]) throws -> [String] {
        try refusedFields { try FieldReader.read(PostedChange.self, from: TestQueue.object(members)) }
    }

    @Test("The usual body breaks no rule, and neither does one of the required fields alone")
    func usual() throws {
        #expect(try rejected([:]).isEmpty)
        let others = Set(TestQueue.usual.keys).subtracting(Self.required)
        #expect(try rejected(Dictionary(uniqueKeysWithValues: others.map { ($0, JSON.null) })).isEmpty)
    }

    @Test("What is required is missed, also where it is null or empty", arguments: required)
    func missing(field: String) throws {
        #expect(try rejected([field: .null]) == [field])
        #expect(try rejected([field: ""]) == [field])
    }

    @Test("All mistakes are named at once, in the contract's order")
    func all() throws {
        #expect(
            try rejected(["name": .null, "version": 1, "provider": "x", "type": "y", "auto": "yes", "cell": "a\nb"])
                == ["name", "version", "provider", "type", "cell", "auto"])
    }

    @Test("Texts in one line are as long as they may be, whatever a character takes", arguments: lines)
    func lineLength(field: String, limit: Int) throws {
        for character in ["a", "ü", "\u{1F680}", "\"", "\\"] {
            #expect(try rejected([field: .string(String(repeating: character, count: limit))]).isEmpty)
            #expect(try rejected([field: .string(String(repeating: character, count: limit + 1))]) == [field])
        }
        // One that a reader sees, and two that count.
        let accented = String(repeating: "e\u{301}", count: limit / 2)
        #expect(try rejected([field: .string(accented)]).isEmpty)
        #expect(try rejected([field: .string(accented + "e")]) == [field])
    }

    @Test(
        "No control character and no line end gets into a text of one line", arguments: lines.map(\.0),
        ["\n", "\r", "\t", "\0", "\u{1B}", "\u{7F}", "\u{85}", "\u{9F}", "\u{2028}", "\u{2029}"])
    func control(field: String, character: String) throws {
        #expect(try rejected([field: .string("a" + character)]) == [field])
        #expect(try rejected([field: .string(character + "a")]) == [field])
        #expect(try rejected([field: .string(character)]) == [field])
    }

    @Test("Texts of any characters are as long as they may be", arguments: texts)
    func textLength(field: String, limit: Int) throws {
        for (character, bytes) in [("a", 1), ("\n", 2), ("\0", 6), ("\u{1F680}", 4)] {
            let isTooMuch = field != "notes" && bytes * limit > 16 << 10
            #expect(
                try rejected([field: .string(String(repeating: character, count: limit))])
                    == (isTooMuch ? ["pipeline_extra_params"] : []), "all that never changes has a bound of its own")
            #expect(try rejected([field: .string(String(repeating: character, count: limit + 1))]) == [field])
        }
    }

    @Test("All that never changes is 16 KiB of JSON together")
    func content() throws {
        func body(_ count: Int) -> [String: JSON] {
            [
                "pipeline_extra_params": .string(String(repeating: "p", count: 10_000)),
                "description": .string(String(repeating: "d", count: 4000)),
                "build_uri": .string(String(repeating: "u", count: count)),
                "notes": .string(String(repeating: "n", count: 4000)),
            ]
        }
        #expect(try rejected(body(1500)).isEmpty)
        #expect(
            try rejected(body(2000).merging(["resource": .string(String(repeating: "r", count: 600))]) { $1 })
                == ["pipeline_extra_params"])
    }

    @Test("A text is no number, truth value, list or object", arguments: lines.map(\.0) + texts.map(\.0))
    func types(field: String) throws {
        for value in [1, true, JSON.array([]), .array(["a"]), .object([:]), 1.5] {
            #expect(try rejected([field: value]) == [field], "\(value)")
        }
    }

    @Test("Providers and types are those of the contract, spelled as there")
    func choices() throws {
        for provider in ["gcp", "aws", "azure"] { #expect(try rejected(["provider": .string(provider)]).isEmpty) }
        for type in ["k8s", "terraform", "data_pipeline"] { #expect(try rejected(["type": .string(type)]).isEmpty) }
        for value: JSON in ["AWS", " aws", "other", 1, .array(["aws"])] {
            #expect(try rejected(["provider": value]) == ["provider"])
            #expect(try rejected(["type": value]) == ["type"])
        }
    }

    @Test("auto is true, false or absent")
    func auto() throws {
        for value: JSON in [true, false, .null] { #expect(try rejected(["auto": value]).isEmpty) }
        for value: JSON in ["true", "", 0, 1, .array([])] {
            #expect(try rejected(["auto": value]) == ["auto"], "\(value)")
        }
        #expect(try TestQueue.posted(["auto": .null]).isAutomatic)
    }

    @Test("Empty optional fields are absent, and what nobody knows is ignored")
    func empty() throws {
        let empty = ["environment", "cell", "region", "cloud_account_id", "commit_sha", "notes", "description"]
        let posted = try TestQueue.posted(
            Dictionary(uniqueKeysWithValues: empty.map { ($0, JSON.string("")) }).merging([
                "status": "deployed", "id": "x", "organisation": "other", "created_by_actor": "root",
                "trigger": "rollback", "source_deployment_id": "x",
            ]) { $1 })
        let deployment = posted.deployment(id: "i", by: TestQueue.caller)
        let json = try deployment.parsed
        for name in empty { #expect(json[name] == .null, "\(name)") }
        #expect(json.status == "scheduled")
        #expect(json.organisation == "Acme")
        #expect(json.created_by_actor == "octocat")
        #expect(json.trigger == "auto")
        #expect(json.source_deployment_id == .null)
        #expect(json.id == "i")
    }

    @Test("A change names one of the six statuses")
    func changedStatus() throws {
        for status in StoredDeployment.statuses { #expect(try rejectedChange(["status": .string(status)]).isEmpty) }
        for value: JSON in ["Deployed", "in progress", "done", 1, true, .array(["deployed"])] {
            #expect(try rejectedChange(["status": value]) == ["status"], "\(value)")
        }
    }

    @Test("What a change sets has the rules of a new deployment")
    func changedTexts() throws {
        #expect(try rejectedChange(["notes": .string(String(repeating: "n", count: 4000))]).isEmpty)
        #expect(try rejectedChange(["notes": .string(String(repeating: "n", count: 4001))]) == ["notes"])
        #expect(try rejectedChange(["notes": 1, "deployment_uri": "a\nb"]) == ["notes", "deployment_uri"])
        #expect(
            try rejectedChange(["deployment_uri": .string(String(repeating: "u", count: 2001))]) == ["deployment_uri"])
    }

    @Test("A change of nothing is known to be one")
    func emptyChange() throws {
        func isEmpty(_ members: [String: JSON]) throws -> Bool {
            try FieldReader.read(PostedChange.self, from: TestQueue.object(members)).isEmpty
        }
        #expect(try isEmpty([:]))
        #expect(try isEmpty(["status": .null, "notes": .null, "deployment_uri": .null, "version": "2"]))
        #expect(try isEmpty(["status": ""]))
        #expect(try !isEmpty(["notes": ""]))
    }

    @Test("A claim's filters are those of the list")
    func claim() throws {
        func filter(_ members: [String: JSON]) throws -> ListFilter {
            try FieldReader.read(PostedClaim.self, from: TestQueue.object(members)).filter
        }
        #expect(try filter([:]) == ListFilter())
        #expect(try filter(["cell": .null, "status": "deployed"]) == ListFilter())
        #expect(try refusedFields { try filter(["name": "", "cell": "c"]) } == ["name"])
        let all: [String: JSON] = [
            "name": "n", "environment": "e", "provider": "gcp", "cloud_account_id": "c", "region": "r", "cell": "l",
            "trigger": "manual",
        ]
        #expect(
            try filter(all)
                == ListFilter(values: [
                    .name: "n", .environment: "e", .provider: "gcp", .account: "c", .region: "r", .cell: "l",
                    .trigger: "manual",
                ]))
        #expect(
            try refusedFields { try filter(["name": 1, "provider": "x", "trigger": "y", "cell": "a\nb"]) }
                == ["trigger", "name", "provider", "cell"])
        #expect(try refusedFields { try filter(["name": .string(String(repeating: "n", count: 201))]) } == ["name"])
    }
}
