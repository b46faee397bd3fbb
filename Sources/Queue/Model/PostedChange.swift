import Essentials
import Web

/// A change that was posted.
struct PostedChange: FieldReadable {
    /// What is to become of the deployment; nil for what it is.
    let status: Status?
    /// Notes, as JSON; nil for those that there are.
    let notes: String?
    /// Where it runs, as JSON; nil for what there is.
    let address: String?

    /// A change to another status.
    ///
    /// - Parameter notes: a text, of which as much is taken as may be posted; nil or empty for the notes that there are.
    init(status: Status, notes: String? = nil) {
        self.status = status
        self.notes = notes.flatMap {
            $0.isEmpty ? nil : PostedDeployment.json($0.shortened(to: PostedDeployment.limits.text))
        }
        address = nil
    }

    /// Whether it changes nothing.
    var isEmpty: Bool { status == nil && notes == nil && address == nil }

    init(reading fields: inout FieldReader) {
        let limits = PostedDeployment.limits
        status = fields.choice("status", of: Status.allCases.map(\.rawValue)).flatMap(Status.init)
        // What is null stays as it is: clients send all the fields that they know.
        notes =
            fields.value("notes") == .missing
            ? nil : PostedDeployment.json(fields.text("notes", limit: limits.text))
        address =
            fields.value("deployment_uri") == .missing
            ? nil : PostedDeployment.json(fields.line("deployment_uri", limit: limits.address))
    }
}
