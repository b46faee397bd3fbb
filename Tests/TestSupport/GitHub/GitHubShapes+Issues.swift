import Foundation

extension GitHubShapes {
    func label(_ name: String, of repository: FakeGitHub.Repository) -> Payload {
        let id = Self.id(ofUser: name)
        return [
            "id": id, "node_id": node("LA", id),
            "url":
                "\(url(repository))/labels/\(name.addingPercentEncoding(withAllowedCharacters: .alphanumerics) ?? "")",
            "name": name, "color": "d73a4a", "default": false, "description": Null(),
        ]
    }

    /// An issue; a pull request with the member `pull_request`, as lists of issues have it.
    func issue(_ issue: FakeGitHub.Issue, of repository: FakeGitHub.Repository) -> Payload {
        let url = "\(url(repository))/issues/\(issue.number)"
        let page = "\(page(repository))/\(issue.pull == nil ? "issues" : "pull")/\(issue.number)"
        let payload: Payload = [
            "url": url, "repository_url": self.url(repository), "labels_url": "\(url)/labels{/name}",
            "comments_url": "\(url)/comments", "events_url": "\(url)/events", "html_url": page, "id": issue.id,
            "node_id": node("I", issue.id), "number": issue.number, "title": issue.title, "user": user(issue.author),
            "labels": issue.labels.map { label($0, of: repository) }, "state": issue.isOpen ? "open" : "closed",
            "locked": false, "assignee": Null(), "assignees": [String](), "milestone": Null(),
            "comments": issue.comments, "created_at": issue.createdAt, "updated_at": issue.updatedAt,
            "closed_at": issue.closedAt, "author_association": "MEMBER", "active_lock_reason": Null(),
            "body": issue.body, "timeline_url": "\(url)/timeline", "performed_via_github_app": Null(),
            "state_reason": issue.isOpen || issue.pull != nil ? String?.none : "completed",
        ]
        guard let pull = issue.pull else { return payload }
        let reference: Payload = [
            "url": "\(self.url(repository))/pulls/\(issue.number)", "html_url": page, "diff_url": "\(page).diff",
            "patch_url": "\(page).patch", "merged_at": pull.mergedAt,
        ]
        return payload.merging(["draft": pull.isDraft, "pull_request": reference])
    }

    /// A pull request as lists have it.
    ///
    /// - Parameter whole: the repository, written before.
    func pull(
        _ issue: FakeGitHub.Issue, _ pull: FakeGitHub.Pull, of repository: FakeGitHub.Repository,
        whole: WrittenPayload
    ) -> Payload {
        let root = url(repository)
        let url = "\(root)/pulls/\(issue.number)"
        let page = "\(page(repository))/pull/\(issue.number)"
        return [
            "url": url, "id": pull.id, "node_id": node("PR", pull.id), "html_url": page, "diff_url": "\(page).diff",
            "patch_url": "\(page).patch", "issue_url": "\(root)/issues/\(issue.number)", "number": issue.number,
            "state": issue.isOpen ? "open" : "closed", "locked": false, "title": issue.title,
            "user": user(issue.author), "body": issue.body, "created_at": issue.createdAt,
            "updated_at": issue.updatedAt, "closed_at": issue.closedAt, "merged_at": pull.mergedAt,
            "merge_commit_sha": pull.mergeSHA, "assignee": Null(), "assignees": [String](),
            "requested_reviewers": [String](), "requested_teams": [String](),
            "labels": issue.labels.map { label($0, of: repository) }, "milestone": Null(), "draft": pull.isDraft,
            "commits_url": "\(url)/commits", "review_comments_url": "\(url)/comments",
            "review_comment_url": "\(root)/pulls/comments{/number}",
            "comments_url": "\(root)/issues/\(issue.number)/comments",
            "statuses_url": "\(root)/statuses/\(pull.headSHA)",
            "head": end(pull.head, pull.headSHA, of: repository, whole: whole),
            "base": end(repository.defaultBranch, pull.baseSHA, of: repository, whole: whole),
            "_links": [
                "self": ["href": url] as Payload, "html": ["href": page] as Payload,
                "issue": ["href": "\(root)/issues/\(issue.number)"] as Payload,
                "comments": ["href": "\(root)/issues/\(issue.number)/comments"] as Payload,
                "review_comments": ["href": "\(url)/comments"] as Payload,
                "review_comment": ["href": "\(root)/pulls/comments{/number}"] as Payload,
                "commits": ["href": "\(url)/commits"] as Payload,
                "statuses": ["href": "\(root)/statuses/\(pull.headSHA)"] as Payload,
            ] as Payload, "author_association": "MEMBER", "auto_merge": Null(), "active_lock_reason": Null(),
        ]
    }

    /// A pull request by itself, which has more to it.
    func wholePull(
        _ issue: FakeGitHub.Issue, _ pull: FakeGitHub.Pull, of repository: FakeGitHub.Repository
    ) -> Payload {
        let whole = WrittenPayload(self.repository(repository))
        let isMerged = pull.mergedAt != nil
        return self.pull(issue, pull, of: repository, whole: whole).merging([
            "merged": isMerged, "mergeable": isMerged ? Bool?.none : true, "rebaseable": isMerged ? Bool?.none : true,
            "mergeable_state": isMerged ? "unknown" : "clean", "merged_by": isMerged ? user(issue.author) : nil,
            "comments": issue.comments, "review_comments": 0, "maintainer_can_modify": false, "commits": 1,
            "additions": 10, "deletions": 2, "changed_files": 1,
        ])
    }

    private func end(
        _ branch: String, _ sha: String, of repository: FakeGitHub.Repository, whole: WrittenPayload
    ) -> Payload {
        [
            "label": "\(repository.owner):\(branch)", "ref": branch, "sha": sha,
            "user": user(repository.owner, isOrganisation: repository.isOrganisations), "repo": whole,
        ]
    }
}
