import Essentials

/// Something that GitHub has, in the one spelling under which it is asked for and cached.
struct Resource: Hashable, Sendable {
    /// What the cache calls it: path and query as they are asked for below `/api/github`, always with the `?`, so that
    /// `/pulls?` is a prefix of the list and not of `/pulls/7?`.
    let key: String
    /// What GitHub is asked for: `/repos/owner/name/pulls?state=open`.
    let target: String

    /// The path below `/repos/owner/name`, as lifetimes and spans know it; of anything else the target's.
    let path: String
    /// Milliseconds for which what was fetched is served without asking again.
    let lifetime: Int64

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
        self.path = path
        lifetime = Self.lifetime(of: path, query: query[...])
    }

    /// What is asked for by its target, as a job has it; what has none is made by chimney.
    init(key: String, target: String) {
        self.key = key
        self.target = target
        let path = target.prefix { $0 != "?" }
        let segments = path.split(separator: "/")
        self.path = segments.first == "repos" ? "/" + segments.dropFirst(3).joined(separator: "/") : String(path)
        lifetime = Self.lifetime(of: target.isEmpty ? key : self.path, query: target.dropFirst(path.count + 1))
    }

    /// Whether chimney makes it itself.
    var isComposed: Bool { target.isEmpty }

    /// Milliseconds for which what was fetched is served without asking again, for a path below the repository, or the key
    /// of what chimney puts together.
    static func lifetime(of path: String, query: Substring) -> Int64 {
        switch path {
        case summaryKey: 60_000
        case organisationKey: 900_000
        case _ where path == "/issues" || path.hasPrefix("/issues/"): 120_000
        case "/pulls" where query.utf8.split(separator: UInt8(ascii: "&")).contains { $0.elementsEqual(closed) }:
            300_000
        default: 30_000
        }
    }

    private static let closed = "state=closed".utf8
    private static let summaryKey = "/__pipeline_summary__?"
    private static let organisationKey = "/__org_repos__?"

    /// What chimney makes of several resources: the state of the project's pipeline.
    static let summary = Resource(key: summaryKey, target: "")

    /// Likewise: the repositories that can be asked for.
    static let organisation = Resource(key: organisationKey, target: "")

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
