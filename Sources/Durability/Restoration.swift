import Dragonfly
import Essentials
import Journal

/// What this host's journal has, brought back into a store that was started anew, step by step.
final class Restoration {
    /// Bytes of entries that are applied at once, so that the store answers in time: fewer each time that it did not. One
    /// entry at least.
    private var batch = 256 << 10

    /// What has come of it so far.
    struct Count: Equatable {
        /// Entries that the store did not have, by their kind.
        var restored: [String: Int] = [:]
        /// Entries that were looked at.
        var read = 0
        /// Bytes of the journal that were no entry.
        var skipped = 0
        /// Why entries could not be applied, the first few.
        var complaints: [String] = []
        /// How many could not.
        var refused = 0
        /// How many the store did not have.
        var total: Int { restored.values.reduce(0, +) }
    }

    private(set) var count = Count()
    private var reader: JournalReader
    private let restorers: [String: Restorer]
    private var pending: [Entry] = []

    /// - Throws: `JournalError`.
    init(
        _ journal: Journal, from start: Position?, to end: Position, by restorers: [Restorer]
    ) throws(JournalError) {
        reader = try journal.read(from: start, to: end)
        self.restorers = Dictionary(uniqueKeysWithValues: restorers.map { ($0.kind, $0) })
    }

    /// Applies the next entries.
    ///
    /// - Returns: whether there is more.
    /// - Throws: `JournalError`; `StoreError` if the store does not answer: the same entries come again.
    func step(_ store: Store) throws -> Bool {
        if pending.isEmpty {
            guard let entries = try reader.next() else { return false }
            pending = entries
            count.read += entries.count
            count.skipped = reader.skipped
        }
        var size = 0
        let some = pending.prefix { entry in
            defer { size += entry.fields.reduce(0) { $0 + $1.count } }
            return size == 0 || size < batch
        }
        for (kind, entries) in Dictionary(grouping: some, by: \.kind) {
            guard let restorer = restorers[kind] else {
                note(entries.map { "nobody knows entries of \($0.kind)" })
                continue
            }
            let (restored, refused): (Int, [String])
            do throws(StoreError) {
                (restored, refused) = try restorer.apply(entries, to: store)
            } catch {
                batch /= 2
                throw error
            }
            count.restored[kind, default: 0] += restored
            note(refused)
        }
        pending.removeFirst(some.count)
        return true
    }

    private func note(_ refused: [String]) {
        count.refused += refused.count
        count.complaints += refused.prefix(max(0, 3 - count.complaints.count))
    }
}
