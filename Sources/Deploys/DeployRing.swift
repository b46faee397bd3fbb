import Agent
import Dragonfly
import Essentials
import FoundationEssentials
import Telemetry

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

    /// What became of an event.
    enum Outcome {
        case stored
        /// It had been stored before: as this event, or at this time where the ring holds it no more. It is untold
        /// where nobody may know of it yet: whoever stored it got no reply, or has not called `tell`.
        case duplicate(of: DeployEvent?, at: Timestamp, isUntold: Bool)
    }

    static let list = "{deploys}"
    static let meta = "{deploys}:meta"
    /// Identities of events by their arrival, in milliseconds with three decimals.
    static let seen = "{deploys}:seen"
    /// The revisions of events of which nobody may know yet, by identity. Bounded: what is left in it beyond an outage
    /// of the store is of no use.
    private static let untold = "{deploys}:untold"
    private static let untoldBound = 1000

    /// Functions for scripts about arrivals, which are microseconds since the epoch, each later than the one before, and are
    /// the scores of identities; and about what an entry of the ring begins with: the arrival, and how many events of its
    /// outcome there were with it.
    static let entryFunctions = """
        local function entry_of(arrival, number, event)
          return string.format('{"arrival":%d,"number":%d,', arrival, number) .. string.sub(event, 2)
        end
        local function parse_entry(entry)
          local arrival, number = string.match(entry, '^{"arrival":(%d+),"number":(%d+),')
          return tonumber(arrival or '0'), tonumber(number or '0')
        end
        local function score_of(arrival)
          return string.format('%d.%03d', math.floor(arrival / 1000), math.floor(arrival % 1000))
        end
        local function arrival_of_score(score) return math.floor(tonumber(score) * 1000 + 0.5) end

        """

    /// Keys: ring, meta, seen, untold, GitHub's outbox and what that has dropped. Arguments: whether there is a journal,
    /// identity, event, milliseconds now, window of a repetition (0: for ever), outcome, revision, bound of the ring, bound
    /// of the identities, bound of those untold, and what GitHub is to be told (empty: nothing), with the bound of what
    /// waits to be told. The journal gets what `restorer` takes.
    ///
    /// Run twice with the same revision, as after a lost reply, it says the same twice.
    private static let addScript = Script(
        JobList.pushFunction + entryFunctions + """
            local ring, meta, seen, untold = KEYS[1], KEYS[2], KEYS[3], KEYS[4]
            local identity, event, outcome, revision, github = ARGV[2], ARGV[3], ARGV[6], ARGV[7], ARGV[11]
            local now, window = tonumber(ARGV[4]), tonumber(ARGV[5])

            local function answer(reply, arrival, entry, number, github)
              if ARGV[1] == '' then return reply end
              return {reply, {identity, entry, string.format('%d', arrival), outcome, string.format('%d', number), github}}
            end

            local before = redis.call('ZSCORE', seen, identity)
            if before and (window == 0 or now - tonumber(before) < window) then
              local known = redis.call('HGET', untold, identity)
              local reply = {'duplicate', string.format('%d', math.floor(tonumber(before))), known and '1' or '0'}
              if known == revision then reply = {'stored'} end
              local arrival = arrival_of_score(before)
              for _, entry in ipairs(ARGV[1] ~= '' and redis.call('LRANGE', ring, 0, -1) or {}) do
                local other, number = parse_entry(entry)
                if other == arrival then return answer(reply, arrival, entry, number, '') end
              end
              return answer(reply, arrival, '', 0, '')
            end
            local last = tonumber(redis.call('HGET', meta, 'arrival') or '0')
            local arrival = math.max(last + 1, now * 1000)
            local number = redis.call('HINCRBY', meta, outcome, 1)
            local entry = entry_of(arrival, number, event)
            redis.call('ZADD', seen, score_of(arrival), identity)
            redis.call('ZREMRANGEBYRANK', seen, 0, -1 - tonumber(ARGV[9]))
            redis.call('LPUSH', ring, entry)
            redis.call('LTRIM', ring, 0, tonumber(ARGV[8]) - 1)
            redis.call('HINCRBY', meta, 'total', 1)
            redis.call('HSET', meta, 'revision', revision, 'arrival', string.format('%d', arrival))
            if redis.call('HLEN', untold) >= tonumber(ARGV[10]) then redis.call('DEL', untold) end
            redis.call('HSET', untold, identity, revision)
            if github ~= '' then push_jobs(KEYS[5], KEYS[6], tonumber(ARGV[12]), {github}) end
            return answer({'stored'}, arrival, entry, number, github)
            """, returning: .array)

    /// Revision, total and events as of one moment.
    private static let readScript = Script(
        """
        local revision = redis.call('HGET', KEYS[2], 'revision')
        if not revision then return {} end
        return {revision, redis.call('HGET', KEYS[2], 'total'), redis.call('LRANGE', KEYS[1], 0, -1)}
        """, returning: .array)

    private let revisionCommand: Command
    private var memo: Content?

    /// The ring of a store with this prefix.
    init(prefix: String) {
        revisionCommand = Command("HGET", prefix + Self.meta, "revision")
    }

    /// Adds an event at the front, unless it is there already.
    ///
    /// - Parameters:
    ///   - tellsGitHub: whether GitHub is to be told of it, in the same step.
    ///   - revision: what tells this addition from every other.
    func add(
        _ posted: PostedDeploy, now: Timestamp, tellsGitHub: Bool, revision: String = Hex.random(bytes: 12),
        to store: Store
    ) throws -> Outcome {
        let outcome = try add(
            posted.event, as: posted.identity, within: posted.timeIsGiven ? nil : Self.repeatWindow, now: now,
            telling: tellsGitHub ? GitHubDeployment(of: posted.event, identity: revision) : nil, revision: revision,
            to: store)
        guard case .duplicate(_, let time, let isUntold) = outcome else { return outcome }
        let stored = try content(of: store)?.events.first {
            $0.identity(timeIsGiven: posted.timeIsGiven) == posted.identity
        }
        return .duplicate(of: stored, at: time, isUntold: isUntold)
    }

    /// Adds an event at the front, unless one of this identity was added before.
    ///
    /// - Parameters:
    ///   - window: how many milliseconds ago that may have been; nil for as long as it is remembered.
    ///   - github: what GitHub is to be told, in the same step; nil for nothing.
    ///   - revision: what tells this addition from every other.
    func add(
        _ event: DeployEvent, as identity: String, within window: Int64?, now: Timestamp,
        telling github: GitHubDeployment?, revision: String = Hex.random(bytes: 12), to store: Store
    ) throws -> Outcome {
        let outbox = GitHubDeployment.outbox
        let keys = [Self.list, Self.meta, Self.seen, Self.untold, outbox.key, outbox.droppedKey]
        let reply = try store.commit(
            Self.addScript, keys: keys.map(store.key),
            arguments: [
                Array(identity.utf8), event.stored, Self.bytes(now.milliseconds), Self.bytes(window ?? 0),
                Array(event.outcome.rawValue.utf8), Array(revision.utf8), Self.bytes(Self.bound),
                Self.bytes(Self.seenBound), Self.bytes(Self.untoldBound), github?.stored ?? [],
                Self.bytes(outbox.bound),
            ], journaling: Self.entryKind, []
        ).array
        guard reply.count == 3, let time = reply[1].integer else { return .stored }
        return .duplicate(of: nil, at: Timestamp(milliseconds: time), isUntold: reply[2].string == "1")
    }

    /// Tells everybody who listens of an event which `add` has stored, or found untold, and notes that. If the store does
    /// not take the note, the event is told again when it comes again: twice rather than never.
    ///
    /// - Parameter emit: sends an event on its way.
    func tell(
        _ event: DeployEvent, as identity: String, in store: Store,
        emit: EventType.Emit
    ) {
        emit(.deploy) { event.write(to: &$0) }
        _ = try? store.run(Command("HDEL", store.key(Self.untold), identity))
    }

    static func bytes(_ number: some FixedWidthInteger) -> [UInt8] { Array(String(number).utf8) }

    /// The ring as it is now; nil before the first event. Read in full only if it has changed since this process read
    /// it.
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
