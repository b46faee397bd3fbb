import Dragonfly
import Essentials
import Logging

/// The log level as the API sets it for all processes that share the store: a field of the hash `config`. A process
/// looks at it once a second.
public final class LevelSetting {
    /// The hash that holds what the API configures.
    static let key = "config"
    private static let field = "log_level"
    private static let interval: UInt64 = 1_000_000

    private let store: Store
    private let recorder: Recorder
    private let initial: Logger.Level
    private let command: Command
    private var lookAt: UInt64 = 0

    /// A setting that `recorder` follows; without one in the store it keeps the level that it has now.
    public init(store: Store, recorder: Recorder) {
        self.store = store
        self.recorder = recorder
        initial = recorder.level
        command = Command("HGET", store.key(Self.key), Self.field)
    }

    /// Takes over what is set, if that was looked at more than a second ago. Where the store does not answer the level
    /// stays as it is.
    ///
    /// It is what a process asks the store first for a request. So it is also asked where the clock was set: the whole of the
    /// request goes by the new time.
    public func follow() {
        let now = MonotonicClock.microseconds
        guard now >= lookAt || SharedClock.wasSet, store.isDue else { return }
        lookAt = now + Self.interval
        guard let reply = try? store.run(command) else { return }
        recorder.level = reply.string.flatMap { Logger.Level(name: $0) } ?? initial
    }

    /// The level in force, as the store has it; nil where none is set.
    ///
    /// - Throws: `StoreError` if the store does not answer.
    public static func read(from store: Store) throws(StoreError) -> Logger.Level? {
        try store.run(Command("HGET", store.key(key), field)).string.flatMap { Logger.Level(name: $0) }
    }

    private static let writeScript = Script("return redis.call('HSET', KEYS[1], ARGV[1], ARGV[2])")

    /// Sets the level for all.
    ///
    /// - Throws: `StoreError` if the store does not take it.
    public static func write(_ level: Logger.Level, to store: Store) throws(StoreError) {
        _ = try store.commit(
            writeScript, keys: [store.key(key)], arguments: [Array(field.utf8), Array(level.rawValue.utf8)])
    }
}
