/// A call for a deployment that the services file allows.
struct DeployCall: Equatable, Sendable {
    /// What is deployed.
    let service: Service
    /// The commit: 7 to 64 hexadecimal digits in lower case.
    let sha: String
    /// The tag of the image.
    let tag: String
    /// The URL that is probed instead of the configured one; nil for that. Of a service with two slots it holds
    /// `{upstream}`.
    let healthURL: String?
    /// Where, in the order of the service's hosts.
    let hosts: [String]
    /// What happens while another deployment of the service runs.
    let mode: Mode
    /// The deployment of the queue, of the service's organisation; nil for none.
    let deploymentID: String?
    /// Why; nil where nobody has said so.
    let reason: String?
}

/// A call for the return to the last good version that the services file allows.
struct RollbackCall: Equatable, Sendable {
    /// What is rolled back.
    let service: Service
    /// Where, in the order of the service's hosts.
    let hosts: [String]
    /// What happens while another deployment of the service runs.
    let mode: Mode
    /// The deployment of the queue, of the service's organisation; nil for none.
    let deploymentID: String?
    /// Why; nil where nobody has said so.
    let reason: String?
}
