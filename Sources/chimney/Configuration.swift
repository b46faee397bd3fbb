import Agent
import Deployer
import Deploys
import Dragonfly
import Durability
import Essentials
import FastCGI
import GitHub
import Journal
import Logging
import OTLP
import Operations
import Queue
import Telemetry
import Web

import Glibc

/// What the environment says, checked, and the one table of all routes that follows from it.
struct Configuration {
    let store: StoreURL
    let prefix: String
    let host: String
    let level: Logger.Level
    /// Where the journal is, and how many bytes it may take; nil where none is kept.
    private let journalPlace: (directory: String, size: Int)?
    let clients: ClientAddress
    /// The host that log lines and spans are exported as of; nil where none are.
    let exportHost: String?
    private let otlp: OTLPSettings
    private let resource: Resource
    private let settings: Settings
    private let hasFaults: Bool

    /// A sentence for each setting that is wrong.
    let problems: [String]
    /// What is worth a warning at start.
    let warnings: [Advice]

    init(_ environment: Settings = .ofProcess) {
        var settings = environment
        store = settings.secretValue(
            "DRAGONFLY_URL", default: StoreURL(endpoint: .tcp(host: "127.0.0.1", port: 6379)), remedy: StoreURL.syntax,
            parse: StoreURL.init)
        prefix = settings.string("CHIMNEY_PREFIX") ?? "chimney:"
        host = settings.string("CHIMNEY_HOST") ?? Self.hostName
        level = settings.value(
            "LOG_LEVEL", default: .info, remedy: "is no log level; set one of \(Logger.Level.names)",
            parse: { Logger.Level(name: $0) })
        let megabytes = settings.integer("CHIMNEY_JOURNAL_SIZE", default: 256, in: 16...32_768)
        let directory = settings.value(
            "CHIMNEY_JOURNAL_DIR", default: "", remedy: "is no absolute path; set for example /var/lib/chimney/journal",
            parse: { $0.hasPrefix("/") ? $0 : nil })
        journalPlace = directory.isEmpty ? nil : (directory, megabytes << 20)
        clients = settings.value(
            "TRUSTED_PROXIES", default: ClientAddress(trusted: []),
            remedy: "is not a list of addresses and ranges; set for example 127.0.0.1,10.0.0.0/8",
            parse: { ClientAddress(list: $0) })
        _ = settings.value(
            "GITHUB_REPO", default: "", remedy: "is not a repository; set it as owner/name",
            parse: { Self.isRepository($0) ? $0 : nil })
        otlp = OTLPSettings(&settings)
        resource = Resource(&settings, version: Version.current, host: host)
        exportHost = otlp.usesOutbox ? resource.host : nil
        hasFaults = settings.bool("CHIMNEY_FAULTS", default: false)
        // What the capabilities read is checked by building their routes.
        _ = Self.capabilities(
            &settings, prefix: prefix, host: Host(name: host, board: nil, roles: []), hasFaults: hasFaults)
        self.settings = settings
        problems = settings.problems
        warnings = Advice.all(&settings)
    }

    /// The journal of this host, for one process; nil where none is kept.
    var journal: Journal? { journalPlace.map { Journal(directory: $0.directory, size: $0.size) } }

    /// What is brought back from it.
    static let restorers = [Deploys.restorer, Queue.restorer]

    /// Tells this build's table of routes, and what it counts, from those of another.
    var fingerprint: UInt64 { Catalogue(routes: capabilities(board: nil, roles: []).table.templates).fingerprint }

    /// What the capabilities are made of.
    struct Capabilities {
        /// The table of all routes.
        let table: RouteTable
        /// The window into the program.
        let operations: Operations
        /// The agent's part.
        var tasks: [any AgentTask]
    }

    /// The capabilities, for a process of this host's pool.
    func capabilities(board: Scoreboard?, roles: [String]) -> Capabilities {
        var settings = settings
        var capabilities = Self.capabilities(
            &settings, prefix: prefix, host: Host(name: host, board: board, roles: roles), hasFaults: hasFaults)
        let operations = capabilities.operations
        if let journal { capabilities.tasks.append(RestoreTask(journal, restorers: Self.restorers)) }
        capabilities.tasks += Export.tasks(otlp, resource: resource, host: host) { operations.families(from: $0) }
        return capabilities
    }

    /// Where telemetry is exported to.
    var exporters: [(signal: Signal, exporter: OTLPSettings.Exporter)] {
        Signal.allCases.compactMap { signal in otlp[signal].map { (signal, $0) } }
    }

    /// What a runner needs to know, and a sentence for each setting that is wrong for one.
    func runnerSettings() -> (RunnerSettings, problems: [String]) {
        var settings = settings
        let runner = RunnerSettings(settings: &settings, host: host, prefix: prefix)
        return (runner, settings.problems)
    }

    private static func capabilities(
        _ settings: inout Settings, prefix: String, host: Host, hasFaults: Bool
    ) -> Capabilities {
        let deploys = Deploys(settings: &settings, prefix: prefix)
        let deployCounter = CounterHash(
            name: "chimney_deploy_events_total", help: "Deploy events accepted, by outcome.", key: Deploys.counter.key,
            label: "outcome", labels: Deploys.counter.outcomes)
        let github = GitHub(settings: &settings, userAgent: Version.userAgent, hasAgent: host.hasPool)
        let cache = Contribution(
            gauges: { github.gauges(from: $0) }, cacheHealth: { github.writeCacheHealth(of: $0, to: &$1) },
            upstreamHealth: { github.writeUpstreamHealth(of: $0, to: &$1) })
        let queue = Queue(settings: &settings, userAgent: Version.userAgent)
        let queueMetrics = Contribution(gauges: { queue.families(from: $0) })
        let deployer = Deployer(settings: &settings)
        let names = CatalogueOfRoutes()
        let operations = Operations(
            settings: &settings, host: host, version: Version.current,
            contributions: [Contribution(counters: [deployCounter]), cache, queueMetrics],
            catalogue: { names.catalogue }, openAPI: { openAPI })
        let table = RouteTable(
            deploys.routes + github.routes + queue.routes + deployer.routes + operations.routes + [Hold.route]
                + (hasFaults ? Faults.routes : []))
        names.catalogue = Catalogue(routes: table.templates)
        return Capabilities(
            table: table, operations: operations,
            tasks: deploys.tasks(host: host.name) + github.tasks(host: host.name) + queue.tasks
                + operations.tasks)
    }

    /// The description of all routes but that of the front end, and those that break on purpose.
    static let openAPI = OpenAPI(
        version: Version.current,
        parts: [Deploys.openAPI, Queue.openAPI, Deployer.openAPI, GitHub.openAPI, Operations.openAPI])

    /// The table's own names, for the routes that show them.
    private final class CatalogueOfRoutes {
        var catalogue = Catalogue(routes: [])
    }

    private static func isRepository(_ text: String) -> Bool {
        let parts = text.split(separator: "/", omittingEmptySubsequences: false)
        return parts.count == 2 && parts.allSatisfy { !$0.isEmpty && $0.utf8.allSatisfy(\.isNameByte) }
    }

    private static var hostName: String {
        var name = [CChar](repeating: 0, count: 256)
        guard gethostname(&name, name.count - 1) == 0 else { return "localhost" }
        return String(decoding: name.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }
}
