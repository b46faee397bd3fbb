import Agent
import Essentials
import FoundationEssentials

/// What GitHub is told of a deploy: a deployment, and the status that it has now
/// (https://docs.github.com/en/rest/deployments/deployments, …/statuses).
struct GitHubDeployment: Codable, Equatable {
    /// Those that GitHub has not been told of. `DeployRing` adds to it, in the step that stores the event.
    static let outbox = JobList("{deploys}:github")

    /// The states that GitHub knows and chimney sets.
    enum State: String, Codable {
        /// It has begun. Set where nothing was set before.
        case inProgress = "in_progress"
        /// It has ended, in one way or the other.
        case success, failure
    }

    /// The revision of the ring that its event made, or what the runner calls it: tells it from every other, those of the
    /// same commit too, so that GitHub is told of each and of none twice.
    let identity: String
    /// The commit.
    let ref: String
    /// `production`, or the service.
    let environment: String
    /// What becomes its status.
    let state: State
    /// A sentence for people.
    let description: String

    /// The longest description that GitHub takes, in Unicode scalars.
    private static let longestDescription = 140

    /// A deployment, with as much of the description as GitHub takes.
    init(identity: String, ref: String, environment: String, state: State, description: String) {
        self.identity = identity
        self.ref = ref
        self.environment = environment
        self.state = state
        self.description = description.shortened(to: Self.longestDescription)
    }

    /// The deploy of an event.
    init(of event: DeployEvent, identity: String) {
        let parts = [
            event.slot.map { "slot \($0.rawValue)" }, event.duration.map { "took \($0.formattedSeconds) s" },
            event.title,
        ]
        self.init(
            identity: identity, ref: event.sha, environment: event.service ?? "production",
            state: event.outcome == .success ? .success : .failure,
            description: parts.compactMap { $0 }.joined(separator: ", "))
    }

    /// Reads what the outbox holds; nil if it is none.
    init?(_ stored: [UInt8]) {
        guard let value = try? JSONDecoder().decode(GitHubDeployment.self, from: Data(stored)) else { return nil }
        self = value
    }

    /// The deployment as the outbox keeps it.
    var stored: [UInt8] {
        JSONWriter.object { json in
            json.member("identity", identity)
            json.member("ref", ref)
            json.member("environment", environment)
            json.member("state", state.rawValue)
            json.member("description", description)
        }
    }

    /// The body that creates it. Nothing is checked or merged by GitHub: it happens in any case.
    var creation: [UInt8] {
        JSONWriter.object { json in
            json.member("ref", ref)
            json.member("environment", environment)
            json.member("description", description)
            json.member("auto_merge", false)
            json.key("required_contexts")
            json.array { _ in }
            json.key("payload")
            json.object { $0.member("chimney", identity) }
        }
    }

    /// The body of its status.
    var status: [UInt8] {
        JSONWriter.object { json in
            json.member("state", state.rawValue)
            json.member("description", description)
            json.member("environment", environment)
        }
    }
}

extension Double {
    /// A number of seconds without needless decimals.
    fileprivate var formattedSeconds: String {
        self == rounded() && abs(self) < 1e15 ? String(Int64(self)) : String(self)
    }
}
