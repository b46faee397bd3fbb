/// What has become of a deployment.
enum State: String, CaseIterable, Sendable {
    /// Its turn has not come.
    case waiting
    /// A runner is at it, or about to be on the next host.
    case running
    /// The new version runs on all hosts.
    case succeeded
    /// It has not come to pass; what ran before was not touched, or nothing ran before.
    case failed
    /// The new version was not healthy on a host, and what ran there before runs again.
    case rolledBack = "rolled_back"
    /// The new version was not healthy on a host, and neither is what was to take its place again.
    case rollbackFailed = "rollback_failed"

    /// Whether nothing more will become of it.
    var isFinal: Bool { self != .waiting && self != .running }
}

/// How far a deployment has got.
enum Phase: String, CaseIterable, Sendable {
    /// Its turn has not come.
    case waiting
    /// The image is pulled. Nothing has been touched.
    case pull
    /// The container is replaced, or the other slot is started.
    case start
    /// The new version is waited for to be healthy.
    case health
    /// Caddy is told to send requests to the new slot.
    case `switch`
    /// The old slot ends what it is at.
    case drain
    /// The new version runs; what is left of the old one is removed.
    case cleanup
    /// The version before is started again.
    case rollback
    /// The version before is waited for to be healthy.
    case rollbackHealth = "rollback_health"
    /// Nothing more will happen.
    case done

    /// Whether the new version has shown by then that it is healthy and serves: a runner that died there has only to tidy
    /// up.
    var isBeyondHealth: Bool { self == .drain || self == .cleanup }
    /// Whether by then nothing of what ran before had been touched.
    var isBeforeChange: Bool { self == .waiting || self == .pull }
}
