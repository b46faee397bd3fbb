import Dragonfly

/// A kind of work of the agent: a capability's own part that goes on beside the requests.
///
/// A task never waits. It starts calls and says when it wants to be asked again; the store, whose time-outs are short,
/// is the one thing that it asks at once.
public protocol AgentTask: AnyObject {
    /// What the log calls it.
    var name: String { get }

    /// Does what is due. Called at the time that it named last, and after each of its calls.
    ///
    /// - Returns: when it wants to be asked again, in microseconds of the monotonic clock.
    /// - Throws: `StoreError` if the store does not do what it has to; it is asked again a second later.
    func step(_ agent: AgentContext) throws(StoreError) -> UInt64

    /// The agent ends: hands back and sends what can be within a few seconds. Called again and again, `step` no more.
    ///
    /// - Returns: whether it has nothing left to do.
    /// - Throws: `StoreError` if the store does not do what it has to; that is the end of it.
    func stop(_ agent: AgentContext) throws(StoreError) -> Bool
}

extension AgentTask {
    /// Nothing has to be done.
    public func stop(_ agent: AgentContext) throws(StoreError) -> Bool { true }
}
