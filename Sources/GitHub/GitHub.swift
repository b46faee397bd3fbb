import Agent
import Essentials
import FastCGI
import HTTPTypes
import Web

/// GitHub as clients see it through this server: what it has said lately, without asking it each time.
public struct GitHub {
    /// What the paths of the proxy begin with.
    static let mount = "/api/github"

    let settings: GitHubSettings
    let fetcher: Fetcher
    let proxy: Proxy
    let hasAgent: Bool
    private let directory: Directory

    /// Reads its settings: `GITHUB_REPO`, `GITHUB_API_URL`, `GITHUB_TOKEN`, `GITHUB_ORG`,
    /// `GITHUB_REPOS_EXCLUDE`, `INVALIDATE_TOKEN`,
    /// `INVALIDATE_ALL_ALLOWED`, `GITHUB_WEBHOOK_SECRET`, `PIPELINE_WORKFLOW`, `PROJECT_VERSION`, `GITHUB_CACHE_MB` and `CHIMNEY_CACHE_DIR`.
    ///
    /// - Parameters:
    ///   - userAgent: what calls say that they are made by, `chimney/1.0`.
    ///   - hasAgent: whether this host's pool has an agent.
    public init(settings: inout Settings, userAgent: String, hasAgent: Bool) {
        self.settings = GitHubSettings(&settings)
        fetcher = Fetcher(
            upstream: self.settings.upstream, memory: MemoryTier(directory: self.settings.cacheDirectory),
            compositions: self.settings.compositions)
        proxy = Proxy(memory: fetcher.memory, local: LocalFetch(fetcher, userAgent: userAgent), hasAgent: hasAgent)
        self.hasAgent = hasAgent
        directory = Directory(self.settings.repositories, memory: fetcher.memory, proxy: proxy)
    }

    /// The routes.
    public var routes: [Route] {
        [
            Route(.get, Self.mount, handler: show),
            Route(.get, "\(Self.mount)/{path...}", handler: show),
            Route(.get, "\(Self.mount)/org/repos", handler: showRepositories),
            Route(.get, "/api/pipeline/summary", handler: showSummary),
            Route(.get, "/api/cache/stats", handler: showStats),
            Route(
                .post, "/api/cache/invalidate", authentication: .bearer(settings.invalidator), body: .json,
                handler: invalidate),
            Route(.post, "/api/cache/warm", authentication: .bearer(settings.invalidator), handler: warm),
            Route(
                .post, "/api/webhooks/github", authentication: .signature(settings.webhookSignature),
                body: .json(limit: Self.webhookLimit), handler: receive),
        ]
    }

    /// What the agent of a host does for it.
    public func tasks(host: String) -> [any AgentTask] {
        let tasks: [any AgentTask] = [
            FetchTask(fetcher, host: host), EvictionTask(bytes: settings.cacheBytes, source: settings.source),
            MirrorTask(fetcher.memory),
        ]
        return settings.organisation == nil ? tasks : tasks + [OrganisationTask()]
    }

    private func show(_ request: Request, _ context: Context) throws -> Response {
        let path = try ResourcePath(of: request, below: Self.mount)
        let query = try ResourceQuery.encode(context.query)
        return try proxy.answer(try resource(path, query, for: request, context), to: request, context)
    }

    /// What a path means: one of the organisation's repositories where it begins with their names, otherwise the own one.
    private func resource(
        _ path: ResourcePath, _ query: String, for request: Request, _ context: Context
    ) throws -> Resource {
        let segments = path.segments
        if let organisation = settings.organisation, segments.count >= 2,
            segments[0].lowercased() == organisation.lowercased()
        {
            let asked = Repository(owner: segments[0], name: segments[1])
            let rest = segments.dropFirst(2)
            if asked == settings.repository { return try own(rest, query) }
            let repository = try directory.find(asked, for: request, context)
            return Resource(ResourcePath.encode(rest), query: query, of: repository, isOwn: false)
        }
        return try own(segments[...], query)
    }

    /// A path of the own repository. None begins as the keys do of what chimney makes itself, whose place it would take.
    private func own(_ segments: ArraySlice<String>, _ query: String) throws(Problem) -> Resource {
        guard segments.first?.utf8.starts(with: "__".utf8) != true else { throw Self.nothing }
        guard let repository = settings.repository else { throw Self.unconfigured }
        return Resource(ResourcePath.encode(segments), query: query, of: repository, isOwn: true)
    }

    private func showSummary(_ request: Request, _ context: Context) throws -> Response {
        guard settings.summary != nil else { throw Self.unconfigured }
        return try proxy.answer(.summary, to: request, context)
    }

    private func showRepositories(_ request: Request, _ context: Context) throws -> Response {
        guard settings.repository != nil || settings.organisation != nil else { throw Self.unconfigured }
        // Not by an encoded slash, which is refused elsewhere as well.
        guard try ResourcePath(of: request, below: Self.mount).segments == ["org", "repos"] else { throw Self.nothing }
        return try proxy.answer(.organisation, to: request, context)
    }

    private static let nothing = Problem(.notFound, "GitHub has nothing at this path; check it for typing errors.")

    static let unconfigured = Problem(
        .notFound, "This server has no repository to ask GitHub about; whoever runs it has to set GITHUB_REPO.")
}
