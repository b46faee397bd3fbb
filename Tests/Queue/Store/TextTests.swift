import TestSupport
import Testing

@testable import Queue

/// Texts that would break a record, a script, a key or JSON, if they were taken for more than texts.
@Suite struct TextTests {
    private let queue: TestQueue

    init() throws { queue = try TestQueue() }

    /// Such as go into one line.
    static let lines = [
        "\"quoted\"", "back\\slash\\", "{braces}", "{a}:{b}", "%", "%d%s%1", "100%%", "([^.]*)", "^$()%.[]*+-?",
        "'single'", "], \"x\": [", "\",\"status\":\"deployed\"", "ü ß é", "e\u{301}",
        "\u{1F680}\u{1F468}\u{200D}\u{1F469}",
        "日本語", "\u{202E}right to left", "a:b|c,d;e", "*", "?", " leading and trailing ", "null", "0", "-inf", "(1",
        "scheduled", "<script>", "&amp;", "\u{FFFD}\u{FEFF}",
    ]
    /// Such as go into several.
    static let texts =
        lines + [
            "a\nb", "\n", "\r\n", "a\tb", "\t\t", "\u{0}", "\u{1}\u{1F}\u{7F}", "\u{85}\u{2028}\u{2029}", "\\n",
            "\n\n\nend\n",
            "1\t\"actor\":null\t\"status\":{}",
        ]

    @Test(
        "A taxonomy and a version of any texts is found by each of them, claimed, skipped and rolled back",
        arguments: lines)
    func taxonomy(text: String) throws {
        let value = JSON.string(text)
        let members: [String: JSON] = [
            "name": value, "environment": value, "cloud_account_id": value, "region": value, "cell": value,
            "version": value, "commit_sha": value, "build_uri": value, "resource": value, "deployment_uri": value,
        ]
        let first = try queue.create(members)
        for (name, value) in members { #expect(try first.parsed[name] == value, "\(name)") }
        for facet in [Facet.name, .environment, .account, .region, .cell] {
            #expect(try queue.all(ListFilter(values: [facet: text])).map(\.id) == [first.id])
            #expect(try queue.all(ListFilter(status: .scheduled, values: [facet: text, .provider: "aws"])).count == 1)
        }
        #expect(try queue.claim([.name: text, .cell: text])?.id == first.id)
        try queue.move(first, .deployed)
        let second = try queue.create(members)
        let third = try queue.create(members)
        let changed = try queue.change(third.id, ["status": "deployed"])
        #expect(changed.skipped.map(\.id) == [second.id])
        #expect(changed.skipped.map(\.version) == [text])
        #expect(try queue.store.taxonomies(of: text) == [first.taxonomy])
        let rollback = try queue.rollBack(.deployment(third), to: text).deployment
        #expect(rollback[.source] == first.id)
        #expect(rollback[.replaced] == third.id)
        #expect(rollback[.version] == text)
        try queue.expectWhole()
    }

    @Test("Notes and addresses of any texts are kept, changed and shown in the history", arguments: texts)
    func notes(text: String) throws {
        let value = JSON.string(text)
        let deployment = try queue.create(["notes": value, "description": value, "pipeline_extra_params": value])
        let json = try #require(try queue.store.deployment(deployment.id)).parsed
        for name in ["notes", "description", "pipeline_extra_params"] { #expect(json[name] == value) }
        try queue.change(deployment.id, ["notes": "other"])
        try queue.change(deployment.id, ["notes": value, "status": "in_progress"])
        let history = try queue.history(deployment)
        #expect(history.count == 3)
        #expect(history[1].change == .object(["notes": .object(["from": value, "to": "other"])]))
        #expect(history[2].change?.notes?.to == value)
        #expect(try queue.change(deployment.id, ["notes": value]).isNews == false)
        #expect(try queue.store.deployment(deployment.id)?.parsed.notes == value)
        try queue.expectWhole()
    }

    @Test("Callers of any names are shown as they are", arguments: texts)
    func callers(text: String) throws {
        var identity = TestQueue.caller
        (identity.actor, identity.repository, identity.workflow) = (text, text, text)
        let outcome = try queue.store.create(
            try TestQueue.posted(), by: identity, limit: 10, idempotency: TestQueue.idempotency(nil, route: "", ""))
        let json = try #require(try queue.store.deployment(outcome.deployment.id)).parsed
        for name in ["created_by_actor", "created_by_repo", "created_by_workflow"] { #expect(json[name]?.text == text) }
        let history = try queue.history(outcome.deployment)
        for name in ["actor", "repository", "workflow"] { #expect(history[0][name]?.text == text) }
        try queue.expectWhole()
    }

    @Test("Two texts that look the same and are not are two taxonomies")
    func equivalent() throws {
        // Swift holds them for equal; the store, and whoever reads JSON, does not.
        let composed = try queue.deploy(version: "1", ["name": "caf\u{E9}"])
        let decomposed = try queue.create(version: "2", ["name": "cafe\u{301}"])
        try queue.move(decomposed, .deployed)
        #expect(try queue.all(ListFilter(values: [.name: "caf\u{E9}"])).map(\.id) == [composed.id])
        #expect(try queue.all(ListFilter(values: [.name: "cafe\u{301}"])).map(\.id) == [decomposed.id])
        #expect(try refusal { try queue.rollBack(.deployment(decomposed)) } == 404)
    }
}
