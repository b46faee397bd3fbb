import Agent
import Dragonfly
import Essentials

/// Puts what Caddy appends to its access log into the ring.
final class CaddyLogTask: AgentTask {
    let name = "Caddy's access log"

    /// Microseconds between two looks at the file, and after one that failed.
    private static let interval: UInt64 = 250_000
    private static let retryPause: UInt64 = 2_000_000

    private let path: String
    private var tail: LogTail?
    private var complaint: String?

    /// A task for the log at a path.
    init(path: String) {
        self.path = path
    }

    func step(_ agent: AgentContext) throws(StoreError) -> UInt64 {
        do {
            try follow(agent)
        } catch let failure as LogTail.Failure {
            note("\(failure)", agent)
            return MonotonicClock.microseconds + Self.retryPause
        } catch let error as StoreError {
            // What was read has not arrived; the position in the store tells from where to read again.
            tail = nil
            throw error
        } catch {
            preconditionFailure("\(error)")
        }
        if complaint != nil {
            complaint = nil
            agent.log.notice("Caddy's access log can be read: \(path)")
        }
        return MonotonicClock.microseconds + Self.interval
    }

    private func follow(_ agent: AgentContext) throws {
        if tail == nil {
            tail = LogTail(path: path, from: try CaddyLogRing.position(of: agent.host, in: agent.store))
        }
        guard let tail else { return }
        let before = tail.position
        let lines = try tail.read()
        guard let after = tail.position, after != before else { return }
        let kept = lines.suffix(CaddyLogRing.bound).compactMap { AccessLine($0)?.kept(host: agent.host) }
        let isAdded = try CaddyLogRing.add(kept, of: agent.host, from: before, to: after, in: agent.store)
        if !isAdded { self.tail = nil }
    }

    private func note(_ reason: String, _ agent: AgentContext) {
        guard complaint != reason else { return }
        complaint = reason
        agent.log.warning("Caddy's access log cannot be read: \(reason); see CADDY_ACCESS_LOG")
    }
}
