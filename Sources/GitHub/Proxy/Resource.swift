import Essentials

/// Something that GitHub has, in the one spelling under which it is asked for and cached.
struct Resource: Hashable, Sendable {
    /// What the cache calls it: path and query as they are asked for below `/api/github`, always with the `?`, so that
    /// `/pulls?` is a prefix of the list and not of `/pulls/7?`.
    let key: String
    /// What GitHub is asked for: `/repos/owner/name/pulls?state=open`.
    let target: String

    /// A path of a repository.
    ///
    /// - Parameters:
    ///   - path: encoded, beginning with a slash; only that for the repository itself.
    ///   - query: as `ResourceQuery` has it.
    ///   - isOwn: whether it is the repository that paths without a name mean.
    init(_ path: String, query: String = "", of repository: Repository, isOwn: Bool) {
        let tail = path == "/" ? "" : path
        let prefix = isOwn ? "" : "/\(repository.fullName)"
        key = (prefix + tail).isEmpty ? "/?\(query)" : "\(prefix)\(tail)?\(query)"
        target = "/repos/\(repository.fullName)\(tail)" + (query.isEmpty ? "" : "?\(query)")
    }

    /// What is asked for by its target, as a job has it.
    init(key: String, target: String) {
        self.key = key
        self.target = target
    }

    /// The path below `/repos/owner/name`, as lifetimes and spans know it.
    var path: String {
        let segments = target.prefix { $0 != "?" }.split(separator: "/")
        guard segments.first == "repos" else { return String(target.prefix { $0 != "?" }) }
        return "/" + segments.dropFirst(3).joined(separator: "/")
    }

    /// Whether chimney makes it itself.
    var isComposed: Bool { target.isEmpty }

    /// Milliseconds for which what was fetched is served without asking again.
    var lifetime: Int64 {
        Self.lifetime(of: isComposed ? key : path, query: target.drop { $0 != "?" }.dropFirst())
    }

    /// Likewise, for a path below the repository, or the key of what chimney puts together.
    static func lifetime(of path: String, query: Substring) -> Int64 {
        switch path {
        case summary.key: 60_000
        case organisation.key: 900_000
        case _ where path == "/issues" || path.hasPrefix("/issues/"): 120_000
        case "/pulls" where query.split(separator: "&").contains("state=closed"): 300_000
        default: 30_000
        }
    }

    /// What chimney makes of several resources: the state of the project's pipeline.
    static let summary = Resource(key: "/__pipeline_summary__?", target: "")

    /// Likewise: the repositories that can be asked for.
    static let organisation = Resource(key: "/__org_repos__?", target: "")

    /// A page of GitHub's own list of them.
    ///
    /// - Parameter kind: `orgs` or `users`.
    static func page(_ page: Int, ofRepositoriesOf owner: String, as kind: String) -> Resource {
        Resource(
            key: "/__org_repos__/\(kind)/\(page)?", target: "/\(kind)/\(owner)/repos?page=\(page)&per_page=\(pageSize)")
    }

    /// Repositories on a page.
    static let pageSize = 100
}
