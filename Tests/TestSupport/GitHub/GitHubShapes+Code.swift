import Foundation

extension GitHubShapes {
    func workflow(_ workflow: FakeGitHub.Workflow, of repository: FakeGitHub.Repository) -> Payload {
        [
            "id": workflow.id, "node_id": node("W", workflow.id), "name": workflow.name,
            "path": ".github/workflows/\(workflow.file)", "state": "active", "created_at": workflow.createdAt,
            "updated_at": workflow.createdAt, "url": "\(url(repository))/actions/workflows/\(workflow.id)",
            "html_url": "\(page(repository))/blob/main/.github/workflows/\(workflow.file)",
            "badge_url": "\(page(repository))/workflows/\(workflow.name)/badge.svg",
        ]
    }

    /// - Parameter whole: the repository, written before.
    func run(
        _ run: FakeGitHub.WorkflowRun, of repository: FakeGitHub.Repository, whole: WrittenPayload
    ) -> Payload {
        let url = "\(url(repository))/actions/runs/\(run.id)"
        let workflow = repository.workflows.first { $0.file == run.file }?.id ?? 0
        let pulls = repository.pulls.filter { $0.pull?.head == run.branch }
        return [
            "id": run.id, "name": run.name, "node_id": node("WFR", run.id), "head_branch": run.branch,
            "head_sha": run.sha, "path": ".github/workflows/\(run.file)", "display_title": run.title,
            "run_number": run.number, "event": run.event, "status": run.status, "conclusion": run.conclusion,
            "workflow_id": workflow, "check_suite_id": run.id + 1, "check_suite_node_id": node("CS", run.id + 1),
            "url": url, "html_url": "\(page(repository))/actions/runs/\(run.id)",
            "pull_requests": pulls.map { pull($0, of: repository) }, "created_at": run.createdAt,
            "updated_at": run.updatedAt, "actor": user(run.actor), "run_attempt": 1,
            "referenced_workflows": [String](), "run_started_at": run.startedAt, "triggering_actor": user(run.actor),
            "jobs_url": "\(url)/jobs", "logs_url": "\(url)/logs",
            "check_suite_url": "\(self.url(repository))/check-suites/\(run.id + 1)",
            "artifacts_url": "\(url)/artifacts", "cancel_url": "\(url)/cancel", "rerun_url": "\(url)/rerun",
            "previous_attempt_url": Null(),
            "workflow_url": "\(self.url(repository))/actions/workflows/\(workflow)",
            "head_commit": repository[commit: run.sha].map { headCommit($0) }, "repository": whole,
            "head_repository": whole,
        ]
    }

    /// A pull request as runs name it.
    private func pull(_ issue: FakeGitHub.Issue, of repository: FakeGitHub.Repository) -> Payload {
        let reference: Payload = ["id": repository.id, "url": url(repository), "name": repository.name]
        return [
            "url": "\(url(repository))/pulls/\(issue.number)", "id": issue.pull?.id ?? 0, "number": issue.number,
            "head": ["ref": issue.pull?.head, "sha": issue.pull?.headSHA, "repo": reference] as Payload,
            "base": [
                "ref": repository.defaultBranch, "sha": issue.pull?.baseSHA, "repo": reference,
            ] as Payload,
        ]
    }

    private func headCommit(_ commit: FakeGitHub.Commit) -> Payload {
        [
            "id": commit.sha, "tree_id": String(commit.sha.reversed()), "message": commit.message,
            "timestamp": commit.time, "author": person(commit.author), "committer": person(commit.author),
        ]
    }

