import Dragonfly
import Essentials

/// Checks of the store.
enum StoreChecks {
    static let all = [
        Check(.store, "reachable", reachable),
        Check(.store, "server and version") { judged($0, StoreJudgement.version) },
        Check(.store, "latency", latency),
        Check(.store, "keeps all keys", eviction),
        Check(.store, "memory") { judged($0, StoreJudgement.memory) },
        Check(.store, "snapshots", snapshots),
        Check(.store, "last snapshot") { judged($0, StoreJudgement.lastSnapshot) },
        Check(.store, "scripts that write", scripts),
        Check(.store, "scripts and hash tags", hashTags),
        Check(.clock, "the store's", clock),
    ]

    private static let away = Verdict.skipped("the store does not answer")

    private static func judged(_ examination: Examination, _ judge: (StoreInfo) -> Verdict) -> Verdict {
        guard case .success(let info) = examination.storeInfo else { return away }
        return judge(info)
    }

    private static func reachable(_ examination: Examination) -> Verdict {
        let place =
            switch examination.subject.store.endpoint {
            case .tcp(let host, let port): "\(host):\(port)"
            case .unix(let path): path
            }
        guard case .failure(let error) = examination.storeInfo else { return .good(place) }
        let reason = "\(error)".shortened(to: 200)
        let isRefusal = ["NOAUTH", "WRONGPASS", "NOPERM", "log-in"].contains { reason.contains($0) }
        return .wrong([
            Finding(
                .fault,
                isRefusal
                    ? "the store at \(place) does not let chimney in: \(reason)"
                    : "the store at \(place) does not answer: \(reason)",
                meaning: "Deploys and queue are refused with 503; GitHub paths come from this host's files.",
                remedy: isRefusal
                    ? "put redis://user:password@host:port/db into /etc/chimney/secrets/dragonfly_url (DRAGONFLY_URL)"
                    : "systemctl status dragonfly redis-server, and set DRAGONFLY_URL to where the store is")
        ])
    }

    private static func latency(_ examination: Examination) -> Verdict {
        guard case .success = examination.storeInfo else { return away }
        var times: [UInt64] = []
        let end = MonotonicClock.microseconds + 2_000_000
        while times.count < 21, MonotonicClock.microseconds < end {
            let start = MonotonicClock.microseconds
            guard (try? examination.store.run(Command("PING"))) != nil else { return away }
            times.append(MonotonicClock.microseconds - start)
        }
        return StoreJudgement.latency(times.sorted()[times.count / 2])
    }

    /// A setting of the server; nil if it does not tell. Dragonfly takes one name at a time.
    private static func setting(_ name: String, _ examination: Examination) -> String? {
        guard let reply = try? examination.store.run(Command("CONFIG", "GET", name)).array, reply.count == 2 else {
            return nil
        }
        return reply[1].string
    }

    private static func eviction(_ examination: Examination) -> Verdict {
        judged(examination) { info in
            StoreJudgement.eviction(
                info, policy: info.kind == .redis ? setting("maxmemory-policy", examination) : nil)
        }
    }

    private static func snapshots(_ examination: Examination) -> Verdict {
        judged(examination) { info in
            switch info.kind {
            case .redis:
                StoreJudgement.snapshots(
                    info, .init(save: setting("save", examination), appendOnly: setting("appendonly", examination)))
            case .dragonfly:
                StoreJudgement.snapshots(
                    info, .init(cron: setting("snapshot_cron", examination), file: setting("dbfilename", examination)))
            }
        }
    }

    /// Writes a key that is gone after a second, as every acknowledged write is made.
    private static let writing = Script(
        """
        redis.call('SET', KEYS[1], ARGV[1], 'PX', 1000)
        return redis.call('GET', KEYS[1])
        """)

    private static func scripts(_ examination: Examination) -> Verdict {
        guard case .success = examination.storeInfo else { return away }
        let store = examination.store
        do throws(StoreError) {
            let reply = try store.evaluate(
                writing, keys: [store.key("{doctor}:check")], arguments: [Array("written".utf8)])
            if reply.string == "written" { return .good("a script has written, and read what it wrote") }
            return .wrong([refused("it answers something else")])
        } catch {
            return .wrong([refused("\(error)".shortened(to: 200))])
        }
    }

    private static func refused(_ reason: String) -> Finding {
        let isReplica = reason.contains("READONLY")
        return Finding(
            .fault, "the store refuses a script that writes: \(reason)",
            meaning: "No deploy is accepted, and nothing of the queue can change.",
            remedy: isReplica
                ? "set DRAGONFLY_URL to the primary: this one is a replica"
                : "let chimney's user run EVAL and EVALSHA and write keys that begin with CHIMNEY_PREFIX (ACL SETUSER)")
    }

    /// Touches a key that is not declared, but has the hash tag of one that is: Dragonfly allows that where it locks by tags.
    private static let tagged = Script("return redis.call('EXISTS', ARGV[1])")

    private static func hashTags(_ examination: Examination) -> Verdict {
        guard case .success(let info) = examination.storeInfo else { return away }
        guard info.kind == .dragonfly else { return .skipped("only Dragonfly has shards that scripts lock") }
        let store = examination.store
        do throws(StoreError) {
            _ = try store.evaluate(
                tagged, keys: [store.key("{doctor}:check")], arguments: [Array(store.key("{doctor}:other").utf8)])
            return .good("keys of a hash tag are locked together")
        } catch {
            guard "\(error)".contains("undeclared") else { return .skipped("the store refuses the script for it") }
            return .wrong([
                Finding(
                    .warning, "Dragonfly does not lock by hash tags",
                    meaning: "Keys that a script touches lie in several shards: writes take several times as long.",
                    remedy: "start it with --lock_on_hashtags (systemd/dragonfly.service)")
            ])
        }
    }

    private static func clock(_ examination: Examination) -> Verdict {
        guard case .success = examination.storeInfo else { return away }
        let before = Timestamp.microsecondsNow
        guard let time = try? examination.store.run(Command("TIME")).time else {
            return .skipped("the store does not tell its time")
        }
        let middle = (before + Timestamp.microsecondsNow) / 2
        return StoreJudgement.clock((time - middle) / 1000, of: "the store's")
    }
}
