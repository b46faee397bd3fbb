import Essentials
import FastCGI
import Glibc

/// What a process knows of the host that it runs on: its name, and the pool that it belongs to.
public struct Host {
    /// One process of the pool at one moment.
    struct Process {
        let pid: Int32
        let role: String
        let state: Slot.State
        let served: UInt64
        let clients: Int
        let uptime: UInt64
        let route: UInt32
        let requestSeconds: Double?
    }

    /// The host's name.
    public let name: String
    private let board: Scoreboard?
    private let roles: [String]

    /// A host.
    ///
    /// - Parameters:
    ///   - board: the scoreboard of the pool; nil for a process without one, such as a CGI program.
    ///   - roles: the names of the pool's roles.
    public init(name: String, board: Scoreboard?, roles: [String]) {
        self.name = name
        self.board = board
        self.roles = roles
    }

    /// Whether the process has a pool, with an agent and a streamer beside it.
    public var hasPool: Bool { board != nil }

    /// Seconds since the pool was started; nil without a pool.
    var uptime: Int64? {
        board.map { Int64((MonotonicClock.microseconds - $0.started) / 1_000_000) }
    }

    /// All processes of the pool.
    var processes: [Process] {
        let now = MonotonicClock.microseconds
        return (board?.taken ?? []).map { slot in
            let state = slot.state
            let isBusy = state.isBusy
            return Process(
                pid: slot.pid, role: slot.role < roles.count ? roles[slot.role] : "?", state: state,
                served: slot.served, clients: slot.clients,
                uptime: (now &- slot.started) / 1_000_000, route: isBusy ? slot.route : Slot.noRoute,
                requestSeconds: isBusy ? Double((now &- slot.requestBegan) / 1000) / 1000 : nil)
        }
    }

    /// The memory that a process shares with no other, in bytes (proc(5), smaps_rollup); nil if it cannot be seen.
    static func privateMemory(of pid: Int32) -> Int64? {
        guard let file = fopen("/proc/\(pid)/smaps_rollup", "re") else { return nil }
        defer { fclose(file) }
        var kilobytes: Int64 = 0
        var line = [CChar](repeating: 0, count: 256)
        while fgets(&line, Int32(line.count), file) != nil {
            let text = String(decoding: line.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
            guard text.hasPrefix("Private_Clean:") || text.hasPrefix("Private_Dirty:") else { continue }
            kilobytes += text.split(separator: " ").dropFirst().first.flatMap { Int64($0) } ?? 0
        }
        return kilobytes * 1024
    }
}