    func commit(_ commit: FakeGitHub.Commit, of repository: FakeGitHub.Repository) -> Payload {
        let url = url(repository)
        let tree = String(commit.sha.reversed())
        let author = person(commit.author).merging(["date": commit.time])
        let parents = commit.parent.map { parent -> [Payload] in
            [["sha": parent, "url": "\(url)/commits/\(parent)", "html_url": "\(page(repository))/commit/\(parent)"]]
        }
        return [
            "sha": commit.sha, "node_id": "C_\(commit.sha)",
            "commit": [
                "author": author, "committer": author, "message": commit.message,
                "tree": ["sha": tree, "url": "\(url)/git/trees/\(tree)"] as Payload,
                "url": "\(url)/git/commits/\(commit.sha)", "comment_count": 0,
                "verification": [
                    "verified": false, "reason": "unsigned", "signature": Null(), "payload": Null(),
                    "verified_at": Null(),
                ] as Payload,
            ] as Payload,
            "url": "\(url)/commits/\(commit.sha)", "html_url": "\(page(repository))/commit/\(commit.sha)",
            "comments_url": "\(url)/commits/\(commit.sha)/comments", "author": user(commit.author),
            "committer": user(commit.author), "parents": parents ?? [],
        ]
    }

    func branch(_ name: String, _ sha: String, of repository: FakeGitHub.Repository) -> Payload {
        [
            "name": name, "commit": ["sha": sha, "url": "\(url(repository))/commits/\(sha)"] as Payload,
            "protected": name == repository.defaultBranch,
        ]
    }

    func release(_ release: FakeGitHub.Release, of repository: FakeGitHub.Repository) -> Payload {
        let url = "\(url(repository))/releases/\(release.id)"
        return [
            "url": url, "assets_url": "\(url)/assets",
            "upload_url":
                "https://uploads.github.com/repos/\(repository.fullName)/releases/\(release.id)/assets{?name,label}",
            "html_url": "\(page(repository))/releases/tag/\(release.tag)", "id": release.id,
            "author": user(release.author), "node_id": node("RE", release.id), "tag_name": release.tag,
            "target_commitish": repository.defaultBranch, "name": release.name, "draft": release.isDraft,
            "immutable": false, "prerelease": release.isPrerelease, "created_at": release.createdAt,
            "updated_at": release.publishedAt ?? release.createdAt, "published_at": release.publishedAt,
            "assets": [String](), "tarball_url": "\(self.url(repository))/tarball/\(release.tag)",
            "zipball_url": "\(self.url(repository))/zipball/\(release.tag)", "body": release.body,
        ]
    }

    func deployment(_ deployment: FakeGitHub.Deployment, of repository: FakeGitHub.Repository) -> Payload {
        let url = "\(url(repository))/deployments/\(deployment.id)"
        return [
            "url": url, "id": deployment.id, "node_id": node("DE", deployment.id), "sha": deployment.sha,
            "ref": deployment.ref, "task": "deploy", "payload": deployment.payload,
            "original_environment": deployment.environment, "environment": deployment.environment,
            "description": deployment.description, "creator": user(deployment.creator),
            "created_at": deployment.createdAt, "updated_at": deployment.updatedAt,
            "statuses_url": "\(url)/statuses", "repository_url": self.url(repository),
            "transient_environment": false, "production_environment": deployment.environment == "production",
            "performed_via_github_app": Null(),
        ]
    }

    func status(
        _ status: FakeGitHub.Deployment.Status, of deployment: FakeGitHub.Deployment,
        of repository: FakeGitHub.Repository
    ) -> Payload {
        let url = "\(url(repository))/deployments/\(deployment.id)"
        return [
            "url": "\(url)/statuses/\(status.id)", "id": status.id, "node_id": node("DES", status.id),
            "state": status.state, "creator": user(deployment.creator), "description": status.description,
            "environment": deployment.environment, "target_url": "", "created_at": status.time,
            "updated_at": status.time, "deployment_url": url, "repository_url": self.url(repository),
            "environment_url": "", "log_url": "", "performed_via_github_app": Null(),
        ]
    }

    func file(_ path: String, _ text: String, of repository: FakeGitHub.Repository) -> Payload {
        let url = "\(url(repository))/contents/\(path)?ref=\(repository.defaultBranch)"
        return [
            "name": path.split(separator: "/").last.map(String.init) ?? path, "path": path,
            "sha": String(format: "%040x", Self.id(ofUser: text)), "size": text.utf8.count, "url": url,
            "html_url": "\(page(repository))/blob/\(repository.defaultBranch)/\(path)", "type": "file",
            "encoding": "base64",
            "content": Data(text.utf8).base64EncodedString(options: [.lineLength76Characters, .endLineWithLineFeed])
                + "\n",
        ]
    }
}
