import Foundation

/// Finds what a call asks for within a repository.
struct RepositoryRoutes {
    let repository: FakeGitHub.Repository
    let call: GitHubCall
    let shapes: GitHubShapes
    let whole: WrittenPayload

    init(_ repository: FakeGitHub.Repository, _ call: GitHubCall, _ shapes: GitHubShapes) {
        self.repository = repository
        self.call = call
        self.shapes = shapes
        whole = WrittenPayload(shapes.repository(repository))
    }

    func reply(_ path: [String]) -> GitHubReply {
        let rest = Array(path.dropFirst())
        return switch path[0] {
        case "pulls": pulls(rest)
        case "issues": issues(rest)
        case "labels" where rest.isEmpty: labels()
        case "actions": actions(rest)
        case "releases": releases(rest)
        case "commits": commits(rest)
        case "branches": branches(rest)
        case "deployments": deployments(rest)
        case "contents": contents(rest.joined(separator: "/"))
        default: .notFound
        }
    }

    /// A page of a list of this repository.
    private func page<Element>(
        _ elements: [Element], _ path: String, in member: String? = nil, _ write: (Element) -> Payload
    ) -> GitHubReply {
        .page(elements, of: call, at: "/repositories/\(repository.id)/\(path)", in: member, write)
    }

    private func hasAskedState(_ issue: FakeGitHub.Issue) -> Bool {
        switch call["state"] {
        case "all": true
        case "closed": !issue.isOpen
        default: issue.isOpen
        }
    }

    private static var orders: [(name: String, key: (FakeGitHub.Issue) -> Double)] {
        [
            ("created", { $0.createdAt.timeIntervalSince1970 }), ("updated", { $0.updatedAt.timeIntervalSince1970 }),
            ("comments", { Double($0.comments) }), ("popularity", { Double($0.comments) }),
            ("long-running", { -$0.createdAt.timeIntervalSince1970 }),
        ]
    }

    private func pulls(_ path: [String]) -> GitHubReply {
        if let number = path.first {
            guard path.count == 1, let issue = Int(number).flatMap({ repository[issue: $0] }), let pull = issue.pull
            else { return .notFound }
            return .one(shapes.wholePull(issue, pull, of: repository), modified: issue.updatedAt)
        }
        let head = call["head"]?.split(separator: ":").last.map(String.init)
        let found = repository.pulls.filter { issue in
            hasAskedState(issue) && (head == nil || issue.pull?.head == head)
                && (call["base"] ?? repository.defaultBranch) == repository.defaultBranch
        }
        // "Default: desc when sort is created or sort is not specified, otherwise asc."
        return page(call.sorted(found, by: Self.orders, newestFirst: { $0 == "created" }), "pulls") { issue in
            issue.pull.map { shapes.pull(issue, $0, of: repository, whole: whole) } ?? [:]
        }
    }

    private func issues(_ path: [String]) -> GitHubReply {
        if let number = path.first {
            guard path.count == 1, let issue = Int(number).flatMap({ repository[issue: $0] }) else { return .notFound }
            return .one(shapes.issue(issue, of: repository), modified: issue.updatedAt)
        }
        let labels = call["labels"].map { $0.split(separator: ",").map(String.init) } ?? []
        let since = call.time("since") ?? .distantPast
        let found = repository.issues.filter { issue in
            hasAskedState(issue) && issue.updatedAt >= since && labels.allSatisfy(issue.labels.contains)
                && (call["creator"] ?? issue.author) == issue.author
        }
        return page(call.sorted(found, by: Self.orders), "issues") { shapes.issue($0, of: repository) }
    }

    private func labels() -> GitHubReply {
        let names = Set(repository.issues.flatMap(\.labels)).sorted()
        return page(names, "labels") { shapes.label($0, of: repository) }
    }

