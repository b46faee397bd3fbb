import Crypto
import Essentials
import HTTPClient
import HTTPTypes

/// A call for a deployment, as a client makes it: `POST /deploy`, or `POST /deploy/rollback` to return to the last good
/// version.
public struct ClientCall: Sendable {
    /// The service.
    public let service: String
    /// The commit, 40 hexadecimal digits; nil to return to the last good version.
    public let commit: String?
    /// Some of the service's hosts; empty for all.
    public let hosts: [String]
    /// What happens where another one has not ended.
    public let mode: Mode
    /// The deployment of the queue that is moved along; nil for none.
    public let deploymentID: String?
    /// Why, for whoever reads the record; nil for no reason.
    public let reason: String?
    /// The content. It is the same as often as it is asked for, and other than that of any other call: the server takes no
    /// content twice, so that a call may be repeated whose answer got lost, and nothing is deployed twice.
    public let body: [UInt8]

    /// A call.
    public init(
        service: String, commit: String?, hosts: [String] = [], mode: Mode = .reject, deploymentID: String? = nil,
        reason: String? = nil
    ) {
        self.service = service
        self.commit = commit?.lowercased()
        self.hosts = hosts
        self.mode = mode
        self.deploymentID = deploymentID
        self.reason = reason
        body = JSONWriter.object { json in
            json.member("service", service)
            if let commit { json.member("image_sha", commit.lowercased()) }
            if !hosts.isEmpty {
                json.key("hosts")
                json.array { list in for host in hosts { list.string(host) } }
            }
            json.member("mode", mode.rawValue)
            if let deploymentID { json.member("deployment_id", deploymentID) }
            if let reason { json.member("reason", reason) }
            // No member of the contract's: servers ignore what they do not know.
            json.member("call_id", Hex.random(bytes: 16))
        }
    }

    /// What it asks for, for people.
    var summary: String {
        commit.map { "deploy \(service) at \($0)" } ?? "return \(service) to its last good version"
    }

    /// The request, signed as GitHub signs its webhooks
    /// (https://docs.github.com/en/webhooks/using-webhooks/validating-webhook-deliveries). The answer is to come at once
    /// (RFC 7240, section 4.1), and not when the deployment has ended: that may take longer than what is between here and
    /// the server keeps a connection.
    func request(to server: Endpoint, secret: NamedSecret) -> HTTPCall {
        let code = HMAC<SHA256>.authenticationCode(for: body, using: SymmetricKey(data: Array(secret.value.utf8)))
        var request = HTTPCall(
            .post, server.appending(commit == nil ? "deploy/rollback" : "deploy"),
            fields: [.contentType: "application/json", .prefer: "respond-async"], body: body)
        request.fields[.signature] = "sha256=" + Hex.string(Array(code))
        return request
    }
}

extension HTTPField.Name {
    fileprivate static let signature = Self("X-Hub-Signature-256")!
}
