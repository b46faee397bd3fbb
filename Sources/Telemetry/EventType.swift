import Essentials

/// What kind of thing happened. The capabilities add their own kinds, each beside what it tells of.
public struct EventType: Sendable, Hashable {
    /// Sends an event on its way to whoever listens: its kind, and what writes the members of its data.
    public typealias Emit = (EventType, (inout JSONWriter) -> Void) -> Void

    /// The name, as `type` of the event and as `event:` of the stream.
    public let name: String

    /// A kind of event.
    public init(_ name: String) {
        self.name = name
    }

    /// The store cannot be reached.
    public static let dragonflyDown = EventType("dragonfly.down")
    /// The store can be reached again.
    public static let dragonflyUp = EventType("dragonfly.up")
    /// A worker died of a defect.
    static let workerCrashed = EventType("worker.crashed")
}
