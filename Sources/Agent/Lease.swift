import Dragonfly
import Essentials

/// Work that only one agent of all hosts does at a time: who has the lease. It ends by itself when its holder does not
/// extend it, so a dead holder is in nobody's way for long.
public final class Lease {
    private let key: String
    private let milliseconds: Int
    private let holder = Hex.random(bytes: 16)
    private var heldUntil: UInt64 = 0

    /// A lease.
    ///
    /// - Parameters:
    ///   - name: what is leased; the key is `lease:<name>`.
    ///   - milliseconds: how long it lasts without being extended.
    public init(_ name: String, milliseconds: Int) {
        key = "lease:\(name)"
        self.milliseconds = milliseconds
    }

    /// Whether this agent has it for sure: its time is counted from before it was asked for.
    public var isHeld: Bool { MonotonicClock.microseconds < heldUntil }

    /// Takes the lease if nobody has it, or extends it if this agent does.
    ///
    /// - Returns: whether this agent has it now.
    /// - Throws: `StoreError`.
    public func hold(_ store: Store) throws(StoreError) -> Bool {
        let asked = MonotonicClock.microseconds
        let reply = try store.evaluate(
            Self.holdScript, keys: [store.key(key)], arguments: [Array(holder.utf8), Array(String(milliseconds).utf8)])
        heldUntil = reply.string == "1" ? asked + UInt64(milliseconds) * 1000 : 0
        return heldUntil > 0
    }

    /// Gives the lease back, if this agent has it.
    ///
    /// - Throws: `StoreError`.
    public func release(_ store: Store) throws(StoreError) {
        heldUntil = 0
        _ = try store.evaluate(Self.releaseScript, keys: [store.key(key)], arguments: [Array(holder.utf8)])
    }

    private static let holdScript = Script(
        """
        local holder = redis.call('GET', KEYS[1])
        if holder and holder ~= ARGV[1] then return '0' end
        redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
        return '1'
        """, returning: .bytes)

    private static let releaseScript = Script(
        """
        if redis.call('GET', KEYS[1]) == ARGV[1] then redis.call('DEL', KEYS[1]) end
        return '1'
        """)
}
