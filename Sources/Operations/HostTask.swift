import Agent
import Dragonfly
import Essentials
import Telemetry

/// The agent's part: tells all hosts each second what the processes of this one are doing.
final class HostTask: AgentTask {
    let name = "host report"

    private static let pause: UInt64 = 1_000_000
    /// Microseconds between two looks at the memory of processes, and for reports that nobody renews any more.
    private static let sweepPause: UInt64 = 15_000_000

    private let host: Host
    private let catalogue: () -> Catalogue
    private var last: [UInt8]?
    private var sweepAt: UInt64 = 0
    private var memory: [Int32: Int64] = [:]

    init(host: Host, catalogue: @escaping () -> Catalogue) {
        self.host = host
        self.catalogue = catalogue
    }

    func step(_ agent: AgentContext) throws(StoreError) -> UInt64 {
        let now = MonotonicClock.microseconds
        if now >= sweepAt { memory = [:] }
        let report = HostReport.bytes(of: host.report(catalogue(), privateMemory: privateMemory(of:)), at: .now)
        _ = try agent.store.run(
            Command("HSET", [Array(agent.store.key(HostReport.key).utf8), Array(host.name.utf8), report]))
        last = report
        if now >= sweepAt {
            try sweep(agent.store)
            sweepAt = now + Self.sweepPause
        }
        return now + Self.pause
    }

    /// Takes the report away, unless the agent of the pool's next generation has renewed it by now.
    func stop(_ agent: AgentContext) throws(StoreError) -> Bool {
        if let last { try Self.remove(host.name, last, from: agent.store) }
        return true
    }

    private func privateMemory(of pid: Int32) -> Int64? {
        if let known = memory[pid] { return known }
        let size = Host.privateMemory(of: pid)
        memory[pid] = size
        return size
    }

    private func sweep(_ store: Store) throws(StoreError) {
        for (host, value) in try store.run(Command("HGETALL", store.key(HostReport.key))).dictionary {
            guard let bytes = value.bytes, HostReport.isAbandoned(bytes, at: .now) else { continue }
            try Self.remove(host, bytes, from: store)
        }
    }

    private static func remove(_ host: String, _ report: [UInt8], from store: Store) throws(StoreError) {
        _ = try store.evaluate(
            removeScript, keys: [store.key(HostReport.key)], arguments: [Array(host.utf8), report])
    }

    /// Removes a report if it is still this one.
    private static let removeScript = Script(
        """
        if redis.call('HGET', KEYS[1], ARGV[1]) == ARGV[2] then redis.call('HDEL', KEYS[1], ARGV[1]) end
        return '1'
        """)
}
