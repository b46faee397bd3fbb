import Essentials
import Glibc

/// Checks of directories that chimney writes to, and of files that it reads on and on.
enum FileChecks {
    static let all = [
        Check(.files, "cache", cache),
        Check(.files, "journal", journal),
        Check(.files, "journal in use", journalInUse),
        Check(.files, "Caddy's access log", accessLog),
    ]

    private static let defaultCache = "/run/chimney/cache"

    private static func cache(_ examination: Examination) -> Verdict {
        let path = examination.subject.variables["CHIMNEY_CACHE_DIR"].flatMap { $0.isEmpty ? nil : $0 } ?? defaultCache
        guard let status = FileStatus(path) else { return .skipped("\(path) is not there yet") }
        return judge(
            cache: path, status, kind: fileSystem(of: path), writer: examination.pool.flatMap { Identity(process: $0) })
    }

    /// Judges the directory of the cache's memory tier.
    static func judge(cache path: String, _ status: FileStatus, kind: String?, writer: Identity?) -> Verdict {
        var findings: [Finding] = []
        if status.kind != .directory || writer.map({ !status.allows(3, $0) }) == true {
            findings.append(
                Finding(
                    .warning,
                    "\(path) (CHIMNEY_CACHE_DIR) is no directory that the pool may write to (\(status.description))",
                    meaning: "While the store is away, nothing of GitHub's is answered from this host's files.",
                    remedy: "chown \(writer?.name ?? "chimney") \(path) && chmod 2770 \(path)"))
        }
        if let kind, !["tmpfs", "ramfs"].contains(kind) {
            findings.append(
                Finding(
                    .warning, "\(path) (CHIMNEY_CACHE_DIR) is on a disk (\(kind))",
                    meaning: "Each entry that is stored waits for the disk.",
                    remedy: "set CHIMNEY_CACHE_DIR to a directory below /run"))
        }
        return .of(findings, seen: path)
    }

    /// The kind of the file system that a path is on, by `/proc/self/mounts` (proc(5)).
    private static func fileSystem(of path: String) -> String? {
        kind(of: path, mounts: ProcessTable.contents("/proc/self/mounts"))
    }

    /// The kind of the file system whose mount point is the longest that a path is below.
    static func kind(of path: String, mounts: String) -> String? {
        var best: (point: Substring, kind: Substring)?
        for line in mounts.split(whereSeparator: \.isNewline) {
            let words = line.split(separator: " ")
            guard words.count >= 3 else { continue }
            let point = words[1]
            let isAbove = point == "/" || path == point || path.hasPrefix("\(point)/")
            // Of two at one point, the later one is on top.
            if isAbove, point.count >= best?.point.count ?? 0 { best = (point, words[2]) }
        }
        return best.map { String($0.kind) }
    }

    private static func journal(_ examination: Examination) -> Verdict {
        guard let path = examination.subject.variables["CHIMNEY_JOURNAL_DIR"], !path.isEmpty else {
            return .skipped("CHIMNEY_JOURNAL_DIR is not set")
        }
        var space = statvfs()
        let isKnown = statvfs(path, &space) == 0
        return judge(
            journal: path, FileStatus(path),
            free: isKnown ? Int64(clamping: space.f_bavail) * Int64(clamping: space.f_frsize) : nil,
            isReadOnly: isKnown && space.f_flag & UInt(ST_RDONLY) != 0,
            writer: examination.pool.flatMap { Identity(process: $0) })
    }

    /// Judges the directory of the journal.
    ///
    /// - Parameters:
    ///   - status: nil if it is not there.
    ///   - free: bytes that are free on its disk.
    static func judge(
        journal path: String, _ status: FileStatus?, free: Int64?, isReadOnly: Bool, writer: Identity?
    ) -> Verdict {
        guard let status, status.kind == .directory, !isReadOnly, writer.map({ status.allows(3, $0) }) ?? true else {
            let what =
                status == nil
                ? "is not there"
                : isReadOnly ? "is on a file system that is read only" : "is none that the pool may write to"
            let owner = writer?.name ?? "chimney"
            return .wrong([
                Finding(
                    .fault, "the directory \(path) (CHIMNEY_JOURNAL_DIR) \(what)",
                    meaning: "Writes are refused that could not be brought back after a crash of the store.",
                    remedy: "install -d -m 770 -o \(owner) -g \(owner) \(path), or StateDirectory= in the unit")
            ])
        }
        guard let free else { return .skipped("the room on the disk of \(path) cannot be seen") }
        let seen = "\(free >> 20) MiB free"
        guard free < 1 << 30 else { return .good("\(path), \(seen)") }
        return .wrong([
            Finding(
                free < 64 << 20 ? .fault : .warning, "the disk of \(path) (CHIMNEY_JOURNAL_DIR) has only \(seen)",
                meaning: "When it is full, writes are refused.", remedy: "make room there: df -h \(path)")
        ])
    }

    private static func journalInUse(_ examination: Examination) -> Verdict {
        guard let state = examination.journal else { return .skipped("the workers keep none, or do not answer") }
        return judge(
            journal: state, in: examination.subject.variables["CHIMNEY_JOURNAL_DIR"] ?? "/var/lib/chimney/journal")
    }

    /// Judges what the workers say of their journal.
    ///
    /// - Parameter state: as `/healthz` has it.
    static func judge(journal state: String, in directory: String) -> Verdict {
        let meaning = "Every deploy event and every change of the queue is refused with 503."
        switch state {
        case "ok": return .good("the workers take durable writes")
        case "restoring":
            return .wrong([
                Finding(
                    .fault, "the store was started anew, and hosts have not yet put back what it lacks",
                    meaning: meaning + " It is over in seconds, unless a host is away or no agent runs.",
                    remedy:
                        "chimney restore --check says what is missing; without --check it is put back, host by host")
            ])
        default:
            return .wrong([
                Finding(
                    .fault, "the workers cannot write to the journal in \(directory) (CHIMNEY_JOURNAL_DIR)",
                    meaning: meaning,
                    remedy:
                        "journalctl -u 'chimney*' -g journal -n 5 says why; see df -h \(directory), ls -la \(directory): all "
                        + "in it has the group of that directory, and mode 0660")
            ])
        }
    }

    private static func accessLog(_ examination: Examination) -> Verdict {
        guard let path = examination.subject.variables["CADDY_ACCESS_LOG"], !path.isEmpty else {
            return .skipped("CADDY_ACCESS_LOG is not set")
        }
        guard let pool = examination.pool, let reader = Identity(process: pool) else {
            return FileStatus(path) == nil
                ? .wrong([unreadable(path, "there is no \(path)")]) : .skipped("no pool was found running")
        }
        return Access.obstacle(to: path, 4, for: reader).map { .wrong([unreadable(path, $0)]) } ?? .good(path)
    }

    private static func unreadable(_ path: String, _ obstacle: String) -> Finding {
        Finding(
            .warning, "Caddy's log cannot be followed: \(obstacle)", meaning: "/api/logs/caddy stays empty.",
            remedy:
                "install -o caddy -g caddy -m 640 /dev/null \(path), and SupplementaryGroups=caddy in chimney.service "
                + "(chimney@.service where an instance runs)")
    }
}
