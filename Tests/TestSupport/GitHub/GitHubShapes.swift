import Crypto
import Foundation

/// Writes things as GitHub's REST API does (https://docs.github.com/en/rest, version 2022-11-28).
struct GitHubShapes {
    /// Where the API is, without a slash at the end: all addresses in what is written begin so.
    let api: String
    /// Where people look at it.
    let web = "https://github.com"

    func url(_ repository: FakeGitHub.Repository) -> String { "\(api)/repos/\(repository.fullName)" }

    func page(_ repository: FakeGitHub.Repository) -> String { "\(web)/\(repository.fullName)" }

    /// GitHub's other name for everything.
    func node(_ kind: String, _ id: Int) -> String {
        kind + "_" + Data("\(id)".utf8).base64EncodedString().replacing("=", with: "")
    }

    /// The number of a login, always the same.
    static func id(ofUser login: String) -> Int {
        SHA256.hash(data: Data(login.lowercased().utf8)).prefix(3).reduce(1) { $0 << 8 | Int($1) }
    }

    func user(_ login: String, isOrganisation: Bool = false) -> Payload {
        let id = Self.id(ofUser: login)
        let url = "\(api)/users/\(login)"
        return [
            "login": login, "id": id, "node_id": node(isOrganisation ? "O" : "U", id),
            "avatar_url": "https://avatars.githubusercontent.com/u/\(id)?v=4", "gravatar_id": "", "url": url,
            "html_url": "\(web)/\(login)", "followers_url": "\(url)/followers",
            "following_url": "\(url)/following{/other_user}", "gists_url": "\(url)/gists{/gist_id}",
            "starred_url": "\(url)/starred{/owner}{/repo}", "subscriptions_url": "\(url)/subscriptions",
            "organizations_url": "\(url)/orgs", "repos_url": "\(url)/repos",
            "events_url": "\(url)/events{/privacy}", "received_events_url": "\(url)/received_events",
            "type": isOrganisation ? "Organization" : login.hasSuffix("[bot]") ? "Bot" : "User",
            "user_view_type": "public", "site_admin": false,
        ]
    }

    func organisation(_ login: String) -> Payload {
        let id = Self.id(ofUser: login)
        let url = "\(api)/orgs/\(login)"
        return [
            "login": login, "id": id, "node_id": node("O", id), "url": url, "repos_url": "\(url)/repos",
            "events_url": "\(url)/events", "hooks_url": "\(url)/hooks", "issues_url": "\(url)/issues",
            "members_url": "\(url)/members{/member}", "public_members_url": "\(url)/public_members{/member}",
            "avatar_url": "https://avatars.githubusercontent.com/u/\(id)?v=4", "description": "",
        ]
    }

    /// The person behind a login, as Git has it.
    func person(_ login: String) -> Payload {
        ["name": login, "email": "\(Self.id(ofUser: login))+\(login)@users.noreply.github.com"]
    }

    private static let collections = [
        "forks", "teams", "hooks", "events", "tags", "languages", "stargazers", "contributors", "subscribers",
        "subscription", "merges", "downloads", "deployments",
    ]

    private static let templates = [
        ("keys_url", "keys{/key_id}"), ("collaborators_url", "collaborators{/collaborator}"),
        ("issue_events_url", "issues/events{/number}"), ("assignees_url", "assignees{/user}"),
        ("branches_url", "branches{/branch}"), ("blobs_url", "git/blobs{/sha}"),
        ("git_tags_url", "git/tags{/sha}"), ("git_refs_url", "git/refs{/sha}"), ("trees_url", "git/trees{/sha}"),
        ("statuses_url", "statuses/{sha}"), ("commits_url", "commits{/sha}"),
        ("git_commits_url", "git/commits{/sha}"), ("comments_url", "comments{/number}"),
        ("issue_comment_url", "issues/comments{/number}"), ("contents_url", "contents/{+path}"),
        ("compare_url", "compare/{base}...{head}"), ("archive_url", "{archive_format}{/ref}"),
        ("issues_url", "issues{/number}"), ("pulls_url", "pulls{/number}"),
        ("milestones_url", "milestones{/number}"),
        ("notifications_url", "notifications{?since,all,participating}"), ("labels_url", "labels{/name}"),
        ("releases_url", "releases{/id}"),
    ]

    /// What stands for a repository within runs.
    func minimal(_ repository: FakeGitHub.Repository) -> Payload {
        let url = url(repository)
        var payload: Payload = [
            "id": repository.id, "node_id": node("R", repository.id), "name": repository.name,
            "full_name": repository.fullName, "private": repository.isPrivate,
            "owner": user(repository.owner, isOrganisation: repository.isOrganisations),
            "html_url": page(repository), "description": repository.description, "fork": false, "url": url,
        ]
        for name in Self.collections { payload = payload.merging(["\(name)_url": "\(url)/\(name)"]) }
        for (name, template) in Self.templates { payload = payload.merging([name: "\(url)/\(template)"]) }
        return payload
    }

    func repository(_ repository: FakeGitHub.Repository) -> Payload {
        let fullName = repository.fullName
        return minimal(repository).merging([
            "created_at": repository.createdAt, "updated_at": repository.updatedAt, "pushed_at": repository.pushedAt,
            "git_url": "git://github.com/\(fullName).git", "ssh_url": "git@github.com:\(fullName).git",
            "clone_url": "\(page(repository)).git", "svn_url": page(repository), "homepage": Null(), "size": 504,
            "stargazers_count": 1, "watchers_count": 1, "language": repository.language, "has_issues": true,
            "has_projects": true, "has_downloads": true, "has_wiki": true, "has_pages": false,
            "has_discussions": false, "forks_count": 0, "mirror_url": Null(), "archived": repository.isArchived,
            "disabled": false, "open_issues_count": repository.openIssuesCount, "license": Null(),
            "allow_forking": true, "is_template": false, "web_commit_signoff_required": false, "topics": [String](),
            "visibility": repository.isPrivate ? "private" : "public", "forks": 0,
            "open_issues": repository.openIssuesCount, "watchers": 1, "default_branch": repository.defaultBranch,
        ])
    }
}
