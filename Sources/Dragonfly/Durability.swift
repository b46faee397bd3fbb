/// Whether a write that is acknowledged outlives a crash of the store.
public enum Durability: Equatable, Sendable {
    /// It is in the store alone: as long as the store keeps it.
    case ofStore
    /// It is in the journal of this host as well.
    case journaled
    /// None is taken: the store was started anew, and does not have all that the journals have.
    case restoring
    /// None is taken: the journal of this host cannot be written, for this reason.
    case failed(String)
}

/// The store's own account of its journals; see `Store.commit(_:keys:arguments:journaling:_:)`.
public enum DurabilityKeys {
    /// A hash: `run`, the start of the server for which the store was brought up to date last.
    public static let state = "{journal}"
}

extension StoreError {
    /// Whether it is about the durability of a write, and not about the store.
    public var isOfDurability: Bool {
        switch self {
        case .restoring, .journal: true
        case .unavailable, .refused: false
        }
    }
}
