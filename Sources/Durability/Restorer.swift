import Dragonfly
import Journal

/// How a capability brings back what entries of a kind say was made. To apply an entry twice, or in any order with others,
/// changes nothing: each brings what it is about to the state that it tells of, unless the store has that or a newer one.
public struct Restorer: Sendable {
    /// A run of the script.
    public typealias Call = (keys: [String], arguments: [[UInt8]])

    /// The kind of its entries.
    public let kind: String
    let script: Script
    let call: @Sendable (Entry) -> Call?
    let finish: @Sendable ([Entry], Store) throws(StoreError) -> Void
    let settling: (script: Script, keys: [String])?

    /// A restorer.
    ///
    /// - Parameters:
    ///   - script: applies one entry, and returns `1` if the store did not have it, otherwise `0`.
    ///   - call: the names of its keys, without the prefix, and its arguments; nil for what is no entry.
    ///   - finish: what is to be done besides for entries that the store did not have.
    ///   - settling: a script, with the names of its keys, that is run once all hosts have applied all that they have, by one
    ///     or several of them.
    public init(
        kind: String, script: Script, call: @escaping @Sendable (Entry) -> Call?,
        finish: @escaping @Sendable ([Entry], Store) throws(StoreError) -> Void = { _, _ throws(StoreError) in },
        settling: (Script, [String])? = nil
    ) {
        self.settling = settling
        self.kind = kind
        self.script = script
        self.call = call
        self.finish = finish
    }

    /// Settles what can be settled once all hosts have applied what they have.
    ///
    /// - Throws: `StoreError`.
    func settle(_ store: Store) throws(StoreError) {
        guard let settling else { return }
        _ = try store.evaluate(settling.script, keys: settling.keys.map(store.key))
    }

    /// Applies entries of its kind.
    ///
    /// - Returns: how many the store did not have, and how many it refused or were none.
    /// - Throws: `StoreError` if the store does not answer; some may have been applied.
    func apply(_ entries: [Entry], to store: Store) throws(StoreError) -> (restored: Int, refused: [String]) {
        var refused: [String] = []
        var known: [(entry: Entry, call: Call)] = []
        for entry in entries {
            if let call = call(entry) { known.append((entry, call)) } else { refused.append("it is none of \(kind)") }
        }
        let replies = try store.evaluate(
            script, calls: known.map { ($0.call.keys.map(store.key), $0.call.arguments) })
        var restored: [Entry] = []
        for ((entry, _), reply) in zip(known, replies) {
            if case .error(let message) = reply {
                refused.append(message)
            } else if reply.string == "1" {
                restored.append(entry)
            }
        }
        if !restored.isEmpty { try finish(restored, store) }
        return (restored.count, refused)
    }
}
