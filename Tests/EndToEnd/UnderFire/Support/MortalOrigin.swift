import Foundation
import TestSupport

/// An origin that deploys, each of whose processes may die: somebody else holds its sockets, and starts its pool and its
/// runner again, as systemd does.
final class MortalOrigin: @unchecked Sendable {
    /// Who may die.
    enum Role: String, CaseIterable { case worker, streamer, agent, runner, supervisor }

    let store: TestStore
    let github: FakeGitHub
    let docker: FakeDocker
    let caddy: CaddyServer
    let http: HTTPClient
    /// Where the journal and the cache's files are.
    let files: TemporaryDirectory

    private let sockets: [HeldSocket]
    private let settings: [String: String]
    private let runner: RunnerProcess
    private let workers: Int
    private let lock = NSLock()
    private var supervisor: ChildProcess
    private var logs: [ChildProcess] = []
    /// When each process that was seen began: numbers are given again.
    private var seen: [pid_t: Substring] = [:]

    init(workers: Int = 4) throws {
        self.workers = workers
        files = try TemporaryDirectory()
        store = try TestStore()
        github = try FakeGitHub(token: CachingSettings.githubToken)
        docker = try FakeDocker()
        let services = try files.write(
            "services.json",
            DeployOrigin.swap(docker, health: #""limit_s":20,"interval_s":1,"successes":1,"start_period_s":0"#))
        let shared = store.environment.merging([
            "CHIMNEY_JOURNAL_DIR": files.file("journal"), "CHIMNEY_HOST": "host-1",
        ]) { $1 }
        settings = CachingSettings.environment(github).merging(Traffic.environment) { $1 }.merging(shared) { $1 }
            .merging([
                "CHIMNEY_CACHE_DIR": files.file("cache"), "WEBHOOK_SECRET": DeployOrigin.secret,
                // The ring of events is to hold what a stream misses while nobody keeps it.
                "DEPLOY_SERVICES_FILE": services, "QUEUE_EVENTS": "false",
            ]) { $1 }
        sockets = [try HeldSocket("pool.sock"), try HeldSocket("pool-streamer.sock")]
        supervisor = try Self.start(sockets, workers, settings)
        caddy = try CaddyServer(socket: sockets[0].path, streamSocket: sockets[1].path)
        http = HTTPClient(.port(caddy.port))
        runner = try RunnerProcess(host: "host-1", docker: docker, services: services, environment: shared)
        logs = [supervisor, runner.process]
        guard isWhole() else { throw TestSupportError("The pool does not come up: \(log.suffix(1000))") }
    }

    private static func start(
        _ sockets: [HeldSocket], _ workers: Int, _ settings: [String: String]
    ) throws -> ChildProcess {
        // The number of a process is known to itself first.
        let command = "export LISTEN_PID=$$ LISTEN_FDS=2; exec \"$@\""
        return try ChildProcess(
            "sh", ["-c", command, "sh", Binary.path, "pool", "--workers", String(workers)], environment: settings,
            descriptors: [3: sockets[0].descriptor, 4: sockets[1].descriptor])
    }

    /// What all pools and runners have logged.
    var log: String { lock.withLock { logs }.map(\.errors).joined() }

    /// The processes of a role.
    func processes(_ role: Role) -> [pid_t] {
        let (pool, runner) = lock.withLock { (supervisor, self.runner.process) }
        let found: [pid_t] =
            switch role {
            case .supervisor: pool.isRunning ? [pool.pid] : []
            case .runner: runner.isRunning ? [runner.pid] : []
            case .worker, .streamer, .agent: PoolProcess.children(of: pool.pid, role.rawValue)
            }
        for pid in found {
            let began = beginning(of: pid)
            lock.withLock { seen[pid] = began }
        }
        return found
    }

    /// The processes that were seen and are not what there should be, though they have not ended.
    var leftovers: [pid_t] {
        let current = Set(Role.allCases.flatMap(processes))
        return lock.withLock { seen }.compactMap { pid, began in
            !current.contains(pid) && isAlive(pid) && beginning(of: pid) == began ? pid : nil
        }
    }

    /// Starts pool and runner again, if they have ended.
    func revive() throws {
        let (pool, runner) = lock.withLock { (supervisor, self.runner.process) }
        if !pool.isRunning {
            let next = try Self.start(sockets, workers, settings)
            lock.withLock {
                supervisor = next
                logs.append(next)
            }
        }
        if !runner.isRunning {
            try self.runner.startSuccessor(waitingUntilReady: false)
            lock.withLock { logs.append(self.runner.process) }
        }
    }

    /// Waits until all processes are there and at rest, and none besides.
    func isWhole() -> Bool {
        eventually(within: 60) {
            guard let status = try? http.get("/api/pool/status").json else { return false }
            let states = (status.workers?.list ?? []).compactMap(\.state?.text)
            return states.count == workers && Set(states).isSubset(of: ["idle", "handling", "flushing", "writing"])
                && Role.allCases.allSatisfy { processes($0).count == ($0 == .worker ? workers : 1) }
                && leftovers.isEmpty
        }
    }

    /// Makes a signed call, and waits for no outcome.
    func call(_ body: String) throws -> HTTPAnswer {
        let fields = [
            ("Content-Type", "application/json"), ("X-Hub-Signature-256", DeployOrigin.signature(body)),
            ("Prefer", "respond-async"),
        ]
        return try http.request("POST", "/deploy", fields, body: Array(body.utf8))
    }

    func stop() {
        github.release()
        lock.withLock { supervisor }.terminate()
        caddy.stop()
        runner.stop()
        docker.stop()
        github.stop()
        store.clear()
        store.server?.stop()
    }
}

/// Runs a test with one, which ends with it.
func withMortalOrigin(workers: Int = 4, _ body: @Sendable (MortalOrigin) async throws -> Void) async throws {
    try await withTaskExecutorPreference(BlockingExecutor.shared) {
        let origin = try MortalOrigin(workers: workers)
        defer { origin.stop() }
        try await body(origin)
    }
}
