import Essentials
import FoundationEssentials
import HTTPClient

/// How a call for a deployment ended, for the caller.
public enum DeployOutcome: Sendable, Equatable {
    /// The deployment has ended.
    case ended(ReportedRun)
    /// The server does not let the caller in.
    case forbidden(String)
    /// Another deployment of the service is under way.
    case busy(String)
    /// The server finds the call wrong.
    case refused(String)
    /// The server could not be reached, or the deployment did not end in time: it may go on.
    case unknown(String)

    /// What the process ends with: 0 for a success alone; beyond 63 as sysexits.h has it.
    public var exitStatus: Int32 {
        switch self {
        case .ended(let run):
            switch run.status {
            case .succeeded: 0
            case .rollbackFailed: 2
            case .waiting, .running, .failed, .rolledBack: 1
            }
        case .refused: 65
        case .unknown: 69
        case .busy: 75
        case .forbidden: 77
        }
    }
}

/// What the server says of an error: problem details (RFC 9457).
struct ReportedProblem: Decodable {
    struct Field: Decodable {
        let field: String
        let message: String
    }

    let detail: String
    let errors: [Field]?

    /// What an answer with an error says, in lines.
    static func text(of answer: HTTPCall.Answer) -> String {
        let type = answer.fields[.contentType] ?? ""
        guard type.hasPrefix("application/problem+json"),
            let problem = try? JSONDecoder().decode(Self.self, from: Data(answer.body))
        else { return "\(answer.status.code), without a word from chimney" }
        // Most details name the fields; those that they leave out are worth a line.
        let fields = (problem.errors ?? []).filter { !problem.detail.contains("\($0.field) \($0.message)") }
        return (["\(answer.status.code), \(problem.detail)"] + fields.map { "\($0.field): \($0.message)" })
            .joined(separator: "\n")
    }
}
