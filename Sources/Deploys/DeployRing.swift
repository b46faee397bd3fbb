import Dragonfly
import Essentials
import FoundationEssentials

/// The newest deploy events, as the store keeps them.
final class DeployRing {
    /// How many events are kept, and how many identities.
    static let bound = 50
    static let seenBound = 10_000
    /// For how many milliseconds a post without a time is the same as an earlier one.
    static let repeatWindow: Int64 = 10 * 60_000

    /// The ring at one moment.
    struct Content {
        /// Every change of the ring gives it another.
        let revision: [UInt8]
        /// Events ever accepted.
        let total: Int64
        /// Newest first, by arrival.
        let events: [DeployEvent]
    }

    /// What became of a posted event.
    enum Outcome {
        case stored
        /// It had been stored before: as this event, or at this time where the ring holds it no more.
        case duplicate(of: DeployEvent?, at: Timestamp)
    }

    private static let list = "{deploys}"
    static let meta = "{deploys}:meta"
    private static let seen = "{deploys}:seen"

    /// Keys: ring, meta, seen, GitHub's outbox. Arguments: identity, event, milliseconds now, window of a repetition (0: for ever), outcome,
    /// revision, bound of the ring, bound of the identities, and what GitHub is to be told (empty: nothing), with the bound of
    /// what waits to be told.
    private static let addScript = Script(
        """
        local ring, meta, seen = KEYS[1], KEYS[2], KEYS[3]
        local now, window = tonumber(ARGV[3]), tonumber(ARGV[4])
        local before = redis.call('ZSCORE', seen, ARGV[1])
        if before and (window == 0 or now - tonumber(before) < window) then
          return {'duplicate', string.format('%d', math.floor(tonumber(before)))}
        end
        redis.call('ZADD', seen, ARGV[3], ARGV[1])
        redis.call('ZREMRANGEBYRANK', seen, 0, -1 - tonumber(ARGV[8]))
        redis.call('LPUSH', ring, ARGV[2])
        redis.call('LTRIM', ring, 0, tonumber(ARGV[7]) - 1)
        redis.call('HINCRBY', meta, 'total', 1)
        redis.call('HINCRBY', meta, ARGV[5], 1)
        redis.call('HSET', meta, 'revision', ARGV[6])
        if ARGV[9] ~= '' then
          redis.call('LPUSH', KEYS[4], ARGV[9])
          redis.call('LTRIM', KEYS[4], 0, tonumber(ARGV[10]) - 1)
        end
        return {'stored'}
        """)

    /// Revision, total and events as of one moment.
    private static let readScript = Script(
        """
        local revision = redis.call('HGET', KEYS[2], 'revision')
        if not revision then return {} end
        return {revision, redis.call('HGET', KEYS[2], 'total'), redis.call('LRANGE', KEYS[1], 0, -1)}
        """)

    private let revisionCommand: Command
    private var memo: Content?

    /// The ring of a store with this prefix.
    init(prefix: String) {
        revisionCommand = Command("HGET", prefix + Self.meta, "revision")
    }

    /// Adds an event at the front, unless it is there already.
    ///
    /// - Parameter tellsGitHub: whether GitHub is to be told of it, in the same step.
    func add(_ posted: PostedDeploy, now: Timestamp, tellsGitHub: Bool, to store: Store) throws -> Outcome {
        let identity = posted.event.identity(timeIsGiven: posted.timeIsGiven)
        let window = posted.timeIsGiven ? 0 : Self.repeatWindow
        let reply = try store.commit(
            Self.addScript, keys: [Self.list, Self.meta, Self.seen, GitHubDeployment.outbox].map(store.key),
            arguments: [
                Array(identity.utf8), posted.event.stored, Array(String(now.milliseconds).utf8),
                Array(String(window).utf8), Array(posted.event.outcome.rawValue.utf8),
                Array(Hex.random(bytes: 12).utf8),
                Array(String(Self.bound).utf8), Array(String(Self.seenBound).utf8),
                tellsGitHub ? GitHubDeployment(of: posted.event, identity: identity).stored : [],
                Array(String(GitHubDeployment.outboxBound).utf8),
            ])
        guard reply.array.first?.string == "duplicate", let time = reply.array.last?.integer else { return .stored }
        let stored = try content(of: store)?.events.first {
            $0.identity(timeIsGiven: posted.timeIsGiven) == identity
        }
        return .duplicate(of: stored, at: Timestamp(milliseconds: time))
    }

    /// The ring as it is now; nil before the first event. Read in full only if it has changed since this process read it.
    func content(of store: Store) throws -> Content? {
        guard let revision = try store.run(revisionCommand).bytes else { return nil }
        if let memo, memo.revision == revision { return memo }
        let parts = try store.evaluate(Self.readScript, keys: [Self.list, Self.meta].map(store.key)).array
        guard parts.count == 3, let revision = parts[0].bytes else { return nil }
        let decoder = JSONDecoder()
        let events = parts[2].array.compactMap { entry in
            entry.bytes.flatMap { try? decoder.decode(DeployEvent.self, from: Data($0)) }
        }
        let content = Content(revision: revision, total: parts[1].integer ?? 0, events: events)
        memo = content
        return content
    }
}
