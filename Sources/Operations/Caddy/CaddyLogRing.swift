import Dragonfly
import Essentials
import Telemetry

/// The newest lines of every origin's Caddy, and how far each host's log has been read.
enum CaddyLogRing {
    /// How many lines are kept.
    static let bound = 1000
    /// The ring, newest first. It shares telemetry's hash tag because its ids come from there.
    static let key = "{telemetry}:caddy"
    private static let positions = "{telemetry}:caddy:positions"

    /// Lines and the position behind them in one step: what is in the ring has been read, and the other way round.
    ///
    /// Arguments: host, position before, position after, microseconds since the epoch, bound, then the lines, oldest
    /// first and without their opening brace. Answers with the position in force if it is not the one before.
    private static let addScript = Script(
        """
        local ring, positions, last_id = KEYS[1], KEYS[2], KEYS[3]
        local known = redis.call('HGET', positions, ARGV[1])
        if known and ARGV[2] ~= '' and known ~= ARGV[2] then return known end
        local count = #ARGV - 5
        if count > 0 then
          local id = math.max(tonumber(redis.call('GET', last_id) or '0') + 1, tonumber(ARGV[4]))
          redis.call('SET', last_id, string.format('%d', id + count - 1))
          local lines = {}
          for i = 6, #ARGV do
            lines[#lines + 1] = string.format('{"id":%d,', id) .. ARGV[i]
            id = id + 1
          end
          local unpack = table.unpack or unpack
          redis.call('LPUSH', ring, unpack(lines))
          redis.call('LTRIM', ring, 0, tonumber(ARGV[5]) - 1)
        end
        redis.call('HSET', positions, ARGV[1], ARGV[3])
        return ARGV[3]
        """, returning: .bytes)

    /// Up to where a host's log has been read; nil for never.
    ///
    /// - Throws: `StoreError`.
    static func position(of host: String, in store: Store) throws(StoreError) -> LogTail.Position? {
        try store.run(Command("HGET", store.key(positions), host)).string.flatMap { LogTail.Position($0) }
    }

    /// Adds the newest of some lines.
    ///
    /// - Returns: false if the log has been read from elsewhere in the meantime, to where the store says: nothing was
    ///   added.
    /// - Throws: `StoreError`; whether they were added tells the position in the store.
    static func add(
        _ lines: [[UInt8]], of host: String, from before: LogTail.Position?, to after: LogTail.Position,
        in store: Store
    ) throws(StoreError) -> Bool {
        let head = [
            host, before?.text ?? "", after.text, String(Timestamp.microsecondsNow), String(bound),
        ]
        let position = try store.evaluate(
            addScript, keys: [key, positions, TelemetryKeys.lastID].map(store.key),
            arguments: head.map { Array($0.utf8) } + lines.suffix(bound))
        return position.string == after.text
    }
}
