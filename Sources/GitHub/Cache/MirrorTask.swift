import Agent
import Dragonfly
import Essentials

/// Has a host's memory tier follow what is stored and invalidated elsewhere, so that the store's going away brings nothing
/// back that is over.
///
/// The list of changes in the store says what has happened since the last look. The times of entries say the rest: where
/// the list does not reach back that far, at the start, and once a minute, for what leaves the store without a change, and
/// what a process that died has stored in the one tier and not in the other.
final class MirrorTask: AgentTask {
    let name = "the cache's memory tier"

    /// Microseconds between two looks at the changes …
    private static let interval: UInt64 = 250_000
    /// … and between two comparisons of all entries.
    private static let comparisonInterval: UInt64 = 60_000_000
    /// Microseconds until that where the list of changes does not tell all. It may be a store that has lost what it had:
    /// workers that have not noticed that it is back, for half a second (`Store.retryPauses`), answer with what is held.
    static let usualGrace: UInt64 = 1_000_000
    /// Microseconds after which the agent has its turn for others, whatever is left to do.
    private static let turn: UInt64 = 50_000
    /// How many changes are read at first: mostly there are fewer.
    private static let fewChanges = 32
    /// How many entries are asked for their times at once.
    private static let batch = 100
    /// How many entries may wait for their turn.
    private static let waitingLimit = 2000

    private let memory: MemoryTier
    private let grace: UInt64
    /// The last change that was looked at; 0 for an empty list, nil where that is not known.
    private var seen: Int64?
    /// The change that the directory names as the last.
    private var saved: Int64?
    /// Keys whose entries may differ from the store's, the oldest news first.
    private var waiting: [String] = []
    private var comparisonDue: UInt64 = 0

    /// A task for the tier of this host.
    ///
    /// - Parameter grace: microseconds until all entries are compared where the list of changes does not tell all.
    init(_ memory: MemoryTier, grace: UInt64 = usualGrace) {
        self.memory = memory
        self.grace = grace
    }

    func step(_ agent: AgentContext) throws(StoreError) -> UInt64 {
        let isDone = try follow(CacheStore(store: agent.store))
        return MonotonicClock.microseconds + (isDone ? Self.interval : 0)
    }

    /// Does what is due, within its turn.
    ///
    /// - Returns: whether nothing is left to do.
    /// - Throws: `StoreError`; what is left then is done with the next call.
    func follow(_ cache: CacheStore) throws(StoreError) -> Bool {
        let start = MonotonicClock.microseconds
        if seen == nil {
            saved = memory.position
            seen = saved
        }
        try look(cache, at: start)
        if start >= comparisonDue {
            enqueue(memory.versions.keys)
            comparisonDue = start + Self.comparisonInterval
        }
        try align(with: cache, until: start + Self.turn)
        guard waiting.isEmpty else { return false }
        // Not before: whoever begins from there must not lack what has waited. An empty list is no place to begin from, and
        // without a cache there is no directory.
        if saved != seen, seen != 0 {
            memory.position = seen
            saved = seen
        }
        return true
    }

    /// Reads what has changed, and drops what was invalidated.
    private func look(_ cache: CacheStore, at start: UInt64) throws(StoreError) {
        var changes = try cache.changes(newest: Self.fewChanges)
        if changes.count == Self.fewChanges, !changes.contains(where: { $0.sequence == seen }) {
            changes = try cache.changes(newest: CacheStore.changeBound)
        }
        let newest = changes.first?.sequence ?? 0
        guard newest != seen else { return }
        let end = changes.firstIndex { $0.sequence == seen }
        // What else has changed the list does not say any more.
        if end == nil { comparisonDue = min(comparisonDue, start + grace) }

        var prefixes: Set<String> = []
        var isCleared = false
        var stored: [(key: String, at: Timestamp)] = []
        for change in changes[..<(end ?? changes.endIndex)].reversed() {
            switch change.kind {
            case .stored(let key, let time): stored.append((key, time))
            case .invalidated(let prefix):
                prefixes.insert(prefix)
                // It may still be in the store for a moment, and must not be taken from there.
                stored.removeAll { CacheChange.matches(prefix: prefix, key: $0.key) }
            case .cleared:
                isCleared = true
                stored = []
            }
        }
        let times = Dictionary(stored.map { ($0.key, $0.at) }, uniquingKeysWith: { $1 })
        func isOver(_ key: String) -> Bool {
            guard isCleared || prefixes.contains(where: { CacheChange.matches(prefix: $0, key: key) }) else {
                return false
            }
            // What was fetched here since then is what the store has.
            return times[key].map { memory.version(of: key)?.latest != $0 } ?? true
        }
        if isCleared || !prefixes.isEmpty {
            waiting.removeAll(where: isOver)
            memory.remove(where: isOver)
        }
        enqueue(stored.map(\.key))
        seen = newest
    }

    private func enqueue(_ keys: some Sequence<String>) {
        var isWaiting = Set(waiting)
        waiting += keys.filter { isWaiting.insert($0).inserted }
        // More than the tier holds: the newest will do.
        let excess = waiting.count - Self.waitingLimit
        guard excess > 0 else { return }
        for key in waiting.prefix(excess) { memory.remove(key) }
        waiting.removeFirst(excess)
    }

    /// Makes the entries that wait what they are in the store.
    private func align(with cache: CacheStore, until end: UInt64) throws(StoreError) {
        while !waiting.isEmpty {
            let keys = Array(waiting.prefix(Self.batch))
            for (key, version) in zip(keys, try cache.versions(of: keys)) {
                if version == nil {
                    memory.remove(key)
                } else if version != memory.version(of: key) {
                    // One at a time: a body may have 10 MiB.
                    if let entry = try cache.read(key).entry {
                        memory.store(entry, for: key)
                    } else {
                        memory.remove(key)
                    }
                }
                waiting.removeFirst()
                guard MonotonicClock.microseconds < end else { return }
            }
        }
    }
}
