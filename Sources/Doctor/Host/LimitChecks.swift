import FastCGI
import Glibc

/// Checks of what the kernel allows.
enum LimitChecks {
    static let all = [
        Check(.limits, "open files", descriptors),
        Check(.limits, "connections that wait", backlog),
    ]

    private static func descriptors(_ examination: Examination) -> Verdict {
        guard let pool = examination.pool else { return .skipped("no pool was found running") }
        let limits = ProcessTable.contents("/proc/\(pool)/limits")
        guard let limit = openFiles(limits) else { return .skipped("the limits of process \(pool) cannot be seen") }
        return judge(limit: limit, held: held(ProcessTable.arguments(of: pool)))
    }

    /// The hard limit of open files in `/proc/<pid>/limits` (proc(5)): the streamer raises the soft one up to it.
    static func openFiles(_ text: String) -> Int? {
        let line = text.split(whereSeparator: \.isNewline).first { $0.hasPrefix("Max open files") }
        let words = line?.split(whereSeparator: \.isWhitespace) ?? []
        guard words.count >= 5 else { return nil }
        return words[4] == "unlimited" ? Int.max : Int(words[4])
    }

    /// `--max-held` of a command line; its default where it does not say.
    static func held(_ arguments: [String]) -> Int {
        for (index, word) in arguments.enumerated() {
            if word == "--max-held", index + 1 < arguments.count { return Int(arguments[index + 1]) ?? 10_000 }
            if word.hasPrefix("--max-held=") { return Int(word.dropFirst(11)) ?? 10_000 }
        }
        return 10_000
    }

    /// Judges whether the streamer gets as many descriptors as it may have clients.
    static func judge(limit: Int, held: Int) -> Verdict {
        let needed = StreamServer.descriptors(for: held)
        guard limit < needed else { return .good("\(limit) allowed, \(needed) needed") }
        return .wrong([
            Finding(
                .warning, "the pool may open \(limit) files, and needs \(needed) for --max-held \(held)",
                meaning: "The streamer refuses clients long before it has \(held).",
                remedy:
                    "systemctl edit chimney.service (chimney@.service where an instance runs): [Service] LimitNOFILE=65536 (or ulimit -n), and restart it; "
                    + "or a smaller --max-held")
        ])
    }

    private static func backlog(_ examination: Examination) -> Verdict {
        let text = ProcessTable.contents("/proc/sys/net/core/somaxconn")
        guard let limit = Int(text.filter(\.isNumber)) else { return .skipped("net.core.somaxconn cannot be seen") }
        return judge(backlog: limit)
    }

    /// Judges the kernel's bound for connections that wait to be accepted.
    static func judge(backlog limit: Int) -> Verdict {
        guard limit < 4096 else { return .good("net.core.somaxconn \(limit)") }
        return .wrong([
            Finding(
                .warning, "net.core.somaxconn is \(limit), less than the 4096 of chimney's sockets",
                meaning: "In a rush, and during a restart, connections fail at once that could wait.",
                remedy:
                    "echo net.core.somaxconn=4096 > /etc/sysctl.d/60-chimney.conf && sysctl --system; then restart the "
                    + "sockets")
        ])
    }
}
