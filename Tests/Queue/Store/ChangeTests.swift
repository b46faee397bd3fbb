import TestSupport
import Testing
import Web

@testable import Queue

@Suite struct ChangeTests {
    private let queue: TestQueue

    init() throws { queue = try TestQueue() }

    /// The moves that the contract names.
    private static let moves: [Status: Set<Status>] = [
        .scheduled: [.inProgress, .deployed, .skipped, .failed], .inProgress: [.deployed, .failed, .scheduled],
        .failed: [.inProgress, .scheduled, .rolledBack], .skipped: [.scheduled], .deployed: [.rolledBack],
        .rolledBack: [],
    ]

    @Test(
        "From each status to each other: what the contract allows happens, all else is a conflict that changes nothing")
    func moves() throws {
        for from in Status.allCases {
            for to in Status.allCases where to != from {
                let deployment = try queue.create(as: from, ["name": .string("\(from)-\(to)")])
                let before = try queue.history(deployment).count
                if Self.moves[from]?.contains(to) == true {
                    let changed = try queue.change(deployment.id, ["status": .string(to.rawValue)])
                    #expect(changed.isNews)
                    #expect(changed.deployment.status == to)
                    #expect(try queue.status(deployment) == to)
                    let last = try #require(try queue.history(deployment).last)
                    #expect(last.change?.status?.from?.text == from.rawValue)
                    #expect(last.change?.status?.to?.text == to.rawValue)
                    #expect(try queue.history(deployment).count == before + 1)
                } else {
                    #expect(
                        try refusal { try queue.change(deployment.id, ["status": .string(to.rawValue), "notes": "n"]) }
                            == 409, "\(from) to \(to)")
                    #expect(try queue.store.deployment(deployment.id)?.json == deployment.json)
                    #expect(try queue.history(deployment).count == before)
                }
            }
        }
        try queue.expectWhole()
    }

    @Test("What a conflict can become is said")
    func conflict() throws {
        let deployment = try queue.create(as: .deployed)
        let problem = #expect(throws: Problem.self) { try queue.move(deployment, .scheduled) }
        #expect(
            problem?.detail
                == "The deployment is deployed and cannot become scheduled; it can become rolled_back.")
        try queue.move(deployment, .rolledBack)
        let last = #expect(throws: Problem.self) { try queue.move(deployment, .deployed) }
        #expect(last?.detail.hasSuffix("it can become nothing else any more.") == true)
    }

    @Test("The status that it has already changes nothing", arguments: Status.allCases)
    func same(status: Status) throws {
        let deployment = try queue.create(as: status)
        let before = try queue.history(deployment).count
        let changed = try queue.change(deployment.id, ["status": .string(status.rawValue)])
        #expect(!changed.isNews)
        #expect(changed.deployment.json == deployment.json)
        #expect(try queue.history(deployment).count == before)
        try queue.expectWhole()
    }

    @Test("Deployed once more, nothing is skipped again")
    func sameDeployed() throws {
        let old = try queue.create(version: "a")
        let new = try queue.deploy(version: "b")
        try queue.move(old, .scheduled)
        #expect(try queue.change(new.id, ["status": "deployed"]).skipped.isEmpty)
        #expect(try queue.status(old) == .scheduled)
        try queue.expectWhole()
    }

    @Test("Notes and address change together with the status, in one entry of the history")
    func together() throws {
        let deployment = try queue.create(["notes": "old"])
        let changed = try queue.change(
            deployment.id, ["status": "in_progress", "notes": "new", "deployment_uri": "https://x"])
        let json = try changed.deployment.parsed
        #expect(json.status == "in_progress")
        #expect(json.notes == "new")
        #expect(json.deployment_uri == "https://x")
        let history = try queue.history(deployment)
        #expect(history.count == 2)
        #expect(
            history[1].change
                == .object([
                    "status": .object(["from": "scheduled", "to": "in_progress"]),
                    "notes": .object(["from": "old", "to": "new"]),
                    "deployment_uri": .object(["from": .null, "to": "https://x"]),
                ]))
        try queue.expectWhole()
    }

    @Test("Notes can be changed in every status, and moved ones keep them", arguments: Status.allCases)
    func notes(status: Status) throws {
        let deployment = try queue.create(as: status)
        #expect(try queue.change(deployment.id, ["notes": "n"]).isNews)
        #expect(try queue.store.deployment(deployment.id)?.parsed.notes == "n")
        #expect(try !queue.change(deployment.id, ["notes": "n"]).isNews, "the same again")
        #expect(try queue.history(deployment).last?.change?.names == ["notes"])
        #expect(try queue.status(deployment) == status)
        try queue.expectWhole()
    }

    @Test("An empty text takes notes and address away; null leaves them")
    func removal() throws {
        let deployment = try queue.create(["notes": "n", "deployment_uri": "u"])
        try queue.change(deployment.id, ["notes": .null, "status": "in_progress"])
        #expect(try queue.store.deployment(deployment.id)?.parsed.notes == "n")
        let json = try queue.change(deployment.id, ["notes": "", "deployment_uri": ""]).deployment.parsed
        #expect(json.notes == .null)
        #expect(json.deployment_uri == .null)
        try queue.expectWhole()
    }

    @Test("A deployment that nobody has is missing, and so is another organisation's")
    func missing() throws {
        let deployment = try queue.create()
        let other = try TestQueue(organisation: "other", in: queue.test)
        #expect(try refusal { try other.move(deployment, .inProgress) } == 404)
        #expect(try refusal { try queue.change(QueueStore.newID(), ["status": "failed"]) } == 404)
        #expect(try refusal { try queue.change("", ["status": "failed"]) } == 404)
        #expect(try queue.status(deployment) == .scheduled)
    }

    @Test("A script that is run twice changes once and says both times that it did")
    func repeatedScript() throws {
        let older = try queue.create()
        let deployment = try queue.create()
        for _ in 0..<2 {
            let changed = try queue.store.change(
                deployment.id, PostedChange(status: .deployed), by: queue.identity, token: "same")
            #expect(changed.isNews)
            #expect(changed.deployment.status == .deployed)
        }
        #expect(try queue.history(deployment).count == 2)
        #expect(try queue.history(older).count == 2)
        try queue.expectWhole()
    }

    @Test("A history keeps the creation and the newest 99 entries, and what is left out was counted all the same")
    func historyBound() throws {
        let deployment = try queue.create()
        for number in 0..<60 {
            try queue.move(deployment, .inProgress)
            try queue.change(deployment.id, ["status": "scheduled", "notes": .string("\(number)")])
        }
        let history = try queue.history(deployment)
        try #require(history.count == 100)
        #expect(history[0].change?.status?.from == .null)
        #expect(history[1].change?.notes?.to == "10")
        #expect(history[99].change?.notes?.to == "59")
        let counters = try queue.test.run("HGETALL", queue.key("counters")).dictionary
        #expect(counters["updated|in_progress"]?.integer == 60)
        try queue.expectWhole()
    }

    @Test("Who changes something is told, not who made it")
    func author() throws {
        let deployment = try queue.create()
        let person = Identity(organisation: "ACME", actor: "mona")
        _ = try queue.store.change(deployment.id, PostedChange(status: .inProgress), by: person)
        let last = try #require(try queue.history(deployment).last)
        #expect(last.actor == "mona")
        #expect(last.repository == .null)
        #expect(last.workflow == .null)
        let json = try queue.store.deployment(deployment.id)?.parsed
        #expect(json?.created_by_actor == "octocat")
        #expect(json?.organisation == "Acme")
    }

    @Test("Of many who want the same move at once one makes it")
    func concurrent() throws {
        let queue = queue
        let deployment = try queue.create()
        let news = Collected<Bool>()
        try HTTPClient.concurrently(16) { _ in
            news.add(try queue.connect().change(deployment.id, ["status": "in_progress"]).isNews)
        }
        #expect(news.all.filter { $0 }.count == 1)
        #expect(try queue.history(deployment).count == 2)
        try queue.expectWhole()
    }
}
