extension Pool {
    /// A kind of process in the pool.
    public struct Role {
        /// What the status page calls it.
        public let name: String
        /// How many of it run.
        public let count: Int
        /// Seconds after its fork from which on the death of a process is no sign that its successor will die of the
        /// same: sooner, the successors are forked ever more slowly. 0 where only who never became ready counts, as
        /// with workers, which die of their requests.
        public let steadyAfter: Int
        /// The index of the listening socket that it serves; nil for none. It keeps no other: a path whose pool has
        /// died would not be free as long as any process of it is left.
        public let listener: Int?
        /// Whether it ends after all others when the pool ends, because it finishes what they leave.
        public let endsLast: Bool
        /// Whether it takes requests: until the new generation of all that do is ready, a reload leaves the old one
        /// alone. One that does not may fail to start without keeping the others from being renewed.
        var takesRequests: Bool { listener != nil }
        /// What a process of it does, in the forked child; the process exits when it returns. SIGTERM and SIGINT are
        /// blocked until it installs its handlers, as `Worker` and `Signals` do.
        public let run: (Slot, Scoreboard) throws -> Void

        /// A kind of process.
        public init(
            name: String, count: Int, listener: Int? = nil, steadyAfter: Int = 0, endsLast: Bool = false,
            run: @escaping (Slot, Scoreboard) throws -> Void
        ) {
            self.name = name
            self.count = count
            self.listener = listener
            self.steadyAfter = steadyAfter
            self.endsLast = endsLast
            self.run = run
        }
    }

    /// Limits of a pool, in seconds.
    public struct Limits: Sendable {
        /// Until the answer to a request has to be out.
        public var request: Int
        /// Until a request has to have arrived.
        public var arrival: Int
        /// Until everything has to be over on SIGTERM.
        public var drain: Int

        /// The limits of the command line.
        public init(request: Int = 60, arrival: Int = 10, drain: Int = 30) {
            self.request = request
            self.arrival = arrival
            self.drain = drain
        }
    }

    /// How grave a message of the supervisor is.
    public enum Severity: Sendable {
        /// As intended.
        case notice
        /// Something went wrong, and was dealt with.
        case warning
        /// Something went wrong that needs somebody.
        case error
    }
}
