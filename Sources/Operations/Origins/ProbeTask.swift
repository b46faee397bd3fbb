import Agent
import Dragonfly
import Essentials
import HTTPClient
import HTTPTypes
import Telemetry

extension EventType {
    /// An origin has failed its last checks.
    static let originDown = EventType("origin.down")
    /// An origin that was down has passed a check.
    static let originUp = EventType("origin.up")
}

/// Asks every origin again and again how it is, each by one agent of all hosts at a time, and keeps what it has seen.
///
/// A first failure is looked into a second later: that is soon enough to tell an outage from a lost packet.
final class ProbeTask: AgentTask {
    let name = "origins"

    /// Milliseconds until the whole answer has to be there.
    private static let timeLimit = 3000
    /// Bytes that it may have.
    private static let bodyLimit = 64 << 10
    /// Milliseconds after which another agent takes over from one that has died. Longer than a check takes.
    private static let leaseTime = 6000
    /// Microseconds between two attempts to have the lease, or extensions of it.
    private static let leasePause: UInt64 = 2_000_000
    /// Microseconds over which the first checks are spread, and with them all that follow.
    private static let spread: UInt64 = 1_000_000
    /// Microseconds after which a first failure is looked into.
    private static let confirmPause: UInt64 = 1_000_000

    /// One origin.
    private final class Probe {
        let history: OriginHistory
        let call: HTTPCall
        let lease: Lease
        /// When the lease is to be seen to.
        var leaseAt: UInt64
        /// When the origin is to be checked; never while it is being.
        var checkAt: UInt64
        /// What the last call has come to, until it is in the store.
        var check: OriginCheck?

        init(_ origin: String, at time: UInt64) {
            history = OriginHistory(origin: origin)
            lease = Lease("probe:\(origin)", milliseconds: ProbeTask.leaseTime)
            leaseAt = time
            checkAt = time
            var call = HTTPCall(.get, "\(origin)/healthz")
            call.totalLimit = ProbeTask.timeLimit
            call.bodyLimit = ProbeTask.bodyLimit
            self.call = call
        }
    }

    private let interval: UInt64
    private let probes: [Probe]

    /// A task.
    ///
    /// - Parameters:
    ///   - origins: the base URLs.
    ///   - interval: seconds between two checks of one.
    init(_ origins: [String], interval: Int) {
        self.interval = UInt64(interval) * 1_000_000
        let now = MonotonicClock.microseconds
        probes = origins.enumerated().map { index, origin in
            Probe(origin, at: now + Self.spread * UInt64(index) / UInt64(origins.count))
        }
    }

    func step(_ agent: AgentContext) throws(StoreError) -> UInt64 {
        for probe in probes { try step(probe, agent) }
        return probes.map { min($0.leaseAt, $0.checkAt) }.min() ?? .max
    }

    /// What this agent has checked, another goes on checking at once.
    func stop(_ agent: AgentContext) throws(StoreError) -> Bool {
        for probe in probes where probe.lease.isHeld { try probe.lease.release(agent.store) }
        return true
    }

    private func step(_ probe: Probe, _ agent: AgentContext) throws(StoreError) {
        if let check = probe.check {
            // Who has been away for so long that another has taken over has nothing to say any more.
            do throws(StoreError) {
                if probe.lease.isHeld { try keep(check, of: probe, agent) }
                probe.check = nil
            } catch {
                if case .refused = error { probe.check = nil }
                throw error
            }
        }
        let now = MonotonicClock.microseconds
        guard now >= min(probe.leaseAt, probe.checkAt) else { return }
        probe.leaseAt = now + Self.leasePause
        guard try probe.lease.hold(agent.store) else {
            probe.checkAt = max(probe.checkAt, probe.leaseAt)
            return
        }
        guard now >= probe.checkAt else { return }
        probe.checkAt = .max
        agent.start(probe.call, for: self) { [interval] result in
            probe.checkAt = now + interval
            probe.check = OriginCheck(result, at: .now)
        }
    }

    private func keep(_ check: OriginCheck, of probe: Probe, _ agent: AgentContext) throws(StoreError) {
        let origin = probe.history.origin
        let change = try probe.history.add(check, to: agent.store)
        if !check.isUp, change.after != .down {
            probe.checkAt = min(probe.checkAt, MonotonicClock.microseconds + Self.confirmPause)
        }
        switch (change.before, change.after) {
        case (.unknown, .down), (.up, .down):
            agent.log.warning("the origin \(origin) is down: \(check.error ?? "")")
            agent.emit(.originDown, at: check.time) { $0.member("origin", origin) }
        case (.down, .up):
            agent.log.notice("the origin \(origin) is up again")
            agent.emit(.originUp, at: check.time) { $0.member("origin", origin) }
        default: break
        }
    }
}
