import Essentials
import Web

/// What was posted to deploy, in one of two forms: `image_sha` and `service`, or the fields that name an image.
struct PostedCall: FieldReadable {
    /// The fields of each form, and those that both may have.
    private static let short = ["service", "image_sha"]
    private static let long = ["service_name", "container_name", "image", "commit_sha", "healthcheck_url"]
    private static let options = ["hosts", "mode", "deployment_id", "reason"]

    private let fields: PostedFields

    init(reading fields: inout FieldReader) {
        self.fields = PostedFields(Self.short + Self.long + Self.options, reading: fields)
    }

    /// The call, as far as the services file allows it.
    ///
    /// - Throws: `Problem` 422 that names every field that breaks a rule.
    func call(in file: ServicesFile) throws(Problem) -> DeployCall {
        var fields = fields
        let short = Self.short.filter(fields.has)
        let long = Self.long.filter(fields.has)
        var version = Version()
        if !short.isEmpty, !long.isEmpty {
            for name in short { fields.reject(name, "does not go together with \(long.joined(separator: ", "))") }
            for name in long { fields.reject(name, "does not go together with \(short.joined(separator: ", "))") }
        } else if long.isEmpty {
            version.service = fields.service("service", in: file)
            version.sha = fields.text("image_sha", .imageCommit, isRequired: true)?.lowercased()
            version.tag = version.sha
        } else {
            version = Self.long(&fields, file)
        }
        let hosts = fields.hosts(of: version.service)
        let mode = fields.mode()
        let deploymentID = fields.deploymentID(for: version.service)
        let reason = fields.reason()
        guard fields.errors.isEmpty, let service = version.service, let sha = version.sha, let tag = version.tag else {
            throw .invalid(fields.errors)
        }
        return DeployCall(
            service: service, sha: sha, tag: tag, healthURL: version.healthURL, hosts: hosts, mode: mode,
            deploymentID: deploymentID, reason: reason)
    }

    /// What the fields of a form say; nil for what is absent or wrong.
    private struct Version {
        var service: Service?
        var sha: String?
        var tag: String?
        var healthURL: String?
    }

    private static func long(_ fields: inout PostedFields, _ file: ServicesFile) -> Version {
        let service = fields.service("service_name", in: file)
        if let service {
            _ = fields.text("container_name", .choice(of: service.containers))
        }
        let tag = tag(&fields, service)
        let sha = fields.text("commit_sha", .commit, isRequired: true)?.lowercased()
        return Version(service: service, sha: sha, tag: tag, healthURL: healthURL(&fields, service))
    }

    /// The tag of the image, which has to be that of the service.
    private static func tag(_ fields: inout PostedFields, _ service: Service?) -> String? {
        let name = service?.image ?? "[registry/]name"
        let rule = TextRule("\(name):TAG, with a tag of at most 128 characters of A-Za-z0-9._-") { text in
            guard let (image, _) = split(text) else { return false }
            guard let service else { return true }
            return ImageName(service.image).map(image.means) == true
        }
        return fields.text("image", rule, isRequired: true).flatMap { split($0)?.tag }
    }

    /// A name and a tag; nil for a text that is not both. (A registry may have a port, and a digest has a colon as well,
    /// but with an `@` before it, which no name has.)
    private static func split(_ text: String) -> (image: ImageName, tag: String)? {
        guard let colon = text.lastIndex(of: ":"), let image = ImageName(String(text[..<colon])) else { return nil }
        let tag = text[text.index(after: colon)...]
        return ImageName.isTag(tag) ? (image, String(tag)) : nil
    }

    /// The URL to probe, which has to be on a host that the service allows.
    private static func healthURL(_ fields: inout PostedFields, _ service: Service?) -> String? {
        let name = "healthcheck_url"
        guard let service else { return nil }
        if case .script = service.strategy {
            if fields.has(name) {
                fields.reject(name, "cannot be taken: the script of \(service.name) sees to it itself")
            }
            return nil
        }
        let upstreams = service.strategy.upstreams
        guard let url = fields.text(name, ProbeURL.rule(upstreams: upstreams)) else { return nil }
        let hosts = service.healthHosts
        if !ProbeURL.every(url, upstreams: upstreams).allSatisfy({ hosts.contains($0.host) }) {
            fields.reject(
                name,
                hosts.isEmpty
                    ? "cannot be taken: the services file allows no host of a health URL for \(service.name)"
                    : "has to be on a host that \(service.name) allows: \(hosts.joined(separator: ", "))")
        }
        return url
    }
}

/// What was posted to roll back.
struct PostedRollback: FieldReadable {
    private let fields: PostedFields

    init(reading fields: inout FieldReader) {
        self.fields = PostedFields(
            ["service", "hosts", "mode", "deployment_id", "reason"] + Self.versions, reading: fields)
    }

    /// What only a call to deploy has: the body of one, which is signed as well, is not to be taken for this.
    private static let versions = ["image_sha", "image", "commit_sha"]

    /// The call, as far as the services file allows it.
    ///
    /// - Throws: `Problem` 422 that names every field that breaks a rule.
    func call(in file: ServicesFile) throws(Problem) -> RollbackCall {
        var fields = fields
        let service = fields.service("service", in: file)
        let hosts = fields.hosts(of: service)
        let mode = fields.mode()
        let deploymentID = fields.deploymentID(for: service)
        let reason = fields.reason()
        for name in Self.versions where fields.has(name) {
            fields.reject(name, "has no place in a rollback, which finds the version itself; POST /deploy takes one")
        }
        guard fields.errors.isEmpty, let service else { throw .invalid(fields.errors) }
        return RollbackCall(service: service, hosts: hosts, mode: mode, deploymentID: deploymentID, reason: reason)
    }
}
