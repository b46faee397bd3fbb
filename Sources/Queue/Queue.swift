import Essentials
import Web

/// The deployment queue: what is to be deployed, by whom it was, and what becomes of it.
public struct Queue {
    /// Reads its settings.
    public init(settings: inout Settings) {}

    /// The routes.
    public var routes: [Route] { [] }
}
