import CPosix
import Glibc

/// The signals of a process of the pool that is no `Worker`: a loop of its own watches `descriptor` and asks what has
/// come.
///
/// SIGTERM and SIGINT, which were blocked since the fork, ask it to stop; SIGUSR1 asks it to look around; a trap leaves
/// its backtrace in the slot.
public struct Signals {
    /// Readable once a signal has come. It stays so after one to stop.
    public let descriptor: Int32

    /// Installs the handlers.
    ///
    /// - Throws: `PoolError` if there is no descriptor left.
    public init(slot: Slot) throws(PoolError) {
        descriptor = chimney_event_descriptor()
        guard descriptor >= 0 else { throw .system("cannot wait for signals", errno) }
        chimney_install_handlers(slot.pointer, descriptor)
    }

    /// Whether the process was asked to stop.
    public var isStopRequested: Bool { chimney_stop_requested() }

    /// Whether the process was asked to look around since it was asked last.
    public func takeLook() -> Bool { chimney_take_look() }
}
