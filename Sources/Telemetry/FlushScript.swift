import Dragonfly

/// The names of telemetry's keys. They share a hash tag, because one script touches them.
public enum TelemetryKeys {
    /// The log ring.
    public static let log = "{telemetry}:log"
    /// The ring of events.
    public static let events = "{telemetry}:events"
    /// The counters: a Prometheus sample name and its value.
    public static let counters = "{telemetry}:counters"
    /// The last id that a line was given.
    static let lastID = "{telemetry}:last_id"
    /// The last batch that a slot of a pool has sent.
    static func batch(_ sender: String) -> String { "{telemetry}:batch:\(sender)" }
}

/// Takes one batch of one sender: gives its lines ids that grow over all senders, puts them into the ring, adds its counts.
/// A batch that has been taken before is left alone.
///
/// Arguments: batch number (empty: a sender that sends once), microseconds since the epoch, bound of the ring, number of
/// counts, then name and amount of each, then the lines, oldest first and without their opening brace.
let flushScript = Script(
    """
    local log, counters, last_id, batch_key = KEYS[1], KEYS[2], KEYS[3], KEYS[4]
    local batch = ARGV[1]
    if batch ~= '' then
      local seen = redis.call('GET', batch_key)
      if seen and tonumber(seen) >= tonumber(batch) then return '0' end
    end
    local n = tonumber(ARGV[4])
    for i = 0, n - 1 do
      redis.call('HINCRBY', counters, ARGV[5 + 2 * i], ARGV[6 + 2 * i])
    end
    local first = 5 + 2 * n
    if #ARGV >= first then
      local id = math.max(tonumber(redis.call('GET', last_id) or '0') + 1, tonumber(ARGV[2]))
      local lines = {}
      for i = first, #ARGV do
        lines[#lines + 1] = string.format('{"id":%d,', id) .. ARGV[i]
        id = id + 1
      end
      redis.call('SET', last_id, string.format('%d', id - 1))
      local unpack = table.unpack or unpack
      redis.call('LPUSH', log, unpack(lines))
      redis.call('LTRIM', log, 0, tonumber(ARGV[3]) - 1)
    end
    if batch ~= '' then redis.call('SET', batch_key, batch, 'PX', 86400000) end
    return '1'
    """)
