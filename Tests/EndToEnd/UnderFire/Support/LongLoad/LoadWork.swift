import Foundation
import TestSupport

/// What one of the clients does: it polls for the most part, and writes a little of everything.
final class LoadWork: @unchecked Sendable {
    private let client: LoadClient
    private let github: FakeGitHub
    private let life: QueueLife
    /// A delivery of GitHub's that has been made already.
    private var delivery: FakeGitHub.Delivery?

    init(_ client: LoadClient, _ github: FakeGitHub) {
        self.client = client
        self.github = github
        life = QueueLife(client)
    }

    /// Makes the next request.
    func next() throws {
        switch client.roll(1000) {
        case 0..<50: try life.next()
        case 50..<65: try record()
        case 65..<75: try manage()
        case 75..<105: try client.ask(client.pick(LoadMix.mistakes))
        default: try client.ask(client.pick(LoadMix.polls))
        }
    }

    /// Records a deploy, or one that is recorded already.
    private func record() throws {
        if client.roll(10) == 0, let known = client.acknowledged.events.last {
            return try Self.expectKnown(known, client)
        }
        let sha = Event.freshSHA()
        let outcome = client.roll(10) == 0 ? "failure" : "success"
        let event = Event().with([
            "sha": "\"\(sha)\"", "outcome": "\"\(outcome)\"", "slot": client.roll(2) == 0 ? "\"blue\"" : "\"green\"",
        ]).json
        try client.ask(.post("/api/deploy/events", event, [LongLoadOrigin.deployer]))
        client.acknowledged.event(sha, event)
        client.counts.add(#"chimney_deploy_events_total{outcome="\#(outcome)"}"#)
    }

    /// What the caches and the log are managed by.
    private func manage() throws {
        switch client.roll(10) {
        case 0..<3:
            let prefix = ["/pulls", "/issues", "/actions", "/__pipeline_summary__"][client.roll(4)]
            let body = #"{"prefix":"\#(prefix)","reason":"load"}"#
            try client.ask(.post("/api/cache/invalidate", body, [LongLoadOrigin.manager]))
            client.counts.add("chimney_cache_invalidations_total")
        case 3: try client.ask(.post("/api/cache/warm", "{}", [LongLoadOrigin.manager], is: [202]))
        case 4: try client.ask(.post("/api/log-level", #"{"level":"info"}"#, [LongLoadOrigin.admin]))
        default: try deliver()
        }
    }

    /// A webhook, or one that has come before.
    private func deliver() throws {
        let events: [FakeGitHub.Event] = [.push(), .pull(2, "synchronize"), .other("star"), .ping]
        let repeated = client.roll(4) == 0 ? delivery : nil
        let delivery = try repeated ?? github.delivery(of: events[client.roll(events.count)])
        let isTold = ["push", "pull_request"].contains(delivery.event)
        try client.ask(
            LoadRequest(
                method: "POST", target: "/api/webhooks/github", route: "/api/webhooks/github",
                fields: delivery.fields(secret: LongLoadOrigin.webhookSecret), body: delivery.body,
                statuses: [delivery.event == "ping" || isTold && repeated != nil ? 200 : 202]))
        guard isTold, repeated == nil else { return }
        client.counts.add("chimney_cache_invalidations_total")
        client.counts.keep(.webhooks)
        self.delivery = delivery
    }

    /// Posts a deploy that was taken already.
    static func expectKnown(_ event: Acknowledged.Posted, _ client: LoadClient) throws {
        let answer = try client.ask(
            .post("/api/deploy/events", event.json, [LongLoadOrigin.deployer]))
        if try answer.json.duplicate != true { client.acknowledged.fail("\(event.sha) is not known: \(answer.text)") }
    }
}
