import Dragonfly
import Essentials

/// The deployments of an organisation that have been in progress for too long, and which of them were told of.
///
/// A deployment is told of once for each time that it is in progress: the store keeps those told of by when their
/// progress began, and drops one that leaves progress in the step in which it does.
struct StuckDeployments {
    /// Deployments that are looked at in one step.
    static let page = 50

    /// One that has not been told of.
    struct Untold {
        /// Its id.
        let id: String
        /// When its progress began, in microseconds since the epoch.
        let since: Int64
        /// Its record; empty if there is none.
        let record: [UInt8]
    }

    private let store: Store
    private let keys: QueueKeys

    /// Those of an organisation.
    init(of organisation: String, in store: Store) {
        self.store = store
        keys = QueueKeys(organisation: organisation)
    }

    /// Which organisations have some that were not told of.
    ///
    /// - Parameter began: when the progress of a deployment began that is stuck from now on, in microseconds.
    /// - Throws: `StoreError`.
    static func untold(among organisations: [String], began: Int64, in store: Store) throws(StoreError) -> [String] {
        let commands = organisations.flatMap { organisation in
            let keys = QueueKeys(organisation: organisation)
            return [keys.progress, keys.stuck].map { Command("ZCOUNT", store.key($0), "-inf", String(began)) }
        }
        let counts = try store.run(commands).map { $0.integer ?? 0 }
        guard counts.count == commands.count else { return [] }
        return organisations.enumerated().filter { counts[2 * $0.offset] != counts[2 * $0.offset + 1] }.map(\.element)
    }

    /// Those of one page that were not told of.
    ///
    /// - Parameters:
    ///   - began: as above.
    ///   - rank: how many of those in progress for longest have been looked at.
    /// - Returns: and whether there is more behind that page.
    /// - Throws: `StoreError`.
    func untold(began: Int64, after rank: Int) throws(StoreError) -> (found: [Untold], isAll: Bool) {
        let reply = try store.evaluate(
            Self.findScript, keys: [keys.progress, keys.stuck, keys.records].map(store.key),
            arguments: [rank, rank + Self.page - 1, Int(began), Self.page].map { Array(String($0).utf8) }
        ).array
        let parts = reply.dropFirst()
        let found = stride(from: parts.startIndex, to: parts.endIndex - 2, by: 3).compactMap { index -> Untold? in
            guard let id = parts[index].string, let since = parts[index + 1].integer else { return nil }
            return Untold(id: id, since: since, record: parts[index + 2].bytes ?? [])
        }
        return (found, reply.first?.string != "more")
    }

    /// Notes that some were told of. One that has left progress meanwhile is not.
    ///
    /// - Throws: `StoreError`.
    func note(_ told: [Untold]) throws(StoreError) {
        guard !told.isEmpty else { return }
        _ = try store.evaluate(
            Self.noteScript, keys: [keys.progress, keys.stuck].map(store.key),
            arguments: told.flatMap { [Array($0.id.utf8), Array(String($0.since).utf8)] })
    }

    private static let findScript = Script(
        """
        local progress = redis.call('ZRANGE', KEYS[1], ARGV[1], ARGV[2], 'WITHSCORES')
        local found = {#progress == 2 * tonumber(ARGV[4]) and 'more' or 'all'}
        for position = 1, #progress, 2 do
          local id, since = progress[position], tonumber(progress[position + 1])
          if since > tonumber(ARGV[3]) then
            found[1] = 'all'
            break
          end
          local told = redis.call('ZSCORE', KEYS[2], id)
          if not told or tonumber(told) ~= since then
            found[#found + 1] = id
            found[#found + 1] = string.format('%d', since)
            found[#found + 1] = redis.call('HGET', KEYS[3], id) or ''
          end
        end
        return found
        """, returning: .array)

    private static let noteScript = Script(
        """
        for position = 1, #ARGV, 2 do
          local id, since = ARGV[position], ARGV[position + 1]
          local began = redis.call('ZSCORE', KEYS[1], id)
          if began and tonumber(began) == tonumber(since) then redis.call('ZADD', KEYS[2], since, id) end
        end
        return '1'
        """)
}
