import TestSupport
import Testing

@testable import Queue

@Suite struct RollbackTests {
    private let queue: TestQueue
    private let taxonomy: Taxonomy

    init() throws {
        queue = try TestQueue()
        taxonomy = try TestQueue.posted().taxonomy
    }

    /// Rolls the current one back, and deploys the rollback; returns its version.
    private func back(to version: String? = nil) throws -> String {
        let rollback = try queue.rollBack(.current(taxonomy), to: version).deployment
        return try queue.move(rollback, .deployed)[.version]
    }

    private var isNothingLeft: Bool {
        get throws { try refusal { try queue.rollBack(.current(taxonomy)) } == 404 }
    }

    @Test("A rollback is a copy of the deployed one before, scheduled, and tells where it comes from")
    func copy() throws {
        let source = try queue.deploy(
            version: "1.0.0",
            [
                "commit_sha": "abc", "description": "d", "notes": "n", "deployment_uri": "u", "resource": "r",
                "pipeline_extra_params": "{}", "build_uri": "b", "auto": false,
            ])
        let current = try queue.deploy(version: "1.1.0")
        let outcome = try queue.rollBack(.current(taxonomy))
        #expect(outcome.isNew)
        #expect(outcome.rolledBack == nil)
        let json = try outcome.deployment.parsed
        let original = try source.parsed
        for name in [
            "name", "version", "commit_sha", "description", "resource", "pipeline_extra_params", "build_uri",
            "type", "provider", "environment", "region", "cell", "cloud_account_id",
        ] {
            #expect(json[name] == original[name], "\(name)")
        }
        #expect(json.notes == .null)
        #expect(json.deployment_uri == .null)
        #expect(json.status == "scheduled")
        #expect(json.trigger == "rollback")
        #expect(json.source_deployment_id?.text == source.id)
        #expect(json.rollback_from_deployment_id?.text == current.id)
        #expect(try queue.status(current) == .deployed)
        let history = try queue.history(outcome.deployment)
        #expect(history.count == 1)
        #expect(history[0].change?.source_deployment_id?.text == source.id)
        #expect(history[0].change?.rollback_from_deployment_id?.text == current.id)
        try queue.expectWhole()
    }

    @Test("With nothing deployed, or one alone, there is nothing to go back to")
    func nothing() throws {
        #expect(try isNothingLeft)
        let first = try queue.create(version: "1")
        #expect(try isNothingLeft)
        try queue.move(first, .deployed)
        #expect(try isNothingLeft)
        #expect(try refusal { try queue.rollBack(.deployment(first)) } == 404)
        #expect(try queue.status(first) == .deployed, "and nothing is rolled back")
        try queue.create(as: .failed, ["version": "2"])
        try queue.create(as: .inProgress, ["version": "3"])
        #expect(try isNothingLeft)
        try queue.expectWhole()
    }

    @Test("Rollback after rollback goes back further and further, and never to what was replaced")
    func chain() throws {
        for version in ["1", "2", "3", "4"] { try queue.deploy(version: version) }
        #expect(try back() == "3")
        #expect(try back() == "2")
        #expect(try back() == "1")
        #expect(try isNothingLeft)
        // What is deployed anew is a new one, and what it has followed can be gone back to.
        try queue.deploy(version: "5")
        #expect(try back() == "1")
        #expect(try isNothingLeft)
        try queue.expectWhole()
    }

    @Test("Which one was deployed last decides, not which was made last")
    func order() throws {
        let first = try queue.create(version: "2.0.0")
        try queue.deploy(version: "1.0.0")
        try queue.move(first, .deployed)
        let rollback = try queue.rollBack(.current(taxonomy)).deployment
        #expect(rollback[.version] == "1.0.0")
        #expect(rollback[.replaced] == first.id)
    }

    @Test("A version that is named is gone back to, if it was deployed and not replaced")
    func target() throws {
        for version in ["1", "2", "3", "4"] { try queue.deploy(version: version) }
        #expect(try back(to: "2") == "2")
        #expect(try refusal { try back(to: "4") } == 404, "it was replaced")
        #expect(try refusal { try back(to: "7") } == 404, "it never was")
        #expect(try back() == "3", "it was not replaced by a rollback")
        #expect(try back() == "1")
        #expect(try isNothingLeft)
        try queue.expectWhole()
    }

    @Test(
        "The current version can be deployed anew by its name, as a copy of the current one; nothing is abandoned by it"
    )
    func targetCurrent() throws {
        for version in ["1", "2"] { try queue.deploy(version: version) }
        #expect(try back(to: "2") == "2")
        try queue.expectWhole()
        #expect(try back() == "1")
        try queue.expectWhole()
    }

    @Test("Of several with the version the one that was deployed last is taken")
    func targetTwice() throws {
        try queue.deploy(version: "1")
        let newer = try queue.deploy(version: "1", ["commit_sha": "newer"])
        try queue.deploy(version: "2")
        #expect(try queue.rollBack(.current(taxonomy), to: "1").deployment[.source] == newer.id)
    }

    @Test("A given one becomes rolled back and its rollback is in progress", arguments: Status.allCases)
    func given(status: Status) throws {
        let source = try queue.deploy(version: "1")
        let deployment = try queue.create(as: status, ["version": "2"])
        guard [.failed, .inProgress, .deployed].contains(status) else {
            #expect(try refusal { try queue.rollBack(.deployment(deployment)) } == 409)
            #expect(try queue.status(deployment) == status)
            return
        }
        let outcome = try queue.rollBack(.deployment(deployment))
        #expect(outcome.rolledBack?.id == deployment.id)
        #expect(outcome.rolledBack?.status == .rolledBack)
        #expect(outcome.deployment.status == .inProgress)
        #expect(outcome.deployment[.source] == source.id)
        #expect(outcome.deployment[.replaced] == deployment.id)
        let last = try #require(try queue.history(deployment).last)
        #expect(last.change?.status == .object(["from": .string(status.rawValue), "to": "rolled_back"]))
        #expect(last.change?.rolled_back_by?.text == outcome.deployment.id)
        #expect(try refusal { try queue.rollBack(.deployment(deployment)) } == 409, "it is rolled back already")
        #expect(try queue.all().count == 3)
        try queue.expectWhole()
    }

