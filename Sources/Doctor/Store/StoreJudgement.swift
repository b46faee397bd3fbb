/// What of a store's state is wrong for chimney.
enum StoreJudgement {
    /// The oldest servers that chimney is tried with.
    private static let oldest = [StoreInfo.Kind.dragonfly: Version([1, 38, 2]), .redis: Version([7])]

    /// The server and its version.
    static func version(_ info: StoreInfo) -> Verdict {
        guard let version = info.version, let oldest = oldest[info.kind] else {
            return .skipped("the store does not tell its version")
        }
        guard version < oldest else { return .good("\(info.name) \(version)") }
        return .wrong([
            Finding(
                .fault, "the store is \(info.name) \(version), older than \(oldest)",
                meaning: "chimney's scripts are not tried with it, and may fail or lock more than they should.",
                remedy: "install \(info.name) \(oldest) or newer")
        ])
    }

    /// Whether it throws keys away when its memory is full.
    static func eviction(_ info: StoreInfo, policy: String?) -> Verdict {
        switch info.kind {
        case .dragonfly:
            guard let mode = info["cache_mode"] else { return .skipped("the store does not tell its cache mode") }
            guard mode != "store", mode != "false" else { return .good("no cache mode") }
            return .wrong([
                Finding(
                    .fault, "Dragonfly runs in cache mode", meaning: evictionMeaning,
                    remedy:
                        "take --cache_mode out of Dragonfly's flags (systemctl edit dragonfly.service), and restart it")
            ])
        case .redis:
            guard let policy = policy ?? info["maxmemory_policy"] else {
                return .skipped("the store does not tell its maxmemory-policy")
            }
            guard policy != "noeviction" else { return .good("maxmemory-policy noeviction") }
            return .wrong([
                Finding(
                    .fault, "the store's maxmemory-policy is \(policy)", meaning: evictionMeaning,
                    remedy: "redis-cli CONFIG SET maxmemory-policy noeviction, and the same in redis.conf")
            ])
        }
    }

    private static let evictionMeaning =
        "When its memory is full it throws away anything, deployments of the queue included, and tells nobody."

    /// Whether its memory has a bound, and how much of it is used.
    static func memory(_ info: StoreInfo) -> Verdict {
        guard let bound = info.number("maxmemory"), let used = info.number("used_memory") else {
            return .skipped("the store does not tell its memory")
        }
        guard bound > 0 else {
            return .wrong([
                Finding(
                    .warning, "the store's memory has no bound (maxmemory 0)",
                    meaning:
                        "The kernel ends it when the host's memory is full; what came after its last snapshot is lost.",
                    remedy:
                        "redis-cli CONFIG SET maxmemory 1gb, and the same in redis.conf; as much as this host can spare"
                )
            ])
        }
        let seen = "\(used >> 20) of \(bound >> 20) MiB used"
        guard used > bound / 10 * 9 else { return .good(seen) }
        return .wrong([
            Finding(
                used >= bound ? .fault : .warning, "the store's memory is nearly full: \(seen)",
                meaning: "Where it is full, every write is refused with 503.",
                remedy: "give it more (maxmemory), or have the cache keep less (GITHUB_CACHE_MB)")
        ])
    }

    /// What it writes to disk, by its configuration; nil for a setting that it does not tell.
    struct Persistence {
        /// Redis: when it saves; empty for never.
        var save: String?
        /// Redis: whether it has an append-only file.
        var appendOnly: String?
        /// Dragonfly: when it saves; empty for never.
        var cron: String?
        /// Dragonfly: the name of its snapshots; empty for none.
        var file: String?
    }

    /// Whether something is left of it after a crash.
    static func snapshots(_ info: StoreInfo, _ persistence: Persistence) -> Verdict {
        switch info.kind {
        case .redis:
            guard let save = persistence.save, let appendOnly = persistence.appendOnly else {
                return .skipped("the store does not tell its configuration")
            }
            guard save.isEmpty, appendOnly != "yes" else {
                return .good(appendOnly == "yes" ? "append-only file" : "save \(save)")
            }
            return .wrong([
                Finding(
                    .fault, "the store writes nothing to disk (save \"\", appendonly no)",
                    meaning: "When it ends, all deploys and the whole queue are gone.",
                    remedy: "redis-cli CONFIG SET appendonly yes, and the same in redis.conf")
            ])
        case .dragonfly:
            guard persistence.file != nil || persistence.cron != nil else {
                return .skipped("the store does not tell its configuration")
            }
            guard persistence.file?.isEmpty == true || persistence.cron?.isEmpty == true else {
                return .good("snapshot_cron \(persistence.cron ?? "is set")")
            }
            return .wrong([
                Finding(
                    .fault,
                    persistence.file?.isEmpty == true
                        ? "Dragonfly has no file for snapshots (dbfilename)"
                        : "Dragonfly makes no snapshots (snapshot_cron)",
                    meaning: "When it crashes, all deploys and the whole queue are gone.",
                    remedy: "start it with --dbfilename=dump --snapshot_cron='* * * * *' (systemd/dragonfly.service)")
            ])
        }
    }

    /// Whether the last snapshot was written.
    static func lastSnapshot(_ info: StoreInfo) -> Verdict {
        let hasFailed =
            switch info.kind {
            case .redis: info["rdb_last_bgsave_status"] == "err" || info["aof_last_write_status"] == "err"
            case .dragonfly: (info.number("last_failed_save") ?? 0) > (info.number("last_success_save") ?? 0)
            }
        guard hasFailed else { return .good("written, or none was due") }
        return .wrong([
            Finding(
                .fault, "the store could not write its last snapshot",
                meaning: "A crash loses more than it has to; Redis refuses all writes in the meantime (MISCONF).",
                remedy:
                    "look at its log, at the room on its disk (df -h) and at whose its directory is; then redis-cli BGSAVE"
            )
        ])
    }

    /// Whether it answers as fast as workers need it to, by the median of some round trips in microseconds.
    static func latency(_ median: UInt64) -> Verdict {
        let text = "\(median / 1000).\(median % 1000 / 100) ms"
        guard median > 5_000 else { return .good("\(text) in the median") }
        return .wrong([
            Finding(
                median > 50_000 ? .fault : .warning, "the store takes \(text) for a round trip in the median",
                meaning: "A worker asks it several times for a request, and gives up after 200 ms each.",
                remedy: "run it on this host or in its network; look at its load (redis-cli --latency, SLOWLOG GET)")
        ])
    }

    /// Whether two clocks agree, by how far the other one is ahead in milliseconds.
    static func clock(_ ahead: Int64, of whom: String) -> Verdict {
        let seconds = "\(ahead.magnitude / 1000).\(ahead.magnitude % 1000 / 100) s"
        guard ahead.magnitude > 2_000 else { return .good("\(seconds) apart from \(whom)") }
        return .wrong([
            Finding(
                ahead.magnitude > 30_000 ? .fault : .warning,
                "this host's clock is \(seconds) \(ahead > 0 ? "behind" : "ahead of") \(whom)",
                meaning:
                    "All hosts go by the store's clock: if that is the wrong one, tokens of workflows seem expired or not yet "
                    + "valid, and all times are wrong.",
                remedy: "timedatectl set-ntp true, on every host; then timedatectl timesync-status")
        ])
    }
}
