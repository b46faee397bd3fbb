import Agent
import ArgumentParser
import Deployer
import Dragonfly
import Essentials
import FastCGI
import Glibc
import HTTPClient
import HTTPTypes
import Logging
import Telemetry
import Web

/// Puts a process together: store, telemetry, routes and tasks.
struct Process {
    let application: Application
    let recorder: Recorder
    private let store: Store
    private let slot: Slot
    private let board: Scoreboard?
    private let tasks: [any AgentTask]

    /// A process that has `slot`.
    ///
    /// - Parameters:
    ///   - board: the board of its pool, nil without one.
    ///   - roles: the names of the pool's roles, in the order of their indexes.
    ///   - isRehearsal: whether it leaves the store alone.
    ///   - needsJournal: whether durable writes are refused where the journal cannot be written.
    init(
        _ configuration: Configuration, slot: Slot, board: Scoreboard?, roles: [String], isRehearsal: Bool = false,
        needsJournal: Bool = true
    ) {
        self.slot = slot
        self.board = board
        let capabilities = configuration.capabilities(board: board, roles: roles)
        let table = capabilities.table
        tasks = capabilities.tasks
        store = Store(
            url: configuration.store, prefix: configuration.prefix, journal: configuration.journal,
            needsJournal: needsJournal, tellsTime: true)
        recorder = Recorder(
            catalogue: Catalogue(routes: table.templates), slot: slot, board: board, store: store,
            host: configuration.host, level: configuration.level, exportHost: configuration.exportHost, roles: roles)
        application = Application(
            table: table, store: store, recorder: recorder, failures: FailureLimit(clients: configuration.clients),
            slot: slot, level: isRehearsal ? nil : LevelSetting(store: store, recorder: recorder), board: board)
    }

    /// Answers one request after the other, until it is asked to stop.
    ///
    /// - Throws: `PoolError` if it cannot begin.
    func serve(_ listener: Listener, requestLimit: Int? = nil) throws(PoolError) {
        begin()
        let logger = Logger(label: "worker")
        try Worker(listener: listener, slot: slot, requestLimit: requestLimit, log: { logger.warning("\($0)") })
            .run(application)
    }

    /// Answers all clients that have to wait, until it is asked to stop.
    ///
    /// - Parameter capacity: how many may wait at once.
    /// - Throws: `PoolError` if it cannot begin.
    func serveStreams(_ listener: Listener, capacity: Int) throws(PoolError) {
        begin()
        let logger = Logger(label: "streamer")
        if let limit = StreamServer.raiseDescriptorLimit(for: capacity) {
            logger.warning(
                """
                at most \(limit) open files are allowed, too few for --max-held \(capacity): allow \
                \(StreamServer.descriptors(for: capacity)) (LimitNOFILE= of systemd), or keep fewer clients
                """)
        }
        let server = try StreamServer(
            listener: listener, slot: slot, capacity: capacity, log: { logger.warning("\($0)") })
        try server.run(Streamer(application: application, store: store, capacity: capacity, host: recorder.host))
    }

    /// Does what is to be done besides, until it is asked to stop.
    ///
    /// - Throws: `PoolError` or `HTTPSession.Unavailable` if it cannot begin.
    func work() throws {
        guard let board else { return }
        begin()
        let agent = try Agent(
            slot: slot, board: board, store: store, recorder: recorder, userAgent: Version.userAgent,
            tasks: tasks)
        try agent.run()
    }

    /// Carries out the deployments of this host, until it is asked to stop.
    ///
    /// - Throws: `RightLost` where it has to be started anew; whatever else keeps it from its work.
    func carryOut(_ settings: RunnerSettings) throws {
        begin()
        let signals = try Signals(slot: slot)
        defer { withExtendedLifetime(signals) {} }
        let logger = Logger(label: "runner")
        for warning in settings.problemsOfHost() + settings.warnings { logger.warning("\(warning)") }
        let runner = try Runner(
            settings, store: store, recorder: recorder, userAgent: Version.userAgent, manager: ServiceManager())
        try runner.run()
    }

    /// From here on the process speaks for itself, and first for who had its slot before.
    private func begin() {
        LogBackend.recorder = recorder
        recorder.reportPredecessor()
    }

    /// Runs a process without a supervisor.
    ///
    /// - Throws: `ExitCode` after telling what is wrong.
    static func runAlone(
        _ configuration: Configuration? = nil, role: String, needsJournal: Bool = true, body: (Process) throws -> Void
    ) throws {
        let configuration = try configuration ?? Configuration.checked()
        do {
            let board = try Scoreboard(slots: 1)
            guard let slot = board.take() else { return }
            let process = Process(configuration, slot: slot, board: board, roles: [role], needsJournal: needsJournal)
            try body(process)
        } catch let lost as RightLost {
            throw lost
        } catch {
            Console.error("\(error)")
            throw ExitCode(71)
        }
    }

    /// Answers requests that need no store. Shows that the build can serve, and leaves what every worker needs in memory
    /// that all of them share. Returns what is wrong, nil if nothing is.
    static func rehearse(_ configuration: Configuration) -> String? {
        let process = Process(configuration, slot: .unshared(), board: nil, roles: [], isRehearsal: true)
        for path in ["/health", "/api/openapi.json"] {
            let request = Request(
                environment: Environment(["REQUEST_METHOD": "GET", "PATH_INFO": path]), body: RequestBody())
            let response = process.application.respond(to: request)
            process.application.willSend(response)
            guard response.status == .ok else { return "GET \(path) is answered with \(response.status.code)" }
        }
        return nil
    }

    /// Opens the library by which the agent makes calls. Returns what is wrong, nil if nothing is. For a process that
    /// does not fork afterwards.
    static func rehearseCalls() -> String? {
        do throws(HTTPSession.Unavailable) {
            _ = try HTTPSession(userAgent: "")
            return nil
        } catch {
            return "the agent cannot start: \(error)"
        }
    }
}

/// `chimney` as a CGI program.
enum CGIProgram {
    static func run() -> Never {
        let configuration = Configuration()
        Configuration.bootstrap()
        let logger = Logger(label: "chimney")
        for problem in configuration.problems { logger.critical("\(problem)") }
        guard configuration.problems.isEmpty else {
            print("Status: 500 Internal Server Error\r\nContent-Type: \(MediaType.problem)\r\n\r")
            let detail = "The server is misconfigured; its error log says how."
            let body = JSONWriter.object { json in
                json.member("type", "about:blank")
                json.member("title", "Internal Server Error")
                json.member("status", 500)
                json.member("detail", detail)
            }
            print(String(decoding: body, as: UTF8.self))
            exit(78)
        }
        let slot = Slot.unshared()
        let process = Process(configuration, slot: slot, board: nil, roles: [])
        LogBackend.recorder = process.recorder
        CGI.run(process.application, slot: slot)
        exit(0)
    }
}
