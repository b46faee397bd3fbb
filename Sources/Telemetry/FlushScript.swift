import Dragonfly
import Essentials

/// What one sender sends to the store at once.
struct FlushBatch {
    /// Who sends, and the batch's number; nil for a process that sends once.
    var sender: (name: String, number: UInt64)?
    /// Sample names and by how much they grow.
    var counts: [(sample: [UInt8], amount: Int64)] = []
    /// Log lines, oldest first and without their opening brace.
    var lines: [[UInt8]] = []
    /// Events, likewise.
    var events: [[UInt8]] = []
    /// Spans that no log line tells of, likewise.
    var spans: [[UInt8]] = []
    /// The host that lines and spans are exported as of; nil where nothing is exported.
    var exportHost: String?

    /// Bounds of what the script keeps.
    struct Bounds {
        var log = Recorder.ringBound
        var events = Recorder.eventBound
        var outbox = Recorder.outboxBound
    }

    /// The keys of the script, in its order.
    var keys: [String] {
        [
            TelemetryKeys.log, TelemetryKeys.counters, TelemetryKeys.lastID, TelemetryKeys.batch(sender?.name ?? ""),
            TelemetryKeys.events, TelemetryKeys.outbox,
        ]
    }

    /// The arguments of the script.
    ///
    /// - Parameter microseconds: now, since the epoch.
    func arguments(at microseconds: Int64, _ bounds: Bounds = Bounds()) -> [[UInt8]] {
        let numbers = [
            microseconds, Int64(bounds.log), Int64(bounds.events), Int64(bounds.outbox), Int64(counts.count),
            Int64(lines.count), Int64(events.count),
        ]
        var arguments = [Array((sender.map { String($0.number) } ?? "").utf8), exportPrefix]
        arguments.reserveCapacity(9 + 2 * counts.count + lines.count + events.count + spans.count)
        arguments += numbers.map { Array(String($0).utf8) }
        for (sample, amount) in counts {
            arguments.append(sample)
            arguments.append(Array(String(amount).utf8))
        }
        return arguments + lines + events + (exportHost == nil ? [] : spans)
    }

    /// What an exported line or span begins with: its host, which the rings' lines do not name. Empty for no export.
    private var exportPrefix: [UInt8] {
        guard let exportHost else { return [] }
        var json = JSONWriter(capacity: 32)
        json.member("host", exportHost)
        return [UInt8(ascii: "{")] + json.bytes + [UInt8(ascii: ",")]
    }
}

/// Takes one batch of one sender: gives its lines and events ids that grow over all senders, puts them into their rings
/// and what is to be exported into the outbox, adds its counts. A batch that has been taken before is left alone.
///
/// Arguments: batch number (empty: a sender that sends once), what exported lines begin with (empty: no export),
/// microseconds since the epoch, bounds of the log, the events and the outbox, numbers of counts, lines and events,
/// then name and amount of each count, the lines, the events, and as the rest the spans.
let flushScript = Script(
    """
    local log, counters, last_id, batch_key, events, outbox = KEYS[1], KEYS[2], KEYS[3], KEYS[4], KEYS[5], KEYS[6]
    local unpack = table.unpack or unpack
    local batch, prefix = ARGV[1], ARGV[2]
    if batch ~= '' then
      local seen = redis.call('GET', batch_key)
      if seen and tonumber(seen) >= tonumber(batch) then return '0' end
    end
    local n_counts, n_lines, n_events = tonumber(ARGV[7]), tonumber(ARGV[8]), tonumber(ARGV[9])
    for i = 0, n_counts - 1 do
      redis.call('HINCRBY', counters, ARGV[10 + 2 * i], ARGV[11 + 2 * i])
    end
    local at = 10 + 2 * n_counts
    local id = 0
    if n_lines + n_events > 0 then
      id = math.max(tonumber(redis.call('GET', last_id) or '0') + 1, tonumber(ARGV[3]))
      redis.call('SET', last_id, string.format('%d', id + n_lines + n_events - 1))
    end
    local exported = {}
    local function push(ring, bound, count, exports)
      local entries = {}
      for i = at, at + count - 1 do
        local member = string.format('"id":%d,', id)
        entries[#entries + 1] = '{' .. member .. ARGV[i]
        if exports then exported[#exported + 1] = prefix .. member .. ARGV[i] end
        id = id + 1
      end
      at = at + count
      redis.call('LPUSH', ring, unpack(entries))
      redis.call('LTRIM', ring, 0, bound - 1)
    end
    if n_lines > 0 then push(log, tonumber(ARGV[4]), n_lines, prefix ~= '') end
    if n_events > 0 then push(events, tonumber(ARGV[5]), n_events, false) end
    for i = at, #ARGV do exported[#exported + 1] = prefix .. ARGV[i] end
    if #exported > 0 then
      local bound = tonumber(ARGV[6])
      local excess = redis.call('LPUSH', outbox, unpack(exported)) - bound
      if excess > 0 then
        redis.call('LTRIM', outbox, 0, bound - 1)
        redis.call('HINCRBY', counters, '\(CounterFamilies.exportDropped)', string.format('%d', excess))
      end
    end
    if batch ~= '' then redis.call('SET', batch_key, batch, 'PX', 86400000) end
    return '1'
    """, returning: .bytes)
