import Essentials
import FastCGI
import HTTPTypes
import Queue
import Telemetry
import Web

/// Deployments that chimney carries out itself: the calls for them, and what has become of them. The work is the runner's.
public struct Deployer {
    /// What the paths of the routes begin with.
    static let mount = "/deploy"
    /// Milliseconds for which a client is kept waiting for the outcome.
    static let waitLimit: Int64 = 3_600_000

    /// The services that can be deployed; nil where no file names any.
    let services: ServicesFile?
    let queue: QueueReporter
    private let callers: Authentication
    private let readers: Authentication

    /// Reads its settings: `WEBHOOK_SECRET`, `DEPLOY_SERVICES_FILE`, `LOGS_TOKEN`, and those of `QueueReporter`.
    public init(settings: inout Settings) {
        services = ServicesFile.read(&settings)
        queue = QueueReporter(settings: &settings)
        callers = .signature(Signature(settings.secrets("WEBHOOK_SECRET")))
        let secrets = settings.secrets("LOGS_TOKEN")
        readers = secrets.isEmpty ? .open : .bearer(Bearer(secrets))
    }

    /// The routes.
    public var routes: [Route] {
        [
            Route(.post, Self.mount, authentication: callers, body: .json, handler: deploy),
            Route(.post, "\(Self.mount)/rollback", authentication: callers, body: .json, handler: rollBack),
            Route(.get, Self.mount, authentication: readers, handler: list),
            Route(.get, "\(Self.mount)/{id}", authentication: readers, handler: show),
            Route(.get, "\(Self.mount)/{id}/log", authentication: readers, handler: streamLog),
        ]
    }
}

extension EventType {
    /// A deployment that chimney carries out has got further.
    static let deployment = EventType("deployment")
}

extension Job {
    /// Writes what an event tells of it.
    func writeEvent(to json: inout JSONWriter) {
        json.member("id", id)
        json.member("service", service)
        json.member("host", host)
        json.member("state", state.rawValue)
        json.member("phase", phase.rawValue)
    }

    /// What its callers are answered.
    ///
    /// - Parameter log: its log.
    func response(log: JobLog, status: HTTPResponse.Status? = nil) -> Response {
        let code = self[.status].flatMap { Int($0) } ?? HTTPResponse.Status.ok.code
        return .json(
            JSONWriter.object(capacity: 4096) { write(to: &$0, log: log) },
            status: status ?? HTTPResponse.Status(code: code))
    }
}
