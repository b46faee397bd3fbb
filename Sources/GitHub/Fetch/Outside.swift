import Dragonfly
import Essentials
import HTTPClient
import Logging
import Telemetry

/// What a fetch is lent by whoever makes it: the agent, or a process for its own request.
struct Outside {
    /// Starts a call; its completion is called once, later.
    typealias Start = (HTTPCall, @escaping (Result<HTTPCall.Answer, HTTPCall.Failure>) -> Void) -> Void

    /// The cache of all hosts.
    let cache: CacheStore
    /// The cache of this host, for times without the store.
    let memory: MemoryTier
    /// What this process knows of GitHub, for times without the store.
    let known: KnownState
    /// Makes calls.
    let start: Start
    /// Tells everybody who listens that something has happened.
    let emit: (EventType, (inout JSONWriter) -> Void) -> Void
    /// Raises a counter.
    let count: (CounterSample) -> Void
    /// Calls back at the next turn, with the calls going on meanwhile.
    let later: (@escaping () -> Void) -> Void
    /// Whether the store is waited for where it fails: by the agent, for those who wait for the outcome need it as well.
    let isPatient: Bool
    /// Where to log.
    let log: Logger
}
