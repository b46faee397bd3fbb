import Foundation
import TestSupport

/// Signals to the processes of an origin, at random: which roles they hit, and with what, is the same in each run of a seed.
struct RandomSignals {
    private var random: SplitMix
    private let roles: [MortalOrigin.Role]

    /// How often each role was hit, by the name of the signal.
    private(set) var counts: [String: Int] = [:]
    /// How many processes were ended.
    private(set) var deaths = 0

    /// - Parameter roles: who is hit; who is named twice is so twice as often.
    init(seed: UInt64, _ roles: [MortalOrigin.Role]) {
        random = SplitMix(state: seed)
        self.roles = roles
    }

    /// Sends so many of them. Whoever has ended is started again.
    mutating func strike(_ origin: MortalOrigin, times: Int) throws {
        for _ in 0..<times {
            usleep(.random(in: 20_000...200_000, using: &random))
            let role = roles[Int.random(in: 0..<roles.count, using: &random)]
            let (kind, index) = (Int.random(in: 0..<10, using: &random), Int.random(in: 0..<1000, using: &random))
            let pause = UInt32.random(in: 10_000...300_000, using: &random)
            let victim = try value { () throws -> pid_t? in
                try origin.revive()
                let there = origin.processes(role)
                return there.isEmpty ? nil : there[index % there.count]
            }
            guard let victim else { throw TestSupportError("There is no \(role): \(origin.log.suffix(1000))") }
            strike(victim, role, kind, pause)
        }
        try origin.revive()
    }

    private mutating func strike(_ pid: pid_t, _ role: MortalOrigin.Role, _ kind: Int, _ pause: UInt32) {
        switch kind {
        case 0..<6: hit(pid, SIGKILL, "\(role) killed")
        case 6:
            hit(pid, SIGSTOP, "\(role) stopped for a moment")
            usleep(pause)
            kill(pid, SIGCONT)
        case 7, 8: hit(pid, SIGTERM, "\(role) asked to end")
        default: hit(pid, SIGHUP, "\(role) hung up")
        }
    }

    private mutating func hit(_ pid: pid_t, _ signal: Int32, _ name: String) {
        guard kill(pid, signal) == 0 else { return }
        counts[name, default: 0] += 1
        if signal != SIGSTOP { deaths += 1 }
    }
}
