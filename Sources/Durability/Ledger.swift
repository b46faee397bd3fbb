import Dragonfly
import Essentials

/// What the store itself knows of its journals: for which start of the server it was brought up to date, which hosts keep
/// one, how far each of them is with restoring, and up to where it has all of each journal.
///
/// All writes are bound to a start of the server: what was found out about one is never noted in another.
struct Ledger {
    /// Milliseconds for which a host is waited for that gives no sign. What it has comes in when it is back.
    static let patience = 15_000
    /// Days after which a host that gives no sign is not waited for any more.
    static let memory = 7

    /// Who keeps a journal, and when it gave a sign last, in milliseconds since the epoch.
    typealias Hosts = [String: Int64]

    /// What a host has to know.
    struct Look {
        /// Whether the store has been brought up to date for this start of the server.
        let isRestored: Bool
        /// Whether this host has done its part in that.
        let isDone: Bool
        /// All hosts.
        let hosts: Hosts
    }

    /// What has come of a sign.
    enum Progress: Equatable {
        /// These hosts are waited for.
        case waiting(for: [String])
        /// The store has what all hosts have, but for these, which give no sign.
        case ready(without: [String])
        /// It was declared to be up to date before.
        case restored
    }

    private let store: Store
    private let host: String
    let run: String

    /// The ledger of a start of the server, for a host.
    init(_ store: Store, host: String, run: String) {
        self.store = store
        self.host = host
        self.run = run
    }

    private var keys: [String] {
        [DurabilityKeys.state, DurabilityKeys.state + ":hosts", DurabilityKeys.state + ":positions"].map(store.key)
    }

    private func evaluate(_ script: Script, _ arguments: [String]) throws(StoreError) -> [Reply]? {
        try store.evaluate(
            script, keys: keys, arguments: ([run, host] + arguments).map { Array($0.utf8) }, in: run)?.array
    }

    /// Looks.
    ///
    /// - Returns: nil if the server was started anew.
    /// - Throws: `StoreError`.
    func look() throws(StoreError) -> Look? {
        guard let reply = try evaluate(Self.lookScript, []), reply.count == 3 else { return nil }
        let members = reply[2].array
        var hosts: Hosts = [:]
        for index in stride(from: 0, to: members.count - 1, by: 2) {
            if let name = members[index].string { hosts[name] = members[index + 1].integer ?? 0 }
        }
        return Look(isRestored: reply[0].string == "1", isDone: reply[1].string == "1", hosts: hosts)
    }

    /// Notes that this host begins to restore what it has.
    ///
    /// - Parameter others: hosts that are known to keep a journal, though the store may not know of them.
    /// - Returns: up to where the store has all of this host's journal, as a `Position`; empty if it does not know. Nil if
    ///   the server was started anew.
    /// - Throws: `StoreError`.
    func begin(knowing others: Hosts) throws(StoreError) -> String? {
        let reply = try evaluate(Self.beginScript, others.flatMap { [$0.key, String($0.value)] })
        return reply?.first?.string
    }

    /// Gives a sign of this host.
    ///
    /// - Parameters:
    ///   - isDone: whether it has restored all that it has.
    ///   - isAlone: whether other hosts are not waited for.
    /// - Returns: nil if the server was started anew.
    /// - Throws: `StoreError`.
    func sign(isDone: Bool, isAlone: Bool = false) throws(StoreError) -> Progress? {
        guard
            let reply = try evaluate(
                Self.signScript,
                [isDone ? "restored" : "restoring", isAlone ? "0" : String(Self.patience), String(Self.memory)])
        else { return nil }
        let names = reply.dropFirst().compactMap(\.string)
        switch reply.first?.string {
        case "restored": return .restored
        case "ready": return .ready(without: names)
        default: return .waiting(for: names)
        }
    }

    /// Declares the store to be up to date: durable writes are taken from now on.
    ///
    /// - Returns: whether it was not before.
    /// - Throws: `StoreError`.
    func declare() throws(StoreError) -> Bool { try evaluate(Self.declareScript, [])?.first?.string == "declared" }

    /// Notes up to where the store has all of this host's journal: a snapshot that holds this note holds that as well.
    ///
    /// - Throws: `StoreError`.
    func note(_ position: String) throws(StoreError) { _ = try evaluate(Self.positionScript, [position]) }

    // MARK: Scripts

    /// Keys: state, hosts, positions. Arguments: this start of the server, this host. A host is `<start> <what it does>
    /// <milliseconds>`, the latter by the store's own clock.
    private static let prelude = """
        local run, host = ARGV[1], ARGV[2]
        local clock = redis.call('TIME')
        local now = tonumber(clock[1]) * 1000 + math.floor(tonumber(clock[2]) / 1000)
        local function parse(text) return string.match(text or '', '^(%S+) (%S+) (%d+)$') end
        local function number(value) return string.format('%d', value) end

        """

    private static let lookScript = Script(
        prelude + """
            local at, doing = parse(redis.call('HGET', KEYS[2], host))
            local restored = redis.call('HGET', KEYS[1], 'run') == run
            local hosts, all = {}, redis.call('HGETALL', KEYS[2])
            for position = 1, #all, 2 do
              local _, _, sign = parse(all[position + 1])
              hosts[#hosts + 1] = all[position]
              hosts[#hosts + 1] = sign or '0'
            end
            return {restored and '1' or '0', at == run and doing == 'restored' and '1' or '0', hosts}
            """, returning: .array)

    private static let beginScript = Script(
        prelude + """
            if redis.call('HGET', KEYS[1], 'begun') ~= run then
              redis.call('HSET', KEYS[1], 'begun', run, 'begun_at', number(now))
            end
            for position = 3, #ARGV - 1, 2 do
              redis.call('HSETNX', KEYS[2], ARGV[position], '- away ' .. ARGV[position + 1])
            end
            redis.call('HSET', KEYS[2], host, run .. ' restoring ' .. number(now))
            return {redis.call('HGET', KEYS[3], host) or ''}
            """, returning: .array)

    private static let signScript = Script(
        prelude + """
            local doing, patience, memory = ARGV[3], tonumber(ARGV[4]), tonumber(ARGV[5]) * 86400000
            redis.call('HSET', KEYS[2], host, run .. ' ' .. doing .. ' ' .. number(now))
            if redis.call('HGET', KEYS[1], 'run') == run then return {'restored'} end
            local begun = tonumber(redis.call('HGET', KEYS[1], 'begun_at') or '0')
            local waiting, away, all = {'waiting'}, {'ready'}, redis.call('HGETALL', KEYS[2])
            for position = 1, #all, 2 do
              local name, at, what, sign = all[position], parse(all[position + 1])
              sign = tonumber(sign or '0')
              if at ~= run or what ~= 'restored' then
                if now - sign > memory then redis.call('HDEL', KEYS[2], name)
                elseif now - math.max(sign, begun) > patience then away[#away + 1] = name
                else waiting[#waiting + 1] = name end
              end
            end
            return #waiting > 1 and waiting or away
            """, returning: .array)

    private static let declareScript = Script(
        prelude + """
            if redis.call('HGET', KEYS[1], 'run') == run then return {'restored'} end
            redis.call('HSET', KEYS[1], 'run', run)
            return {'declared'}
            """, returning: .array)

    private static let positionScript = Script(
        prelude + """
            if redis.call('HGET', KEYS[1], 'run') == run then redis.call('HSET', KEYS[3], host, ARGV[3]) end
            return {}
            """, returning: .array)
}
