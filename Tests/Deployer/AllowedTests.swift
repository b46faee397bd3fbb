import Testing

@testable import Deployer

/// What the store holds is carried out only as far as the services file allows it.
@Suite("Allowed by the services file")
struct AllowedTests {
    private static let sha = String(repeating: "a", count: 40)
    private static let digest = "sha256:" + String(repeating: "b", count: 64)

    private func service(_ strategy: Service.Strategy) -> Service {
        Service(
            name: "app", hosts: ["h1"], image: "ghcr.io/acme/app", containers: ["app"], strategy: strategy,
            health: Health(probe: .container, startPeriod: 1, interval: 1, timeout: 1, limit: 5, successes: 1),
            healthHosts: ["127.0.0.1"], limits: Limits(pull: 1, command: 1, script: 1), organisation: nil)
    }

    private var swap: Service { service(.swap(Compose(file: "/c", project: nil, service: "app"))) }
    private var script: Service { service(.script(path: "/deploy.sh")) }

    private func mistake(_ changes: [Job.Field: String], in service: Service? = nil) -> String? {
        var job = Job(id: "j", fields: [:])
        job[.kind] = "deploy"
        job[.sha] = Self.sha
        job[.tag] = Self.sha
        for (field, value) in changes { job[field] = value }
        return job.mistake(for: service ?? swap)
    }

    @Test("What calls and runners leave there is allowed")
    func allowed() {
        let version = GoodVersion(
            sha: Self.sha, reference: "ghcr.io/acme/app@\(Self.digest)", imageID: Self.digest, jobID: "j")
        #expect(mistake([:]) == nil)
        #expect(mistake([.kind: "rollback", .sha: "", .tag: ""]) == nil)
        #expect(mistake([.healthURL: "http://127.0.0.1:8080/health"]) == nil)
        #expect(mistake([.version: version.stored, .before: Self.digest]) == nil)
        #expect(mistake([.before: Self.sha], in: script) == nil)
        #expect(version.isAllowed(for: swap))
        #expect(GoodVersion.unknown(jobID: "j").isAllowed(for: script))
    }

    @Test(
        "Nothing else is",
        arguments: [
            [Job.Field.sha: "--help"], [.sha: ""], [.tag: "-v"], [.tag: "a b"], [.tag: "a;reboot"],
            [.healthURL: "http://169.254.169.254/latest"], [.healthURL: "file:///etc/passwd"],
            [.version: "nonsense"], [.before: "evil.example/x"], [.before: "-v"],
        ])
    func refused(changes: [Job.Field: String]) { #expect(mistake(changes) != nil) }

    @Test(
        "No version but by a digest of the service's own image",
        arguments: [
            "evil.example/x@\(digest)", "ghcr.io/acme/app:latest", "ghcr.io/acme/app@sha256:1", "--privileged", "",
            "ghcr.io/acme/app@\(digest) --privileged",
        ])
    func versions(reference: String) {
        let version = GoodVersion(sha: Self.sha, reference: reference, imageID: "", jobID: "j")
        #expect(!version.isAllowed(for: swap))
    }
}
