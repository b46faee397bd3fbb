import Agent
import Dragonfly
import Essentials
import Web

extension CacheStore {
    /// Milliseconds after which a fetch is not waited for any more, and another one may begin: who fetches has died.
    static let fetchLimit: Int64 = 11_500
    /// Milliseconds by which a lock goes before its hold ends: who is told that a fetch came to nothing, and asks again,
    /// finds it gone.
    private static let lockLead: Int64 = 500

    /// What became of the wish to fetch an entry.
    enum Joined: Equatable {
        /// It is this one's to fetch.
        case begun
        /// Somebody does already, with this hold.
        case held(Hold)
        /// It is not as it was seen: somebody has just fetched or invalidated it.
        case changed
        /// Nothing is fetched at present.
        case refused(Obstacle)
    }

    /// Begins a fetch, unless one is under way already or GitHub is to be left alone: one step for all processes.
    ///
    /// - Parameters:
    ///   - hold: where the outcome will be.
    ///   - job: what the agents are to do; nil where the caller fetches itself.
    ///   - waits: whether somebody waits for the outcome.
    ///   - seen: the version because of which it is fetched; nil for whichever there is.
    /// - Throws: `StoreError`.
    func join(
        _ resource: Resource, hold: Hold, job: FetchJob?, waits: Bool, now: Timestamp, seen: CacheEntry.Version? = nil
    ) throws(StoreError) -> Joined {
        let key = resource.key
        let lock = max(1, hold.limit.milliseconds - now.milliseconds - Self.lockLead)
        let arguments = [
            hold.id, String(now.milliseconds), String(lock), String(FetchJob.list.bound),
            String(GitHubState.failureLimit), String(GitHubState.pause), seen.map(Self.text) ?? "any",
            resource.isComposed ? "1" : "", waits ? "1" : "",
        ]
        let reply = try store.evaluate(
            Self.joinScript,
            keys: [
                CacheKeys.lock(key), FetchJob.list.key, FetchJob.list.droppedKey, CacheKeys.state, CacheKeys.entry(key),
            ].map(store.key),
            arguments: arguments.map { Array($0.utf8) } + [job?.stored ?? []]
        ).array
        let number = reply.last?.integer ?? 0
        let until = Timestamp(milliseconds: number)
        switch reply.first?.string {
        case "limited": return .refused(.limited(until: until))
        case "down": return .refused(.down(until: until))
        case "denied": return .refused(.denied(status: Int(number)))
        case "changed": return .changed
        // A lock that names no hold is nobody's: neither is there anything to wait for, nor leave to fetch.
        case "held": return reply[1].string.flatMap { Hold(id: $0) }.map { .held($0) } ?? .changed
        default: return .begun
        }
    }

    /// A version as the script compares it.
    private static func text(_ version: CacheEntry.Version) -> String {
        [version.fetchedAt, version.missingAt].map { $0.map { String($0.milliseconds) } ?? "" }.joined(separator: "/")
    }

    /// Keys: lock, job list, count of dropped jobs, state, entry. Arguments: hold, milliseconds now, those of the lock,
    /// bound of the list, failures after which GitHub is left alone, for how many milliseconds, version that was seen
    /// (`any`: it does not matter), whether it is composed, whether somebody waits, job (empty: none).
    ///
    /// The lock is the id of the hold, with a `+` where somebody waits for its outcome, or a refusal of GitHub's that need
    /// not be heard again yet. What is composed asks GitHub by its parts, one of which will try whether it is back.
    private static let joinScript = Script(
        JobList.pushFunction + """
            local lock = redis.call('GET', KEYS[1])
            if lock then
              local status = string.match(lock, '^denied (%d+)$')
              if status then return {'denied', status} end
              local hold = string.match(lock, '^[^+]*')
              if hold == ARGV[1] then return {'begun'} end
              if hold == lock and ARGV[9] ~= '' then redis.call('APPEND', KEYS[1], '+') end
              return {'held', hold}
            end
            if ARGV[7] ~= 'any' then
              local times = redis.call('HMGET', KEYS[5], 'fetched_at', 'missing_at')
              if (times[1] or '') .. '/' .. (times[2] or '') ~= ARGV[7] then return {'changed'} end
            end
            local now = tonumber(ARGV[2])
            local state = redis.call('HMGET', KEYS[4], 'blocked_until', 'failures', 'open_until')
            local blocked, failures, open = tonumber(state[1] or '0'), tonumber(state[2] or '0'), tonumber(state[3] or '0')
            if blocked > now then return {'limited', string.format('%d', blocked)} end
            if failures >= tonumber(ARGV[5]) then
              if open > now then return {'down', string.format('%d', open)} end
              if ARGV[8] == '' then
                local pause = string.format('%d', now + tonumber(ARGV[6]))
                redis.call('HSET', KEYS[4], 'open_until', pause, 'probe', ARGV[1])
              end
            end
            redis.call('SET', KEYS[1], ARGV[1] .. (ARGV[9] ~= '' and '+' or ''), 'PX', ARGV[3])
            if ARGV[10] ~= '' then push_jobs(KEYS[2], KEYS[3], tonumber(ARGV[4]), {ARGV[10]}) end
            return {'begun'}
            """, returning: .array)

