import Foundation

/// Finds what a call asks for.
struct GitHubRoutes {
    let repositories: [FakeGitHub.Repository]
    let quota: FakeGitHub.Quota
    let call: GitHubCall
    private let shapes: GitHubShapes

    init(_ call: GitHubCall, _ repositories: [FakeGitHub.Repository], _ quota: FakeGitHub.Quota) {
        self.call = call
        self.repositories = repositories
        self.quota = quota
        shapes = GitHubShapes(api: call.api)
    }

    func reply() -> GitHubReply {
        let path = call.path
        switch path.first {
        case "repos" where path.count >= 3:
            let name = "\(path[1])/\(path[2])".lowercased()
            return reply(repositories.first { $0.fullName.lowercased() == name }, Array(path.dropFirst(3)))
        case "repositories" where path.count >= 2:
            return reply(repositories.first { "\($0.id)" == path[1] }, Array(path.dropFirst(2)))
        case "orgs", "organizations", "users", "user": return account()
        case "rate_limit" where path.count == 1: return .one(rateLimit)
        default: return .notFound
        }
    }

    private func reply(_ repository: FakeGitHub.Repository?, _ rest: [String]) -> GitHubReply {
        guard let repository else { return .notFound }
        if rest.isEmpty { return .one(shapes.repository(repository), modified: repository.updatedAt) }
        return RepositoryRoutes(repository, call, shapes).reply(rest)
    }

    private func account() -> GitHubReply {
        let path = call.path
        if path == ["user"] { return .one(shapes.user("octocat")) }
        guard path.count >= 2 else { return .notFound }
        let isNumber = path[0] == "organizations" || path[0] == "user"
        let owned = repositories.filter {
            isNumber ? "\(GitHubShapes.id(ofUser: $0.owner))" == path[1] : $0.owner.lowercased() == path[1].lowercased()
        }
        guard let owner = owned.first else { return .notFound }
        let wantsOrganisation = path[0] == "orgs" || path[0] == "organizations"
        guard owner.isOrganisations || !wantsOrganisation else { return .notFound }
        switch path.dropFirst(2) {
        case []:
            return .one(
                wantsOrganisation
                    ? shapes.organisation(owner.owner)
                    : shapes.user(owner.owner, isOrganisation: owner.isOrganisations))
        case ["repos"]:
            let sorted = call.sorted(
                owned,
                by: [
                    (wantsOrganisation ? "created" : "full_name", { Double($0.id) }),
                    ("updated", { $0.updatedAt.timeIntervalSince1970 }),
                    ("pushed", { $0.pushedAt.timeIntervalSince1970 }),
                ], newestFirst: { $0 != "full_name" })
            let id = GitHubShapes.id(ofUser: owner.owner)
            return .page(sorted, of: call, at: "/\(wantsOrganisation ? "organizations" : "user")/\(id)/repos") {
                shapes.repository($0)
            }
        default: return .notFound
        }
    }

    private var rateLimit: Payload {
        let core: Payload = [
            "limit": quota.limit, "used": quota.limit - quota.remaining, "remaining": quota.remaining,
            "reset": Int(quota.reset.timeIntervalSince1970),
        ]
        return ["resources": ["core": core] as Payload, "rate": core]
    }
}
