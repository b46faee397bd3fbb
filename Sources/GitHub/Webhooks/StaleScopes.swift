/// What an event of GitHub makes stale, so that the next request sees what has happened.
enum StaleScopes {
    /// Paths below the repository by event; `?` is the repository itself, whose counts change.
    private static let paths: [String: [String]] = [
        "workflow_run": ["/actions"],
        "push": ["/commits", "/branches", "/tags", "/git", "/contents", "/readme", "/compare", "/activity", "?"],
        // A pull request is an issue as well, and commits tell which they belong to.
        "pull_request": ["/pulls", "/issues", "/commits", "?"],
        "issues": ["/issues", "/labels", "/milestones", "?"],
        "release": ["/releases", "/tags"],
        "deployment": ["/deployments", "/environments"],
        "deployment_status": ["/deployments", "/environments"],
    ]

    /// Events that show in the pipeline's summary.
    private static let summarised: Set = ["workflow_run", "pull_request", "issues", "release"]

    /// Whether anything is done about an event.
    static func knows(_ event: String) -> Bool { paths[event] != nil }

    /// What it makes stale.
    ///
    /// - Parameter isOwn: whether it is of the repository that paths without a name mean.
    static func of(_ event: String, in repository: Repository, isOwn: Bool) -> [CacheStore.Scope] {
        let root = isOwn ? "" : "/\(repository.fullName)"
        var prefixes = (paths[event] ?? []).map { isOwn && $0 == "?" ? "/?" : root + $0 }
        if isOwn, summarised.contains(event) { prefixes.append(Resource.summary.key) }
        return prefixes.map { .prefix($0) }
    }
}
