import Foundation
import TestSupport

/// What has happened in a repository before one looks at it: two months of a small team.
enum History {
    /// How many releases there are.
    static let releases = 12

    /// The tag of a release by its number, from 1.
    static func tag(_ number: Int) -> String { "v1.\(number / 4).\(number % 4)" }

    /// What was merged, the oldest first.
    private static let merged = [
        "Read peers from the configuration", "Keep one socket for all peers", "Say which version runs",
        "Fall back to a relay behind NAT", "Test with a lossy network", "Write keys for their owner only",
        "Measure the time of a handshake", "Leave out peers that are gone", "Bump golang.org/x/crypto",
        "Reload without losing a packet", "Count bytes by peer", "Speak IPv6 on the inside",
        "Document the ports", "Renew keys one after the other", "Show peers in the order of their names",
        "Read the slot from the newest success", "Pull images by digest", "Retry a probe before it counts",
        "Health check of the blue slot", "Serve the status page from memory", "Build for arm64",
        "Shorten the timeout of probes", "Explain how keys are renewed", "Blue/green deploy rewrite",
    ]

    /// Issues that are open.
    private static let issues: [(title: String, labels: [String])] = [
        ("Streams end after a reload", ["type:bug", "priority:high"]), ("Say which host answered", ["type:feature"]),
        ("Times of deploys differ by an hour", ["type:bug"]), ("Document the settings of the cache", ["type:docs"]),
        ("A peer behind two routers is never found", ["type:bug"]), ("A dark theme for the manual", ["type:docs"]),
        ("The relay forgets peers at midnight", ["type:bug"]), ("Take peers from DNS", ["type:feature"]),
        ("Half of the peers vanish when the clock is set", ["type:bug", "priority:low"]),
    ]

    /// Pull requests that are open.
    private static let pulls: [(title: String, author: String, isDraft: Bool)] = [
        ("Count queue wait by route", "octocat", false), ("Bump the base image", "dependabot[bot]", false),
        ("Keep the relay's peers over a restart", "hubot", false), ("Explain the signals", "octocat", true),
    ]

    /// A repository with all of it.
    ///
    /// - Parameters:
    ///   - fullName: `owner/name`.
    ///   - now: what the times are counted back from.
    static func repository(_ fullName: String, now: Date = Date()) -> FakeGitHub.Repository {
        func ago(_ hours: Double) -> Date { now.addingTimeInterval(-3600 * hours) }
        var repository = FakeGitHub.Repository(
            fullName, description: "A mesh of WireGuard tunnels", language: "Go", time: ago(2000))
        repository.files["README.md"] = "# \(repository.name)\n"
        repository.at(ago(1900)) {
            $0.addWorkflow("ci.yml", name: "CI")
            $0.addWorkflow("goose-build.yml", name: "Goose build")
            $0.addWorkflow("images.yml", name: "Images")
        }
        for (index, title) in merged.enumerated() {
            // The nearer, the closer together: the last one was merged an hour ago.
            let left = Double(merged.count - index)
            let hours = 2.4 * left * left - 1.4
            let author = index % 4 == 2 ? "hubot" : "octocat"
            let pull = repository.at(ago(hours + 2 * left)) { $0.openPull(title, author: author) }
            repository.at(ago(hours)) { _ = $0.merge(pull, isSquashed: true) }
            repository.branches["change-\(pull)"] = nil
            for file in ["ci.yml", "goose-build.yml", "images.yml"] {
                let run = repository.at(ago(hours)) { $0.run(file) }
                let hasFailed = index % 7 == 4 && file != "ci.yml"
                repository.at(ago(hours - 0.1)) { $0.complete(run: run, hasFailed ? "failure" : "success") }
            }
            if index % 2 == 1 {
                repository.at(ago(hours - 0.2)) { _ = $0.publish(tag((index + 1) / 2), body: "- \(title)") }
            }
        }
        for (index, issue) in issues.enumerated() {
            repository.at(ago(190 - 20 * Double(index))) { _ = $0.openIssue(issue.title, labels: issue.labels) }
        }
        for (index, pull) in pulls.enumerated() {
            repository.at(ago(29 - 7 * Double(index))) {
                _ = $0.openPull(pull.title, author: pull.author, isDraft: pull.isDraft)
            }
        }
        repository.at(ago(0.01)) { _ = $0.run("ci.yml", event: "pull_request", branch: "change-37") }
        return repository
    }
}
