import Agent
import Essentials
import FoundationEssentials
import Telemetry
import Web

/// A fetch that is wanted: what the agents find in their list.
struct FetchJob: Codable, Equatable {
    /// Those that no agent has taken.
    static let list = JobList("{cache}:fetch")

    /// What is wanted.
    let key: String
    /// What GitHub is asked for; empty for what chimney puts together itself.
    let target: String
    /// Where the outcome is to be left, and who holds the lock.
    let hold: String
    /// The span that it belongs to, as a `traceparent`; nil for none.
    let parent: String?

    /// A job.
    init(_ resource: Resource, hold: Hold, parent: TraceParent?) {
        key = resource.key
        target = resource.target
        self.hold = hold.id
        self.parent = parent?.text
    }

    /// Reads what the list holds; nil if it is none.
    init?(_ stored: [UInt8]) {
        guard let job = try? JSONDecoder().decode(FetchJob.self, from: Data(stored)), Hold(id: job.hold) != nil else {
            return nil
        }
        self = job
    }

    /// The job as the list keeps it.
    var stored: [UInt8] {
        JSONWriter.object { json in
            json.member("key", key)
            json.member("target", target)
            json.member("hold", hold)
            if let parent { json.member("parent", parent) }
        }
    }

    /// What is wanted.
    var resource: Resource { Resource(key: key, target: target) }
}
