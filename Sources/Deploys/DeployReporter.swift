import Dragonfly
import Essentials
import Telemetry

/// Reports the deploys that chimney itself carries out: to the record of deploys, and to GitHub where it is told of them.
public struct DeployReporter {
    private let tellsGitHub: Bool
    private let ring: DeployRing

    /// Reads its settings: `GITHUB_DEPLOYMENTS` and `GITHUB_REPO`. It calls nobody itself, so it needs no token.
    ///
    /// - Parameter prefix: what all keys of the store begin with.
    public init(settings: inout Settings, prefix: String) {
        tellsGitHub = settings.tellsGitHub()
        ring = DeployRing(prefix: prefix)
    }

    /// Has a deployment opened at GitHub that is in progress, if GitHub is told at all. Called twice with the same identity,
    /// it opens one; after `record` with that identity it changes nothing.
    ///
    /// - Parameters:
    ///   - service: what is deployed, 1–64 characters of `A-Za-z0-9._-`; GitHub's environment.
    ///   - sha: the commit, 7–64 hexadecimal digits.
    ///   - identity: what tells it from every other deploy, without a line end.
    ///   - description: a sentence for people, of which GitHub takes the first 140 characters.
    /// - Throws: `StoreError`.
    public func begin(
        service: String, sha: String, identity: String, description: String, to store: Store
    ) throws(StoreError) {
        guard tellsGitHub else { return }
        let deployment = GitHubDeployment(
            identity: identity, ref: sha.lowercased(), environment: service, state: .inProgress,
            description: description)
        try GitHubDeployment.outbox.push([deployment.stored], to: store)
    }

    /// Records how a deploy has ended, as `POST /api/deploy/events` does, tells everybody who listens, and has GitHub told,
    /// of the deployment that `begin` has opened or of a new one. Called twice with the same identity, it records one.
    ///
    /// - Parameters:
    ///   - service: what was deployed, 1–64 characters of `A-Za-z0-9._-`.
    ///   - sha: the commit, 7–64 hexadecimal digits.
    ///   - slot: the side that it was deployed to; nil for a service that has no sides.
    ///   - duration: how long it took, in seconds.
    ///   - time: when it ended.
    ///   - identity: what tells it from every other deploy, without a line end.
    ///   - title: what people know it by, of which the first 500 characters are kept.
    ///   - emit: sends an event on its way to whoever listens.
    /// - Throws: `StoreError`; it may be recorded all the same, and is told once this is called again.
    public func record(
        service: String, sha: String, outcome: DeployOutcome, slot: DeploySlot?, duration: Double, at time: Timestamp,
        identity: String, title: String?, to store: Store, emit: EventType.Emit
    ) throws {
        let event = DeployEvent(
            sha: sha.lowercased(), outcome: outcome, slot: slot, duration: max(0, duration), deployedAt: time,
            pullRequest: nil, title: title?.shortened(to: DeployEvent.titleLimit), originIPs: [], service: service)
        let known = DeployEvent.identity(of: ["runner", identity])
        let added = try ring.add(
            event, as: known, within: nil, now: .now,
            telling: tellsGitHub ? GitHubDeployment(of: event, identity: identity) : nil, to: store)
        if case .duplicate(_, _, isUntold: false) = added { return }
        ring.tell(event, as: known, in: store, emit: emit)
    }
}
