import Agent
import Essentials
import FoundationEssentials

/// A deploy as GitHub is told of it: a deployment with one status
/// (https://docs.github.com/en/rest/deployments/deployments, …/statuses).
struct GitHubDeployment: Codable, Equatable {
    /// Those that GitHub has not been told of. `DeployRing` adds to it, in the step that stores the event.
    static let outbox = JobList("{deploys}:github")

    /// The revision of the ring that its event made: tells it from every other, those of the same commit too, so that
    /// GitHub is told of each and of none twice.
    let identity: String
    /// The commit.
    let ref: String
    /// `production`, or the service.
    let environment: String
    /// `success` or `failure`.
    let state: String
    /// A sentence for people.
    let description: String

    /// The longest description that GitHub takes, in Unicode scalars: what counts there is no `Character`, which may be
    /// many.
    private static let longestDescription = 140

    /// The deploy of an event.
    init(of event: DeployEvent, identity: String) {
        self.identity = identity
        ref = event.sha
        environment = event.service ?? "production"
        state = event.outcome.rawValue
        let parts = [
            event.slot.map { "slot \($0.rawValue)" }, event.duration.map { "took \($0.formattedSeconds) s" },
            event.title,
        ]
        let text = parts.compactMap { $0 }.joined(separator: ", ")
        description = String(String.UnicodeScalarView(text.unicodeScalars.prefix(Self.longestDescription)))
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
            json.member("state", state)
            json.member("description", description)
        }
    }

    /// The body that creates it. Nothing is checked or merged by GitHub: it has happened.
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
            json.member("state", state)
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
