import TestSupport

/// What happens in a repository while one looks at it: a little at each step, the same each time.
struct Life {
    private var steps = 0
    private var pulls = 0
    private var issues = 0
    private var releases = History.releases

    private static let changes = [
        "Keep the tunnel open while the key is renewed", "Say which peer is unreachable", "Bump golang.org/x/crypto",
        "Measure the time to the first handshake", "Take peers from a file", "Shorten the timeout of probes",
        "Explain how keys are renewed", "Leave out peers that are gone", "Let the port be chosen",
        "Log in JSON", "Test on arm64", "Drop the old configuration format",
    ]

    private static let reports: [(title: String, labels: [String])] = [
        ("A peer with two addresses is counted twice", ["type:bug"]), ("Show traffic by peer", ["type:feature"]),
        ("The handshake takes 5 s behind NAT", ["type:bug", "priority:high"]), ("Document the ports", ["type:docs"]),
        ("Keys are renewed at the same time everywhere", ["type:bug"]), ("Support IPv6 only", ["type:feature"]),
    ]

    /// Lets the time of a step go by, and returns what has happened.
    mutating func step(_ repository: inout FakeGitHub.Repository) -> [FakeGitHub.Event] {
        steps += 1
        var events = finishRuns(&repository)
        let openPulls = repository.pulls.filter(\.isOpen)
        if steps % 12 == 0, openPulls.count < 6 {
            pulls += 1
            let title = Self.changes[pulls % Self.changes.count]
            let number = repository.openPull(title, author: pulls % 3 == 0 ? "hubot" : "octocat")
            events.append(.pull(number, "opened"))
            let run = repository.run("ci.yml", event: "pull_request", branch: "change-\(number)", status: "queued")
            events.append(.run(run, "requested"))
        }
        if steps % 12 == 6, openPulls.count > 2, let pull = openPulls.first(where: { $0.pull?.isDraft == false }) {
            repository.merge(pull.number, isSquashed: true)
            if let branch = pull.pull?.head { repository.branches[branch] = nil }
            events += [.pull(pull.number, "closed"), .push()]
            for file in ["ci.yml", "goose-build.yml"] {
                events.append(.run(repository.run(file, status: "queued"), "requested"))
            }
        }
        if steps % 5 == 0 {
            events.append(.run(repository.run("goose-build.yml", event: "schedule", status: "queued"), "requested"))
        }
        if steps % 18 == 9 { events.append(reportOrClose(&repository)) }
        if steps % 60 == 45 {
            releases += 1
            let tag = History.tag(releases)
            events.append(.release(repository.publish(tag, body: "What was merged since."), "published"))
        }
        forget(&repository)
        return events
    }

    /// What is queued begins, and what has run for a while ends; one in eight fails.
    private func finishRuns(_ repository: inout FakeGitHub.Repository) -> [FakeGitHub.Event] {
        var events: [FakeGitHub.Event] = []
        let unfinished = repository.runs.filter { $0.status != "completed" }
        for run in unfinished where run.status == "queued" {
            repository.begin(run: run.id)
            events.append(.run(run.id, "in_progress"))
        }
        if steps % 2 == 0, let oldest = unfinished.first(where: { $0.status == "in_progress" }) {
            repository.complete(run: oldest.id, oldest.number % 8 == 0 ? "failure" : "success")
            events.append(.run(oldest.id, "completed"))
        }
        return events
    }

    private mutating func reportOrClose(_ repository: inout FakeGitHub.Repository) -> FakeGitHub.Event {
        let open = repository.issues.filter { $0.isOpen && $0.pull == nil }
        if open.count > 10, let oldest = open.first {
            repository.close(oldest.number)
            return .issue(oldest.number, "closed")
        }
        issues += 1
        let report = Self.reports[issues % Self.reports.count]
        return .issue(repository.openIssue(report.title, labels: report.labels, author: "hubot"), "opened")
    }

    /// However long this goes on, it takes no more memory.
    private func forget(_ repository: inout FakeGitHub.Repository) {
        repository.runs = repository.runs.suffix(300)
        repository.commits = repository.commits.suffix(500)
        repository.releases = repository.releases.suffix(100)
        repository.deployments = repository.deployments.suffix(300)
        let closed = repository.issues.filter { !$0.isOpen }.prefix(max(repository.issues.count - 300, 0))
        let gone = Set(closed.map(\.number))
        repository.issues.removeAll { gone.contains($0.number) }
    }
}
