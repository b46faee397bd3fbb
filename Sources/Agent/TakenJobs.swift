import Dragonfly
import Essentials
import Logging

/// The jobs of a list that the agent of this host is at. It takes one by moving it to a list of its own and deletes it
/// there when it is done, so that nothing is lost with the agent: its successor finds what it left and does that first.
///
/// Two pools on one store need different host names; with the same one, they may do a job twice.
public final class TakenJobs {
    /// After so many agents in a row that died with old jobs and finished none, the oldest is given up: it may be what
    /// they die of.
    private static let attempts = 10
    /// Seconds after the last of them from which on they are forgotten.
    private static let memory = 86_400

    /// What the store knows of this agent and the jobs that a predecessor has left.
    private enum Attempt {
        /// It found none.
        case none
        /// It is at them. If it dies, that counts.
        case noted
        /// It is at them, and its end will not count.
        case withdrawn
    }

    private let list: JobList
    private let taken: String
    private let attempted: String
    /// Tells this agent from its predecessors.
    private let holder = Hex.random(bytes: 12)
    private let log = Logger(label: "agent")
    /// The jobs that were handed out; equal ones may be there several times.
    private var held: [[UInt8]: Int] = [:]
    private var heldCount = 0
    /// Done, but not deleted yet.
    private var finished: [[UInt8]] = []
    private var isFirst = true
    private var attempt = Attempt.none

    /// The jobs of `list` on a host.
    public init(_ list: JobList, host: String) {
        self.list = list
        taken = list.takenKey(host: host)
        attempted = "\(taken):attempts"
    }

    /// How many jobs were handed out and are not finished.
    public var count: Int { heldCount }

    /// Takes jobs, the oldest first: those that a predecessor left, and at most `limit` new ones.
    ///
    /// - Throws: `StoreError`.
    public func take(_ limit: Int, from store: Store) throws(StoreError) -> [[UInt8]] {
        try settle(store)
        let reply = try store.evaluate(
            Self.takeScript, keys: [store.key(list.key), store.key(taken)], arguments: [Array(String(limit).utf8)]
        ).array
        var jobs = reply.dropFirst().compactMap(\.bytes)
        // Others than those that are known here: a predecessor's, or of a reply that never arrived.
        if reply.first?.integer != Int64(heldCount) {
            if isFirst { try noteAttempt(store) }
            jobs = try unknown(store)
        }
        isFirst = false
        for job in jobs { held[job, default: 0] += 1 }
        heldCount += jobs.count
        return jobs
    }

    /// Deletes jobs that are done. What the store does not take now is deleted before the next ones are taken.
    public func finish(_ jobs: [[UInt8]], in store: Store) {
        finished += jobs.filter { release($0) }
        try? settle(store)
    }

    /// Puts jobs back for others to take, as the oldest.
    ///
    /// - Throws: `StoreError`; then they stay with this host.
    public func giveBack(_ jobs: [[UInt8]], to store: Store) throws(StoreError) {
        guard !jobs.isEmpty else { return }
        _ = try store.evaluate(
            Self.giveBackScript, keys: [store.key(list.key), store.key(taken)], arguments: jobs.reversed())
        for job in jobs { _ = release(job) }
    }

    /// The agent ends in order, so that jobs which it leaves are not what ended it. To be called whenever a task is
    /// asked to stop. If the store does not take it, the agent counts as one that died.
    public func leave(_ store: Store) {
        guard attempt == .noted, (try? store.run(Command("ZREM", store.key(attempted), holder))) != nil else { return }
        attempt = .withdrawn
    }

    private func release(_ job: [UInt8]) -> Bool {
        guard let count = held[job] else { return false }
        held[job] = count == 1 ? nil : count - 1
        heldCount -= 1
        return true
    }

    private func settle(_ store: Store) throws(StoreError) {
        guard !finished.isEmpty else { return }
        if attempt != .none { _ = try store.run(Command("DEL", store.key(attempted))) }
        attempt = .none
        if try !removeAll(finished.count, store) {
            let key = Array(store.key(taken).utf8)
            _ = try store.run(finished.map { Command("LREM", [key, Array("-1".utf8), $0]) })
        }
        finished = []
    }

    /// Deletes the list of this host at once if there is nothing in it that is not done, which is the rule.
    private func removeAll(_ count: Int, _ store: Store) throws(StoreError) -> Bool {
        guard heldCount == 0 else { return false }
        return try store.evaluate(
            Self.removeAllScript, keys: [store.key(taken)], arguments: [Array(String(count).utf8)]
        ).string == "1"
    }

    private func unknown(_ store: Store) throws(StoreError) -> [[UInt8]] {
        var known = held
        var jobs: [[UInt8]] = []
        for job in try store.run(Command("LRANGE", store.key(taken), "0", "-1")).array.compactMap(\.bytes).reversed() {
            if let count = known[job], count > 0 { known[job] = count - 1 } else { jobs.append(job) }
        }
        return jobs
    }

    private func noteAttempt(_ store: Store) throws(StoreError) {
        attempt = .noted
        let arguments = [holder, String(Timestamp.now.milliseconds), String(Self.attempts), String(Self.memory)]
        let reply = try store.evaluate(
            Self.attemptScript, keys: [attempted, taken, list.droppedKey].map(store.key),
            arguments: arguments.map { Array($0.utf8) })
        guard reply.string == "given up" else { return }
        log.error(
            "a job of \(list.key) was given up: \(Self.attempts) agents in a row died with it and finished none")
    }

    /// Notes an agent that begins with old jobs. Those noted before it have died: if they are too many, the oldest job
    /// goes, and for the next one it takes another death. Run twice, it does what it does once.
    private static let attemptScript = Script(
        """
        if redis.call('ZSCORE', KEYS[1], ARGV[1]) then return 'known' end
        local isOver = redis.call('ZCARD', KEYS[1]) >= tonumber(ARGV[3])
        if isOver then redis.call('ZREMRANGEBYRANK', KEYS[1], 0, 0) end
        redis.call('ZADD', KEYS[1], ARGV[2], ARGV[1])
        redis.call('EXPIRE', KEYS[1], ARGV[4])
        if not isOver then return 'noted' end
        redis.call('RPOP', KEYS[2])
        redis.call('INCR', KEYS[3])
        return 'given up'
        """, returning: .bytes)

    /// How many were taken already, and those that are taken now.
    private static let takeScript = Script(
        """
        local jobs = {string.format('%d', redis.call('LLEN', KEYS[2]))}
        for i = 1, tonumber(ARGV[1]) do
          local job = redis.call('LMOVE', KEYS[1], KEYS[2], 'RIGHT', 'LEFT')
          if not job then break end
          jobs[i + 1] = job
        end
        return jobs
        """, returning: .array)

    /// With the number of jobs that are there if there are no others.
    private static let removeAllScript = Script(
        """
        if redis.call('LLEN', KEYS[1]) ~= tonumber(ARGV[1]) then return '0' end
        redis.call('DEL', KEYS[1])
        return '1'
        """, returning: .bytes)

    /// The newest first.
    private static let giveBackScript = Script(
        """
        for i = 1, #ARGV do
          if redis.call('LREM', KEYS[2], -1, ARGV[i]) > 0 then redis.call('RPUSH', KEYS[1], ARGV[i]) end
        end
        return '1'
        """)
}
