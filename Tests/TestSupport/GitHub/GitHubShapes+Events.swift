import Foundation

extension GitHubShapes {
    /// What a webhook is told of an event; nil if the repository has not what it is about.
    func payload(
        of event: FakeGitHub.Event, in repository: FakeGitHub.Repository, sender: String
    ) -> Payload? {
        guard let special = special(event, in: repository, sender: sender) else { return nil }
        var whole = self.repository(repository)
        if case .push = event {
            whole = whole.merging([
                "url": page(repository), "created_at": Int(repository.createdAt.timeIntervalSince1970),
                "pushed_at": Int(repository.pushedAt.timeIntervalSince1970), "stargazers": 1,
                "master_branch": repository.defaultBranch,
            ])
        }
        let common: Payload = ["repository": whole, "sender": user(sender)]
        guard repository.isOrganisations else { return special.merging(common) }
        return special.merging(["organization": organisation(repository.owner)]).merging(common)
    }

    /// What only this event has.
    private func special(
        _ event: FakeGitHub.Event, in repository: FakeGitHub.Repository, sender: String
    ) -> Payload? {
        switch event {
        case .ping: return ping(repository)
        case .push(let branch): return push(branch ?? repository.defaultBranch, in: repository, sender: sender)
        case .pull(let number, let action):
            guard let issue = repository[issue: number], let pull = issue.pull else { return nil }
            return ["action": action, "number": number, "pull_request": wholePull(issue, pull, of: repository)]
        case .issue(let number, let action):
            guard let issue = repository[issue: number], issue.pull == nil else { return nil }
            return ["action": action, "issue": self.issue(issue, of: repository)]
        case .run(let id, let action):
            guard let run = repository[run: id] else { return nil }
            return [
                "action": action,
                "workflow_run": self.run(run, of: repository, whole: WrittenPayload(minimal(repository))),
                "workflow": repository.workflows.first { $0.file == run.file }.map { workflow($0, of: repository) },
            ]
        case .release(let id, let action):
            guard let release = repository.releases.first(where: { $0.id == id }) else { return nil }
            return ["action": action, "release": self.release(release, of: repository)]
        case .deployment(let id):
            guard let deployment = repository.deployments.first(where: { $0.id == id }) else { return nil }
            return [
                "action": "created", "deployment": self.deployment(deployment, of: repository), "workflow": Null(),
                "workflow_run": Null(),
            ]
        case .deploymentStatus(let id):
            guard let deployment = repository.deployments.first(where: { $0.id == id }),
                let status = deployment.statuses.last
            else { return nil }
            return [
                "action": "created", "deployment_status": self.status(status, of: deployment, of: repository),
                "deployment": self.deployment(deployment, of: repository), "check_run": Null(), "workflow": Null(),
                "workflow_run": Null(),
            ]
        case .other: return ["action": "created"]
        }
    }

    private func ping(_ repository: FakeGitHub.Repository) -> Payload {
        let url = "\(url(repository))/hooks/\(FakeGitHub.hookID)"
        let hook: Payload = [
            "type": "Repository", "id": FakeGitHub.hookID, "name": "web", "active": true, "events": ["*"],
            "config": [
                "content_type": "json", "insecure_ssl": "0", "secret": "********",
                "url": "https://origin.example/api/webhooks/github",
            ] as Payload,
            "updated_at": repository.createdAt, "created_at": repository.createdAt, "url": url,
            "test_url": "\(url)/test", "ping_url": "\(url)/pings", "deliveries_url": "\(url)/deliveries",
            "last_response": ["code": Null(), "status": "unused", "message": Null()] as Payload,
        ]
        return ["zen": "Keep it logically awesome.", "hook_id": FakeGitHub.hookID, "hook": hook]
    }

    private func push(_ branch: String, in repository: FakeGitHub.Repository, sender: String) -> Payload? {
        guard let commit = repository.branches[branch].flatMap({ repository[commit: $0] }) else { return nil }
        let none = String(repeating: "0", count: 40)
        let before = commit.parent ?? none
        let head: Payload = [
            "id": commit.sha, "tree_id": String(commit.sha.reversed()), "distinct": true, "message": commit.message,
            "timestamp": commit.time, "url": "\(page(repository))/commit/\(commit.sha)",
            "author": person(commit.author).merging(["username": commit.author]),
            "committer": person(commit.author).merging(["username": commit.author]), "added": [String](),
            "removed": [String](), "modified": ["README.md"],
        ]
        return [
            "ref": "refs/heads/\(branch)", "before": before, "after": commit.sha, "created": before == none,
            "deleted": false, "forced": false, "base_ref": Null(),
            "compare": "\(page(repository))/compare/\(before.prefix(12))...\(commit.sha.prefix(12))",
            "commits": [head], "head_commit": head, "pusher": person(sender),
        ]
    }
}
