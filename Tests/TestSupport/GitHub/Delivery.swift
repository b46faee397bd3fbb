import Crypto
import Foundation

extension FakeGitHub {
    /// Something that has happened to a repository, by the id or number of what it has happened to.
    public enum Event: Sendable {
        /// The webhook was added.
        case ping
        /// The newest commit of a branch was pushed; nil for the default branch.
        case push(branch: String? = nil)
        /// `opened`, `closed`, `synchronize`, …
        case pull(Int, String)
        /// `opened`, `closed`, `labeled`, …
        case issue(Int, String)
        /// `requested`, `in_progress` or `completed`.
        case run(Int, String)
        /// `published`, `released`, `deleted`, …
        case release(Int, String)
        /// A deployment was made.
        case deployment(Int)
        /// The newest word about a deployment was said.
        case deploymentStatus(Int)
        /// Something else, by its name.
        case other(String)

        /// What `X-GitHub-Event` calls it.
        public var name: String {
            switch self {
            case .ping: "ping"
            case .push: "push"
            case .pull: "pull_request"
            case .issue: "issues"
            case .run: "workflow_run"
            case .release: "release"
            case .deployment: "deployment"
            case .deploymentStatus: "deployment_status"
            case .other(let name): name
            }
        }
    }

    /// What GitHub sends to a webhook (https://docs.github.com/en/webhooks/webhook-events-and-payloads).
    public struct Delivery: Sendable {
        /// The name of the event.
        public var event: String
        /// The id, by which a webhook knows what it has got already.
        public var id: String = UUID().uuidString.lowercased()
        /// The body.
        public var body: [UInt8]

        /// A delivery with an id of its own.
        public init(event: String, body: [UInt8]) {
            self.event = event
            self.body = body
        }

        /// The header fields of a delivery that is signed with a secret; nil for none.
        public func fields(secret: String?) -> [(String, String)] {
            var fields = [
                ("Accept", "*/*"), ("Content-Type", "application/json"), ("User-Agent", "GitHub-Hookshot/044aadd"),
                ("X-GitHub-Delivery", id), ("X-GitHub-Event", event), ("X-GitHub-Hook-ID", "\(FakeGitHub.hookID)"),
                ("X-GitHub-Hook-Installation-Target-Type", "repository"),
            ]
            if let secret { fields.append(("X-Hub-Signature-256", signature(secret))) }
            return fields
        }

        /// The value of `X-Hub-Signature-256`: the HMAC of the body
        /// (https://docs.github.com/en/webhooks/using-webhooks/validating-webhook-deliveries).
        public func signature(_ secret: String) -> String {
            let code = HMAC<SHA256>.authenticationCode(for: body, using: SymmetricKey(data: Data(secret.utf8)))
            return "sha256=" + code.map { String(format: "%02x", $0) }.joined()
        }

        /// Posts it.
        ///
        /// - Throws: `Socket.Failure` or `HTTPFailure`.
        public func post(
            to http: HTTPClient, _ path: String = "/api/webhooks/github", secret: String?
        ) throws -> HTTPAnswer {
            try http.request("POST", path, fields(secret: secret), body: body)
        }
    }

    static let hookID = 109_948_940

    /// A delivery that tells of an event, with things as they are now.
    ///
    /// - Parameters:
    ///   - fullName: the repository, `owner/name`; nil for the main one.
    ///   - sender: the login of who caused it.
    /// - Throws: `TestSupportError` if the repository has nothing of that id or number.
    public func delivery(
        of event: Event, in fullName: String? = nil, sender: String = "octocat"
    ) throws -> Delivery {
        let name = fullName ?? self.repository
        guard let repository = repositories.first(where: { $0.fullName == name }) else {
            throw TestSupportError("The fake has no repository \(name).")
        }
        let shapes = GitHubShapes(api: url())
        guard let payload = shapes.payload(of: event, in: repository, sender: sender) else {
            throw TestSupportError("\(name) has nothing that \(event) could be about.")
        }
        return Delivery(event: event.name, body: payload.json)
    }
}
