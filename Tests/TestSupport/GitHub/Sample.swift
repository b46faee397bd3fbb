import Foundation

extension FakeGitHub.Repository {
    /// A repository with a bit of everything: 3 open pull requests, one of them a draft, 2 merged and 1 closed; 4 open
    /// issues, two of them labelled `type:bug`, and 1 closed; releases `v1.1.0`, `v1.2.0` and the pre-release
    /// `v1.3.0-rc.1`; 12 runs of `ci.yml` and `goose-build.yml`, of which one is in progress; 2 deployments.
    ///
    /// - Parameters:
    ///   - fullName: `owner/name`.
    ///   - now: what the times are counted back from.
    public static func sample(_ fullName: String = "octo-org/wgmesh", now: Date = Date()) -> FakeGitHub.Repository {
        func ago(_ hours: Double) -> Date { now.addingTimeInterval(-3600 * hours) }
        var repository = FakeGitHub.Repository(
            fullName, description: "A mesh of WireGuard tunnels", language: "Go", time: ago(2000))
        repository.files["README.md"] = "# \(repository.name)\n"
        repository.at(ago(1500)) {
            $0.addWorkflow("ci.yml", name: "CI")
            $0.addWorkflow("goose-build.yml", name: "Goose build")
        }
        repository.at(ago(400)) { $0.publish("v1.1.0") }
        let bug = repository.at(ago(380)) {
            $0.openIssue("The status page shows yesterday's slot", labels: ["type:bug"])
        }
        let merged = repository.at(ago(300)) { $0.openPull("Read the slot from the newest success", author: "hubot") }
        repository.at(ago(298)) { $0.merge(merged) }
        repository.at(ago(297)) { $0.close(bug) }
        let refused = repository.at(ago(250)) { $0.openPull("Poll every second") }
        repository.at(ago(240)) { $0.close(refused) }
        repository.at(ago(200)) { $0.openIssue("Say which host answered", labels: ["type:feature"]) }
        repository.at(ago(170)) {
            $0.publish("v1.2.0", name: "1.2.0: streams", body: "- logs and events as they happen")
        }
        repository.at(ago(169)) { repository in
            let id = repository.deploy(description: "v1.2.0")
            repository.setState(ofDeployment: id, "success")
        }
        repository.at(ago(120)) { $0.openIssue("Streams end after a reload", labels: ["type:bug", "priority:high"]) }
        repository.at(ago(100)) { $0.openIssue("Times of deploys differ by an hour", labels: ["type:bug"]) }
        repository.at(ago(90)) { $0.openPull("Count queue wait by route", labels: ["type:feature"]) }
        let last = repository.at(ago(60)) { $0.openPull("Pull images by digest", author: "hubot") }
        for index in 0..<11 {
            let file = index % 2 == 0 ? "ci.yml" : "goose-build.yml"
            let id = repository.at(ago(55 - 5 * Double(index))) { $0.run(file) }
            repository.at(ago(54.8 - 5 * Double(index))) { $0.complete(run: id, index == 3 ? "failure" : "success") }
        }
        repository.at(ago(26)) { $0.merge(last) }
        repository.at(ago(25)) { $0.publish("v1.3.0-rc.1", isPrerelease: true) }
        repository.at(ago(20)) { $0.openIssue("Document the settings of the cache") }
        repository.at(ago(8)) { $0.openPull("Bump the base image", author: "dependabot[bot]") }
        repository.at(ago(3)) { $0.openPull("Explain the signals", isDraft: true) }
        repository.at(ago(1)) { repository in
            let id = repository.deploy(description: "v1.3.0-rc.1")
            repository.setState(ofDeployment: id, "in_progress")
        }
        repository.at(ago(0.05)) { $0.run("ci.yml", event: "pull_request", branch: "change-11") }
        return repository
    }
}
