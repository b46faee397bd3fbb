import Essentials
import FoundationEssentials

/// A deployment as the server reports it (`GET /deploy/{id}`).
public struct ReportedRun: Sendable, Equatable {
    /// How it stands.
    public enum Status: String, Sendable {
        /// It has not begun, or not ended.
        case waiting, running
        /// The outcomes.
        case succeeded, failed
        case rolledBack = "rolled_back"
        case rollbackFailed = "rollback_failed"

        /// Whether it will not change.
        public var isOutcome: Bool { self != .waiting && self != .running }

        /// What people are told.
        var words: String {
            switch self {
            case .waiting: "waiting"
            case .running: "running"
            case .succeeded: "succeeded"
            case .failed: "failed"
            case .rolledBack: "was rolled back"
            case .rollbackFailed: "failed, and so did its rollback"
            }
        }
    }

    /// Its id.
    public let id: String
    /// How it stands.
    public let status: Status
    /// The step that it is at; after a failure the one that failed.
    public let phase: String
    /// The commit; nil where it is not known yet.
    public let commit: String?
    /// The hosts, and the one that it is at.
    public let hosts: [String]
    let host: String?
    /// The newest lines of its log, newest last, and how many there have been in all.
    public let log: [String]
    let logLines: Int
    /// What went wrong; nil for nothing.
    public let error: String?
    /// What the last look at its health has shown.
    public let lastHealth: String?
    /// The last lines of the container that failed.
    public let containerLog: [String]
    /// What to do by hand.
    public let nextStep: String?
}

extension ReportedRun: Decodable {
    private enum Key: String, CodingKey {
        case id, status, phase, sha, hosts, host, logs, error
        case logLines = "log_lines"
        case lastHealth = "last_health"
        case containerLogs = "container_logs"
        case nextStep = "next_step"
    }

    /// Reads it from an answer.
    ///
    /// - Throws: `DecodingError` for what is no deployment.
    public init(from decoder: any Decoder) throws {
        let json = try decoder.container(keyedBy: Key.self)
        id = try json.decode(String.self, forKey: .id)
        guard DeploymentID.isValid(id) else {
            throw DecodingError.dataCorruptedError(forKey: .id, in: json, debugDescription: "is no id")
        }
        // A status that is new to this client is no outcome that it knows.
        status = Status(rawValue: try json.decode(String.self, forKey: .status)) ?? .running
        phase = try json.decodeIfPresent(String.self, forKey: .phase) ?? ""
        commit = try json.decodeIfPresent(String.self, forKey: .sha)
        hosts = try json.decodeIfPresent([String].self, forKey: .hosts) ?? []
        host = try json.decodeIfPresent(String.self, forKey: .host)
        log = try json.decodeIfPresent([String].self, forKey: .logs) ?? []
        logLines = max(log.count, try json.decodeIfPresent(Int.self, forKey: .logLines) ?? 0)
        error = try json.decodeIfPresent(String.self, forKey: .error)
        lastHealth = try json.decodeIfPresent(String.self, forKey: .lastHealth)
        containerLog = try json.decodeIfPresent([String].self, forKey: .containerLogs) ?? []
        nextStep = try json.decodeIfPresent(String.self, forKey: .nextStep)
    }

    /// The deployment that an answer holds; nil if it holds none.
    init?(_ body: [UInt8]) {
        guard let run = try? JSONDecoder().decode(Self.self, from: Data(body)) else { return nil }
        self = run
    }
}

/// The id of a deployment in answers, which becomes part of paths.
enum DeploymentID {
    static func isValid(_ id: String) -> Bool {
        (1...128).contains(id.utf8.count) && id.utf8.allSatisfy(\.isNameByte) && !id.allSatisfy { $0 == "." }
    }

    /// The id that a `Location` of the server leads to; nil if it leads elsewhere.
    static func inLocation(_ location: String?) -> String? {
        guard let parts = location?.split(separator: "/"), parts.count >= 2, parts[parts.count - 2] == "deploy",
            isValid(String(parts[parts.count - 1]))
        else { return nil }
        return String(parts[parts.count - 1])
    }
}
