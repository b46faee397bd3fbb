import Deploys
import Essentials
import Queue

/// What a runner is told by its environment.
public struct RunnerSettings {
    /// The name of its host, as the services file and `CHIMNEY_HOST` have it.
    let host: String
    /// Where it keeps what it needs while it runs.
    let directory: String
    /// The services.
    let services: ServicesFile?
    let deploys: DeployReporter
    let queue: QueueReporter
    /// Where programs are looked for.
    private let path: String

    /// Reads `DEPLOY_SERVICES_FILE`, `CHIMNEY_RUNNER_DIR`, and the settings of what it reports to.
    public init(settings: inout Settings, host: String, prefix: String) {
        self.host = host
        directory = settings.value(
            "CHIMNEY_RUNNER_DIR", default: Runner.defaultDirectory,
            remedy: "is no absolute path; set one that the runner may write to",
            parse: { $0.hasPrefix("/") ? $0 : nil })
        services = ServicesFile.read(&settings)
        if services == nil, settings.string("DEPLOY_SERVICES_FILE") == nil {
            settings.reject(
                "DEPLOY_SERVICES_FILE",
                "is not set; name the file that describes the services, such as /etc/chimney/services.json")
        }
        deploys = DeployReporter(settings: &settings, prefix: prefix)
        queue = QueueReporter(settings: &settings)
        path = settings.string("PATH") ?? ""
    }
}

extension RunnerSettings {
    /// What of the services file is wrong as far as this host can tell.
    public func problemsOfHost() -> [String] {
        services.map { HostCheck.problems(of: $0, on: host, path: path) } ?? []
    }

    /// What is worth a warning at start.
    public var warnings: [String] {
        let isSwitched = ownServices.contains { if case .blueGreen = $0.strategy { true } else { false } }
        return isSwitched ? [Upstream.advice].compactMap { $0 } : []
    }

    /// Whether a service of this host is deployed by docker, and not by a script of the operator's.
    public var needsDocker: Bool {
        ownServices.contains { if case .script = $0.strategy { false } else { true } }
    }

    private var ownServices: [Service] {
        (services.map { Array($0.services.values) } ?? []).filter { $0.hosts.contains(host) }
    }

    /// What a check shows where all is well.
    public var summary: String {
        let own = ownServices.map(\.name).sorted()
        return "All is well: \(host) runs \(own.isEmpty ? "no service" : own.joined(separator: ", "))."
    }
}

extension Service {
    /// Milliseconds that a deployment may take on a host, all limits together.
    var budget: Int64 {
        let drain: Int
        if case .blueGreen(let sides) = strategy { drain = sides.drain } else { drain = 0 }
        return Int64(limits.pull + limits.script + 10 * limits.command + 2 * health.limit + drain + 60) * 1000
    }
}