    private func actions(_ path: [String]) -> GitHubReply {
        switch path.first {
        case "runs" where path.count == 1: return runs(repository.runs, "actions/runs")
        case "runs" where path.count == 2:
            guard let run = Int(path[1]).flatMap({ repository[run: $0] }) else { return .notFound }
            return .one(shapes.run(run, of: repository, whole: whole))
        case "workflows" where path.count == 1:
            return page(repository.workflows, "actions/workflows", in: "workflows") {
                shapes.workflow($0, of: repository)
            }
        case "workflows":
            let found = repository.workflows.first { $0.file == path[1] || "\($0.id)" == path[1] }
            guard let workflow = found else { return .notFound }
            if path.count == 2 { return .one(shapes.workflow(workflow, of: repository)) }
            guard path.count == 3, path[2] == "runs" else { return .notFound }
            return runs(
                repository.runs.filter { $0.file == workflow.file }, "actions/workflows/\(workflow.id)/runs")
        default: return .notFound
        }
    }

    private func runs(_ runs: [FakeGitHub.WorkflowRun], _ path: String) -> GitHubReply {
        let found = runs.filter { run in
            // "Returns workflow runs with the check run status or conclusion that you specify."
            (call["status"].map { $0 == run.status || $0 == run.conclusion } ?? true)
                && (call["branch"] ?? run.branch) == run.branch && (call["event"] ?? run.event) == run.event
                && (call["actor"] ?? run.actor) == run.actor && (call["head_sha"] ?? run.sha) == run.sha
        }
        return page(found.reversed(), path, in: "workflow_runs") { shapes.run($0, of: repository, whole: whole) }
    }

    private func releases(_ path: [String]) -> GitHubReply {
        let published = repository.releases.filter { !$0.isDraft }
        let found: FakeGitHub.Release?
        switch path.first {
        case nil: return page(published.reversed(), "releases") { shapes.release($0, of: repository) }
        case "latest" where path.count == 1:
            found = published.filter { !$0.isPrerelease }.max { $0.createdAt < $1.createdAt }
        case "tags" where path.count == 2: found = published.last { $0.tag == path[1] }
        case let id? where path.count == 1: found = repository.releases.first { "\($0.id)" == id }
        default: found = nil
        }
        guard let found else { return .notFound }
        return .one(shapes.release(found, of: repository), modified: found.publishedAt)
    }

    private func commits(_ path: [String]) -> GitHubReply {
        let asked = path.first ?? call["sha"] ?? repository.defaultBranch
        let start = repository.branches[asked] ?? asked
        guard path.count < 2, let tip = repository.commits.last(where: { $0.sha.hasPrefix(start) }) else {
            return .notFound
        }
        if !path.isEmpty { return .one(shapes.commit(tip, of: repository), modified: tip.time) }
        let known = Dictionary(repository.commits.map { ($0.sha, $0) }) { $1 }
        let history = sequence(first: tip) { $0.parent.flatMap { known[$0] } }
        let since = call.time("since") ?? .distantPast
        let until = call.time("until") ?? .distantFuture
        let found = history.filter { (since...until).contains($0.time) && (call["author"] ?? $0.author) == $0.author }
        return page(found, "commits") { shapes.commit($0, of: repository) }
    }

    private func branches(_ path: [String]) -> GitHubReply {
        guard !path.isEmpty else {
            return page(repository.branches.sorted { $0.key < $1.key }, "branches") {
                shapes.branch($0.key, $0.value, of: repository)
            }
        }
        let name = path.joined(separator: "/")
        guard let sha = repository.branches[name] else { return .notFound }
        return .one(shapes.branch(name, sha, of: repository))
    }

    private func deployments(_ path: [String]) -> GitHubReply {
        guard let id = path.first else {
            let found = repository.deployments.filter {
                (call["sha"] ?? $0.sha) == $0.sha && (call["ref"] ?? $0.ref) == $0.ref
                    && (call["environment"] ?? $0.environment) == $0.environment
            }
            return page(found.reversed(), "deployments") { shapes.deployment($0, of: repository) }
        }
        guard let deployment = repository.deployments.first(where: { "\($0.id)" == id }) else { return .notFound }
        switch path.dropFirst() {
        case []: return .one(shapes.deployment(deployment, of: repository))
        case ["statuses"]:
            return page(deployment.statuses.reversed(), "deployments/\(id)/statuses") {
                shapes.status($0, of: deployment, of: repository)
            }
        default: return .notFound
        }
    }

    private func contents(_ path: String) -> GitHubReply {
        guard let text = repository.files[path] else { return .notFound }
        return .one(shapes.file(path, text, of: repository))
    }
}
