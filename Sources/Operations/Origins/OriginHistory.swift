import Dragonfly
import Essentials
import FoundationEssentials

/// The last checks of an origin: a list in the store, newest first. Each entry says besides what all of them up to it
/// come to, so that neither who adds one nor who asks has to read more than a few.
struct OriginHistory {
    /// How many checks are kept.
    static let bound = 1000
    /// How many of them are shown one by one.
    static let shown = 50
    /// Failed checks in a row that make an origin down.
    static let failureLimit = 2
    /// Milliseconds after which the checks of an origin that nobody checks any more are gone.
    private static let lifetime = 30 * 24 * 3_600_000

    /// What is held of an origin.
    enum State: String {
        /// It has neither passed a check nor failed enough of them.
        case unknown
        case up
        case down
    }

    /// What a check has done to the state.
    struct Change: Equatable {
        let before: State
        let after: State
    }

    /// The base URL of the origin.
    let origin: String

    /// The list, without the prefix.
    var key: String { "health:\(origin)" }

    /// Adds a check, and tells what has become of the state: it takes two failures in a row to be down, so that a lost
    /// packet wakes nobody, and one success to be up. The same check again, after an answer of the store that did not
    /// arrive, changes nothing and is told the same.
    ///
    /// - Throws: `StoreError`.
    func add(_ check: OriginCheck, to store: Store) throws(StoreError) -> Change {
        let numbers = [Self.bound, Self.failureLimit, Self.lifetime].map { Array(String($0).utf8) }
        let reply = try store.evaluate(
            Self.addScript, keys: [store.key(key)],
            arguments: [check.json, Array((check.isUp ? "1" : "0").utf8)] + numbers
        ).array
        guard reply.count == 2, let before = reply[0].string.flatMap(State.init),
            let after = reply[1].string.flatMap(State.init)
        else { throw .refused("\(key) holds what is no check") }
        return Change(before: before, after: after)
    }

    /// An entry is `<checks> <of them passed> <failed in a row> <state> <check>`, the numbers including its own check.
    ///
    /// Arguments: the check, whether it passed, the bound of the list, how many failures make an origin down, and for
    /// how many milliseconds the list is kept.
    private static let addScript = Script(
        """
        local list, check, has_passed, bound = KEYS[1], ARGV[1], ARGV[2] == '1', tonumber(ARGV[3])
        local function read(entry)
          local checks, passed, failures, state = string.match(entry or '', '^(%d+) (%d+) (%d+) (%a+) ')
          if not checks then return 0, 0, 0, 'unknown' end
          return tonumber(checks), tonumber(passed), tonumber(failures), state
        end
        local newest = redis.call('LINDEX', list, 0) or ''
        local checks, passed, failures, before = read(newest)
        if string.sub(newest, -#check) == check then
          local _, _, _, earlier = read(redis.call('LINDEX', list, 1))
          return {earlier, before}
        end
        local oldest = redis.call('LINDEX', list, bound - 1)
        if oldest then
          local _, _, failures_then = read(oldest)
          checks = checks - 1
          if failures_then == 0 then passed = passed - 1 end
        end
        local after = before
        if has_passed then
          passed, failures, after = passed + 1, 0, 'up'
        else
          failures = failures + 1
          if failures >= tonumber(ARGV[4]) then after = 'down' end
        end
        local entry = string.format('%d %d %d ', checks + 1, passed, failures) .. after .. ' ' .. check
        redis.call('LPUSH', list, entry)
        redis.call('LTRIM', list, 0, bound - 1)
        redis.call('PEXPIRE', list, ARGV[5])
        return {before, after}
        """, returning: .array)

    /// What is shown of an origin's checks.
    struct Summary {
        /// How many there are.
        var checks = 0
        /// How many of them it passed.
        var passed = 0
        /// What is held of the origin.
        var state = State.unknown
        /// The newest checks, newest first, as JSON.
        var newest: [[UInt8]] = []

        /// When the last one was, and how many milliseconds the answer took.
        var last: (time: String, latency: Double?)? {
            guard let check = newest.first,
                let last = try? JSONDecoder().decode(LastCheck.self, from: Data(check))
            else { return nil }
            return (last.time, last.latency_ms)
        }

        private struct LastCheck: Decodable {
            let time: String
            let latency_ms: Double?
        }
    }

    /// The command whose reply `summary` reads.
    func command(_ store: Store) -> Command {
        Command("LRANGE", store.key(key), "0", String(Self.shown - 1))
    }

    /// Reads a reply to `command`.
    static func summary(_ reply: Reply) -> Summary {
        var summary = Summary()
        for (index, entry) in reply.array.compactMap(\.bytes).enumerated() {
            let parts = entry.split(separator: UInt8(ascii: " "), maxSplits: 4)
            guard parts.count == 5 else { continue }
            summary.newest.append(Array(parts[4]))
            guard index == 0 else { continue }
            let texts = parts[..<4].map { String(decoding: $0, as: UTF8.self) }
            summary.checks = Int(texts[0]) ?? 0
            summary.passed = Int(texts[1]) ?? 0
            summary.state = State(rawValue: texts[3]) ?? .unknown
        }
        return summary
    }
}
