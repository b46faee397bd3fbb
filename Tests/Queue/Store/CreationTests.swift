import Essentials
import TestSupport
import Testing
import Web

@testable import Queue

@Suite struct CreationTests {
    private let queue: TestQueue

    init() throws { queue = try TestQueue() }

    @Test("A new deployment is shown with every field of the contract, absent ones as null")
    func fields() throws {
        let least: [String: JSON] = ["environment": .null, "cloud_account_id": .null, "region": .null, "cell": .null]
        let deployment = try queue.create(least)
        let json = try deployment.parsed
        #expect(
            json.names == [
                "id", "created_at", "updated_at", "organisation", "name", "version", "commit_sha",
                "pipeline_extra_params", "provider", "cloud_account_id", "region", "environment", "cell", "type",
                "status", "auto", "trigger", "description", "notes", "build_uri", "deployment_uri", "resource",
                "source_deployment_id", "rollback_from_deployment_id", "created_by_repo", "created_by_workflow",
                "created_by_actor",
            ])
        let absent = [
            "commit_sha", "pipeline_extra_params", "cloud_account_id", "region", "environment", "cell", "description",
            "notes", "build_uri", "deployment_uri", "resource", "source_deployment_id", "rollback_from_deployment_id",
        ]
        for name in absent { #expect(json[name] == .null, "\(name)") }
        #expect(json.status == "scheduled")
        #expect(json.auto == true)
        #expect(json.trigger == "auto")
        #expect(json.organisation == "Acme")
        #expect(json.created_by_actor == "octocat")
        #expect(json.created_by_repo == "Acme/site")
        #expect(json.created_by_workflow == ".github/workflows/deploy.yml")
        #expect(json.created_at == json.updated_at)
        #expect(try queue.store.deployment(deployment.id)?.json == deployment.json)
        try queue.expectWhole()
    }

    @Test("Every field is kept as it was sent")
    func values() throws {
        let sent: [String: JSON] = [
            "name": "api", "version": "v1.2.3-rc.1+7", "provider": "azure", "type": "data_pipeline",
            "commit_sha": "3051037", "pipeline_extra_params": "{\"a\":1}", "cloud_account_id": "sub-1",
            "region": "westeurope", "environment": "staging", "cell": "c1", "auto": false,
            "description": "first\nsecond",
            "notes": "n", "build_uri": "https://ci/1", "deployment_uri": "https://app", "resource": "deploy/api",
        ]
        let json = try queue.create(sent).parsed
        for (name, value) in sent { #expect(json[name] == value, "\(name)") }
        #expect(json.trigger == "manual")
        try queue.expectWhole()
    }

    @Test("Ids are UUIDs of version 4, and none is another's")
    func ids() throws {
        let ids = (0..<1000).map { _ in QueueStore.newID() }
        #expect(Set(ids).count == 1000)
        let form = /[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}/
        for id in ids { #expect(try form.wholeMatch(in: id) != nil, "\(id)") }
    }

    @Test("The history begins with the creation, and tells who it was")
    func history() throws {
        let history = try queue.history(try queue.create())
        #expect(history.count == 1)
        #expect(history[0].change?.status?.from == .null)
        #expect(history[0].change?.status?.to == "scheduled")
        #expect(history[0].actor == "octocat")
        #expect(history[0].repository == "Acme/site")
        #expect(history[0].workflow == ".github/workflows/deploy.yml")
    }

    @Test(
        "A script that is run twice, because its reply was lost, makes one deployment and says both times that it did")
    func repeatedScript() throws {
        let posted = try TestQueue.posted()
        let id = QueueStore.newID()
        for key in [nil, "key"] {
            for _ in 0..<2 {
                let outcome = try queue.store.create(
                    posted, id: id, by: queue.identity, limit: 1,
                    idempotency: TestQueue.idempotency(key, route: "create", "x"))
                #expect(outcome.isNew)
                #expect(outcome.deployment.id == id)
            }
        }
        #expect(try queue.all().count == 1)
        try queue.expectWhole()
    }

    @Test("Every organisation with a deployment is known, and noted when it had its first")
    func organisations() throws {
        try queue.create()
        let other = try TestQueue(organisation: "other", in: queue.test)
        try other.create()
        let key = queue.test.key(QueueKeys.organisations)
        let first = try queue.test.run("ZRANGE", key, "0", "-1", "WITHSCORES").array.compactMap(\.string)
        #expect(Set([first[0], first[2]]) == ["acme", "other"])
        try queue.create()
        try TestQueue(organisation: "ACME", in: queue.test).create()
        #expect(try queue.test.run("ZRANGE", key, "0", "-1", "WITHSCORES").array.compactMap(\.string) == first)
        #expect(try queue.test.run("HGET", queue.key("meta"), "registered").string == "1")
    }

    @Test("Whoever dies before an organisation is noted leaves that to the next")
    func unregistered() throws {
        try queue.create()
        try queue.test.run("DEL", queue.test.key(QueueKeys.organisations))
        try queue.test.run("HDEL", queue.key("meta"), "registered")
        try queue.create()
        let names = try queue.test.run("ZRANGE", queue.test.key(QueueKeys.organisations), "0", "-1").array
        #expect(names.compactMap(\.string) == ["acme"])
    }

    @Test("An organisation is the same however it is spelled, and shown as the one who asks for it spells it")
    func spelling() throws {
        let one = try queue.create()
        let other = try TestQueue(organisation: "aCME", in: queue.test)
        let two = try other.create()
        #expect(try queue.all().map(\.id) == [two.id, one.id])
        #expect(try other.all().map(\.id) == [two.id, one.id])
        #expect(try other.store.deployment(one.id)?.id == one.id)
        try queue.expectWhole()
    }

    @Test("Deployments that are made at once have each a place of their own")
    func concurrent() throws {
        let queue = queue
        try HTTPClient.concurrently(8) { index in
            let own = try queue.connect()
            for number in 0..<50 { try own.create(version: "1.\(index).\(number)") }
        }
        let all = try queue.all()
        #expect(all.count == 400)
        #expect(Set(all.map(\.sequence)).count == 400)
        #expect(zip(all, all.dropFirst()).allSatisfy { $0.sequence > $1.sequence })
        try queue.expectWhole()
    }
}
