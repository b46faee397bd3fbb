import Essentials
import Web

/// What was posted to make a deployment of.
struct PostedDeployment: FieldReadable {
    /// Characters of texts: such as are shown in one line, of addresses, of descriptions, and of what a pipeline is given.
    static let limits = (line: Facet.limit, address: 2000, text: 4000, parameters: 10_000)

    /// Bytes of all that never changes, as JSON: scripts read a deployment as a whole.
    private static let contentLimit = 16 << 10

    /// What is deployed where.
    let taxonomy: Taxonomy
    /// What is deployed.
    let version: String
    /// Whether a pipeline has made it.
    let isAutomatic: Bool
    /// Notes, as JSON.
    let notes: String
    /// Where it runs, as JSON.
    let address: String
    /// What never changes, as members of JSON.
    let content: String

    init(reading fields: inout FieldReader) {
        let limits = Self.limits
        let name = fields.line("name", isRequired: true)
        version = fields.line("version", isRequired: true) ?? ""
        let provider = fields.choice("provider", of: Provider.allCases.map(\.rawValue), isRequired: true)
        let kind = fields.choice("type", of: Kind.allCases.map(\.rawValue), isRequired: true)
        let commit = fields.line("commit_sha")
        let parameters = fields.text("pipeline_extra_params", limit: limits.parameters)
        let account = fields.line("cloud_account_id")
        let region = fields.line("region")
        let environment = fields.line("environment")
        let cell = fields.line("cell")
        let description = fields.text("description", limit: limits.text)
        let notes = fields.text("notes", limit: limits.text)
        let build = fields.line("build_uri", limit: limits.address)
        let address = fields.line("deployment_uri", limit: limits.address)
        let resource = fields.line("resource", limit: limits.address)
        isAutomatic = fields.flag("auto", default: true)
        let values: [Facet: String?] = [
            .name: name, .environment: environment, .provider: provider, .account: account, .region: region,
            .cell: cell,
        ]
        taxonomy = Taxonomy { values[$0].flatMap { $0 } ?? "" }
        self.notes = Self.json(notes)
        self.address = Self.json(address)
        let (version, isAutomatic) = (version, isAutomatic)
        let members = JSONWriter.object(capacity: 512) { json in
            json.member("name", name)
            json.member("version", version)
            json.member("commit_sha", commit)
            json.member("pipeline_extra_params", parameters)
            json.member("provider", provider)
            json.member("cloud_account_id", account)
            json.member("region", region)
            json.member("environment", environment)
            json.member("cell", cell)
            json.member("type", kind)
            json.member("auto", isAutomatic)
            json.member("description", description)
            json.member("build_uri", build)
            json.member("resource", resource)
        }
        if members.count > Self.contentLimit {
            fields.reject(
                "pipeline_extra_params",
                "is too long together with the other texts: they may have \(Self.contentLimit >> 10) KiB as JSON")
        }
        content = String(decoding: members.dropFirst().dropLast(), as: UTF8.self)
    }

    /// A text as JSON; `null` for none.
    static func json(_ text: String?) -> String {
        var writer = JSONWriter(capacity: (text?.utf8.count ?? 0) + 16)
        if let text { writer.string(text) } else { writer.null() }
        return String(decoding: writer.bytes, as: UTF8.self)
    }

    /// The record of a new deployment; the script that stores it adds when it was made.
    func deployment(id: String, by identity: Identity) -> Deployment {
        var deployment = Deployment(id: id)
        deployment[.status] = Status.scheduled.rawValue
        deployment[.trigger] = (isAutomatic ? Trigger.auto : .manual).rawValue
        for facet in Facet.ofTaxonomy { deployment[facet.line] = taxonomy[facet] }
        deployment[.version] = version
        deployment[.precedence] = Self.precedence(of: version)
        deployment[.notes] = notes
        deployment[.address] = address
        deployment[.creation] = identity.creation
        deployment[.content] = content
        return deployment
    }

    private static func precedence(of version: String) -> String {
        SemanticVersion(version).map { String(decoding: $0.precedence, as: UTF8.self) } ?? ""
    }
}