    @Test("A given one goes back to a named version as well")
    func givenTarget() throws {
        for version in ["1", "2", "3"] { try queue.deploy(version: version) }
        let failed = try queue.create(as: .failed, ["version": "4"])
        #expect(try refusal { try queue.rollBack(.deployment(failed), to: "9") } == 404)
        #expect(try queue.status(failed) == .failed)
        #expect(try queue.rollBack(.deployment(failed), to: "2").deployment[.version] == "2")
        try queue.expectWhole()
    }

    @Test("Rollbacks that fail go back to nothing that one of them has replaced, and may be tried again")
    func failingChain() throws {
        for version in ["1", "2", "3"] { try queue.deploy(version: version) }
        var given = try queue.create(as: .inProgress, ["version": "4"])
        for version in ["3", "2", "1"] {
            given = try queue.rollBack(.deployment(given), to: version).deployment
            #expect(given[.version] == version)
            if version == "2" { try queue.move(given, .failed) }
            #expect(try refusal { try queue.rollBack(.deployment(given), to: "4") } == 404)
        }
        // The others were tried and replaced, and it was not.
        #expect(try queue.rollBack(.deployment(given)).deployment[.version] == "1")
        try queue.expectWhole()
    }

    @Test("What a rollback was to replace is not gone back to when another rollback has taken its place")
    func inherited() throws {
        for version in ["1", "2", "3", "4"] { try queue.deploy(version: version) }
        // To 3, which fails; then to 2, which is deployed: 4, which all this was to replace, is none to go back to.
        let failing = try queue.rollBack(.current(taxonomy)).deployment
        #expect(failing[.version] == "3")
        try queue.move(failing, .failed)
        let second = try queue.rollBack(.deployment(failing), to: "2").deployment
        #expect(second[.version] == "2")
        try queue.move(second, .deployed)
        try queue.expectWhole()
        #expect(try back() == "1")
        #expect(try isNothingLeft)
        try queue.expectWhole()
    }

    @Test("What was rolled back by hand is none to go back to")
    func byHand() throws {
        try queue.deploy(version: "1")
        let second = try queue.deploy(version: "2")
        try queue.deploy(version: "3")
        try queue.move(second, .rolledBack)
        #expect(try back() == "1")
        try queue.expectWhole()
    }

    @Test("A rollback that was given up has replaced nothing")
    func givenUp() throws {
        for version in ["1", "2"] { try queue.deploy(version: version) }
        let rollback = try queue.rollBack(.current(taxonomy)).deployment
        try queue.move(rollback, .skipped)
        #expect(try back() == "1")
        #expect(try isNothingLeft)
        try queue.expectWhole()
    }

    @Test("Another taxonomy's are none to go back to", arguments: Facet.ofTaxonomy)
    func otherTaxonomy(facet: Facet) throws {
        try queue.deploy(version: "1", [facet.rawValue: facet == .provider ? "gcp" : "other"])
        try queue.deploy(version: "2")
        #expect(try isNothingLeft)
    }

    @Test("Neither are another organisation's")
    func otherOrganisation() throws {
        let other = try TestQueue(organisation: "other", in: queue.test)
        let theirs = try other.deploy(version: "1")
        try queue.deploy(version: "2")
        #expect(try isNothingLeft)
        #expect(try refusal { try queue.rollBack(.deployment(theirs)) } == 404)
        #expect(try other.status(theirs) == .deployed)
        try queue.expectWhole()
        try other.expectWhole()
    }

    @Test("A script that is run twice makes one rollback", arguments: [true, false])
    func repeatedScript(isGiven: Bool) throws {
        try queue.deploy(version: "1")
        let current = try queue.deploy(version: "2")
        let id = QueueStore.newID()
        for _ in 0..<2 {
            let outcome = try queue.rollBack(isGiven ? .deployment(current) : .current(taxonomy), id: id, limit: 3)
            #expect(outcome.isNew)
            #expect(outcome.deployment.id == id)
        }
        #expect(try queue.all().count == 3)
        try queue.expectWhole()
    }

    @Test("The same key makes one rollback")
    func idempotency() throws {
        try queue.deploy(version: "1")
        let current = try queue.deploy(version: "2")
        let first = try queue.rollBack(.deployment(current), key: "k")
        let again = try queue.rollBack(.deployment(current), key: "k")
        #expect(first.isNew)
        #expect(!again.isNew)
        #expect(again.deployment.id == first.deployment.id)
        #expect(try refusal { try queue.rollBack(.deployment(current), to: "1", key: "k") } == 422)
        try queue.expectWhole()
    }

    @Test("Of many at once for the same given one, one rolls it back")
    func concurrent() throws {
        let queue = queue
        try queue.deploy(version: "1")
        let current = try queue.deploy(version: "2")
        let codes = Collected<Int?>()
        try HTTPClient.concurrently(16) { _ in
            let own = try queue.connect()
            codes.add(try refusal { try own.rollBack(.deployment(current)) })
        }
        #expect(codes.all.filter { $0 == nil }.count == 1)
        #expect(codes.all.filter { $0 == 409 }.count == 15)
        try queue.expectWhole()
    }
}