    /// What became of what a fetch has brought.
    struct Conclusion {
        /// What was done about it.
        let concluded: Concluded
        /// How GitHub's state has changed by it.
        let change: Change?
        /// Whether somebody may wait for the outcome.
        let isAwaited: Bool
    }

    /// What was done about what a fetch has brought.
    enum Concluded {
        /// It is stored, or there was nothing to store.
        case done
        /// It was invalidated while it was under way: it may be old, and is not stored.
        case overtaken
        /// GitHub says that it has not changed, and it is not there any more.
        case gone
    }

    /// How GitHub's state has changed by a fetch.
    enum Change: String {
        /// It was up and is down.
        case down
        /// It was down and is up.
        case up
        /// It has asked for a pause.
        case limited
    }

    /// Notes what a fetch has brought, for all: stores what there is to store, and GitHub's state. Where the fetch is at
    /// its end by that, the next one may begin.
    ///
    /// - Parameters:
    ///   - sequence: the number of the last change of the cache when GitHub was asked.
    ///   - hold: that of the fetch.
    /// - Throws: `StoreError`.
    func conclude(
        _ finding: Finding, of key: String, since sequence: Int64, hold: String, now: Timestamp
    ) throws(StoreError) -> Conclusion {
        let keys = [
            CacheKeys.entry(key), CacheKeys.index, CacheKeys.expiry, CacheKeys.sizes, CacheKeys.state,
            CacheKeys.changes,
            CacheKeys.lock(key),
        ]
        let content = finding.content
        func text(_ number: Int64?) -> String { number.map { String($0) } ?? "" }
        var texts = [key, hold, finding.kind, String(sequence)]
        texts += [text(now.milliseconds), text(Timestamp.microsecondsNow)]
        texts += [text(finding.remaining), text(finding.reset), text(finding.blockedUntil?.milliseconds)]
        texts += [text(Self.holding), text(Self.missing), String(Self.changeBound)]
        texts += [text(GitHubState.failureLimit), text(GitHubState.pause)]
        texts += [content?.etag ?? "", text(content.map { Int64($0.status) }), text(finding.denial.map { Int64($0) })]
        let reply = try store.evaluate(
            concludeScript, keys: keys.map(store.key),
            arguments: texts.map { Array($0.utf8) } + [content?.headers ?? [], content?.body ?? []]
        ).array
        let concluded: Concluded =
            switch reply.first?.string {
            case "overtaken": .overtaken
            case "gone": .gone
            default: .done
            }
        return Conclusion(
            concluded: concluded, change: reply.count > 1 ? reply[1].string.flatMap { Change(rawValue: $0) } : nil,
            isAwaited: reply.last?.string != "alone")
    }

    /// Ends a fetch that has nothing to note: the next one may begin.
    ///
    /// - Throws: `StoreError`.
    func unlock(_ key: String, hold: String) throws(StoreError) {
        _ = try store.evaluate(
            Self.unlockScript, keys: [store.key(CacheKeys.lock(key))], arguments: [Array(hold.utf8)])
    }

    private static let unlockScript = Script(
        """
        local lock = redis.call('GET', KEYS[1])
        if lock and string.match(lock, '^[^+]*') == ARGV[1] then redis.call('DEL', KEYS[1]) end
        return '1'
        """)
}
