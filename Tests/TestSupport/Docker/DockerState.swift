import Foundation

/// All that there is in a `FakeDocker`, as its program reads and writes it.
public struct DockerState: Codable, Equatable, Sendable {
    /// A version that the registry has.
    public struct Published: Codable, Equatable, Sendable {
        /// What a test calls it: its tag.
        public var version: String
        /// Its name with its tag.
        public var tag: String
        /// Its name with its digest.
        public var digest: String
        /// The id of its image.
        public var image: String
    }

    /// An image that is here.
    public struct Image: Codable, Equatable, Sendable {
        /// Its id.
        public var id: String
        /// Which version it is.
        public var version: String
        /// Its names with digests.
        public var digests: [String]
        /// Its names with tags.
        public var tags: [String]
    }

    /// A container.
    public struct Container: Codable, Equatable, Sendable {
        /// Its id.
        public var id: String
        /// Its compose project.
        public var project: String
        /// Its compose service.
        public var service: String
        /// The id of its image.
        public var image: String
        /// Which version that is.
        public var version: String
        /// `created`, `running`, `exited` and what else docker says.
        public var status: String
        /// The status that it exited with.
        public var exitCode: Int
        /// Why it could not be started.
        public var error: String
        /// The process that answers for it; 0 for none.
        public var process: Int
        /// The port that it answers at; 0 for none.
        public var port: Int
        /// Whether docker tells of its health.
        public var hasHealthCheck: Bool
        /// How often docker was asked of its health.
        public var inspected: Int
        /// How often it was itself.
        public var asked: Int
        /// What it has logged.
        public var log: [String]
    }

    /// How a version behaves; see `DockerBehaviour`.
    public struct Behaviour: Codable, Equatable, Sendable {
        var version: String
        var kind: String
        var text: String
        var number: Int
    }

    /// A place where commands wait for a test; see `DockerPause`.
    public struct Pause: Codable, Equatable, Sendable {
        var id: Int
        var number: Int
        var matching: String
        var moment: String
        var used: Bool
    }

    /// The process that it belongs to; containers end when that does.
    var owner: Int32
    /// What the registry has.
    public var registry: [Published] = []
    /// What is here.
    public var images: [Image] = []
    /// All containers, in the order in which they were made.
    public var containers: [Container] = []
    var behaviours: [Behaviour] = []
    var pauses: [Pause] = []
    var logs: [String: [String]] = [:]
    var serial = 0
    var commands = 0

    init(owner: Int32) { self.owner = owner }
}

/// Something that a version of a `FakeDocker` does.
public enum DockerBehaviour: Sendable {
    /// The registry refuses it, with these words.
    case pullRefused(String)
    /// Its pull does not end.
    case pullHangs
    /// Its pull takes so many milliseconds.
    case pullTakes(Int)
    /// Its containers cannot be started, for this reason.
    case startFails(String)
    /// The start of its containers does not end.
    case startHangs
    /// Its containers are unhealthy.
    case unhealthy
    /// Its containers start for ever, by what their health check says.
    case staysStarting
    /// Its containers are healthy after so many probes that failed.
    case healthyAfter(probes: Int)
    /// Its containers exit at once, with this status.
    case exits(Int)
    /// The stop of its containers does not end.
    case stopHangs

    func entry(_ version: String) -> DockerState.Behaviour {
        let (kind, text, number): (String, String, Int) =
            switch self {
            case .pullRefused(let text): ("pullRefused", text, 0)
            case .pullHangs: ("pullHangs", "", 0)
            case .pullTakes(let milliseconds): ("pullTakes", "", milliseconds)
            case .startFails(let text): ("startFails", text, 0)
            case .startHangs: ("startHangs", "", 0)
            case .unhealthy: ("unhealthy", "", 0)
            case .staysStarting: ("staysStarting", "", 0)
            case .healthyAfter(let probes): ("healthyAfter", "", probes)
            case .exits(let status): ("exits", "", status)
            case .stopHangs: ("stopHangs", "", 0)
            }
        return .init(version: version, kind: kind, text: text, number: number)
    }
}
