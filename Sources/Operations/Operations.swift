import Agent
import Dragonfly
import Essentials
import FastCGI
import HTTPTypes
import Telemetry
import Web

/// The window into the program itself: health, version, metrics, the pool, the log.
public struct Operations {
    let host: Host
    let catalogue: () -> Catalogue
    let repository: String?
    let projectVersion: String?
    let contributions: [Contribution]
    /// Who may see logs.
    private let logReaders: Authentication
    /// Who may change what is logged.
    private let admins: Authentication
    private let caddyLog: String?
    private let caddyAdmin: String?
    let origins: Origins
    private let probeInterval: Int
    let versions = CaddyVersions()
    private let version: String
    private let openAPI: () -> OpenAPI

    /// Reads its settings: `LOGS_TOKEN`, `ADMIN_TOKEN`, `CADDY_ACCESS_LOG`, `CADDY_ADMIN`, `ORIGINS`, `CHIMNEY_ORIGIN`,
    /// `PROBE_INTERVAL`, `GITHUB_REPO` and `PROJECT_VERSION`.
    ///
    /// - Parameters:
    ///   - host: what is known of this host's pool.
    ///   - version: chimney's own version.
    ///   - contributions: what the capabilities show of themselves.
    ///   - catalogue: the names of the routes, which are known once all of them are.
    ///   - openAPI: the description of all routes.
    public init(
        settings: inout Settings, host: Host, version: String, contributions: [Contribution],
        catalogue: @escaping () -> Catalogue, openAPI: @escaping () -> OpenAPI
    ) {
        self.host = host
        self.version = version
        self.catalogue = catalogue
        self.openAPI = openAPI
        self.contributions = contributions
        repository = settings.string("GITHUB_REPO")
        projectVersion = settings.string("PROJECT_VERSION")
        let secrets = settings.secrets("LOGS_TOKEN")
        logReaders = secrets.isEmpty ? .open : .bearer(Bearer(secrets))
        admins = .bearer(Bearer(settings.secrets("ADMIN_TOKEN")))
        caddyLog = settings.string("CADDY_ACCESS_LOG")
        let admin = settings.value(
            "CADDY_ADMIN", default: "localhost:2019",
            remedy: "is no address of an admin endpoint; set HOST:PORT as in Caddy's option admin, or off",
            parse: { $0 == "off" || Endpoint("http://\($0)") != nil ? $0 : nil })
        caddyAdmin = admin == "off" ? nil : admin
        origins = Origins(settings: &settings, host: host.name)
        probeInterval = settings.integer("PROBE_INTERVAL", default: 10, in: 1...3600)
    }

    /// The routes.
    public var routes: [Route] {
        [
            Route(.get, "/healthz", handler: showHealth),
            Route(.get, "/health", handler: showLiveness),
            Route(.get, "/ready", handler: showReadiness),
            Route(.get, "/api/version", handler: showVersion),
            Route(.get, "/api/openapi.json") { request, _ in openAPI().response(to: request) },
            Route(.get, "/api/metrics", handler: showMetrics),
            Route(.get, "/metrics", handler: showMetrics),
            Route(.get, "/api/pool/status", handler: showPool),
            Route(.get, "/api/origins/health", handler: showOrigins),
            Route(.get, "/api/logs", authentication: logReaders, handler: LogRoutes.list),
            Route(.get, "/api/logs/caddy", authentication: logReaders, handler: LogRoutes.listCaddy),
            Route(.get, "/api/events/recent", handler: EventRoutes.list),
            Route(.get, "/api/log-level", authentication: admins, handler: showLevel),
            Route(.post, "/api/log-level", authentication: admins, body: .json, handler: LevelRoutes.set),
            Route(.get, "/api/logs/stream", authentication: logReaders, handler: LogRoutes.stream),
            Route(.get, "/api/events", handler: EventRoutes.stream),
        ]
    }

    /// What the agent of this host does for them.
    public var tasks: [any AgentTask] {
        var tasks: [any AgentTask] = [HostTask(host: host, catalogue: catalogue)]
        if let caddyLog { tasks.append(CaddyLogTask(path: caddyLog)) }
        if let caddyAdmin { tasks.append(CaddyStateTask(admin: caddyAdmin, origin: origins.own)) }
        if !origins.all.isEmpty { tasks.append(ProbeTask(origins.all, interval: probeInterval)) }
        return tasks
    }

    /// Alive is who answers.
    private func showLiveness(_ request: Request, _ context: Context) -> Response {
        context.record.isProbe = request[.probe] != nil
        return .json(JSONWriter.object { $0.member("status", "healthy") })
    }

    /// Ready is who can write: a server that is out of memory or read-only answers, and is not.
    private func showReadiness(_ request: Request, _ context: Context) throws -> Response {
        context.record.isProbe = request[.probe] != nil
        try Self.expectWritable(context.store)
        return .json(JSONWriter.object { $0.member("status", "ready") })
    }

    private func showVersion(_ request: Request, _ context: Context) -> Response {
        let project = repository?.split(separator: "/").last.map(String.init) ?? "project"
        return .json(
            JSONWriter.object { json in
                json.member("chimney_version", version)
                json.key("\(project)_version")
                if let projectVersion { json.string(projectVersion) } else { json.null() }
            })
    }
}
