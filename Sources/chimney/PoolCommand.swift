import ArgumentParser
import Essentials
import FastCGI
import Logging
import Telemetry
import Tracing

import Glibc

/// `chimney pool`
struct PoolCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "pool",
        abstract: "Run the supervisor, its workers and its agent.",
        discussion: """
            SIGTERM and SIGINT: finish what is in flight, within 30 s, and end. SIGHUP: go on with the program as it is now \
            at its path, and with the files of secrets as they are now, without a lost request and under the same \
            process id; a build that cannot start changes nothing. Other settings come from the environment, so they take \
            a restart.
            """)

    @OptionGroup var listening: ListenOptions

    @Option(help: "Worker processes; each serves one request at a time. (default: 4 per core, at least 8)")
    var workers: Int?

    @Option(help: "A worker is replaced after so many requests; 0 for never.")
    var maxRequests = 100_000

    @Option(help: "Seconds until a request has to be answered; then its worker is ended.")
    var requestTimeout = 60

    @Flag(
        help:
            "Check the settings and answer a request without a store, then exit: 0 if all is well, 78 if a setting is wrong."
    )
    var check = false

    func validate() throws {
        if let workers, !(1...4096).contains(workers) { throw ValidationError("--workers has to be 1 to 4096.") }
        guard maxRequests >= 0 else { throw ValidationError("--max-requests has to be 0 or more.") }
        guard (1...3600).contains(requestTimeout) else {
            throw ValidationError("--request-timeout has to be 1 to 3600 seconds.")
        }
    }

    func run() throws {
        let reload = Reload(
            arguments: CommandLine.arguments.count > 1 ? CommandLine.arguments : CommandLine.arguments + ["pool"])
        let configuration = try Configuration.checked()
        if let problem = Process.rehearse(configuration) {
            Console.error(problem)
            throw ExitCode(70)
        }
        if check { return }

        let logger = Logger(label: "pool")
        for warning in configuration.warnings { logger.warning("\(warning)") }
        do {
            let listener = try reload.listeners?.first ?? listening.open()
            let roles = Self.roles(
                configuration, listener: listener, count: workers ?? Self.defaultWorkers, limit: maxRequests)
            let pool = try Pool(
                roles: roles, listeners: [listener], limits: Pool.Limits(request: requestTimeout),
                fingerprint: configuration.fingerprint, reload: reload,
                log: { logger.log(level: $0.level, "\($1)") })
            pool.run()
        } catch let error as PoolError {
            Console.error("\(error)")
            throw ExitCode(71)
        }
    }

    /// Every kind of process that the pool has.
    private static func roles(
        _ configuration: Configuration, listener: Listener, count: Int, limit: Int
    ) -> [Pool.Role] {
        let names = ["worker", "agent"]
        return [
            Pool.Role(name: names[0], count: count) { slot, board in
                let process = Process(configuration, slot: slot, board: board, roles: names)
                LogBackend.recorder = process.recorder
                process.recorder.reportPredecessor()
                let worker = Worker(listener: listener, slot: slot, requestLimit: limit == 0 ? nil : limit)
                try worker.run(process.application)
            },
            Pool.Role(name: names[1], count: 1, steadyAfter: 2, endsLast: true) { slot, board in
                let process = Process(configuration, slot: slot, board: board, roles: names)
                LogBackend.recorder = process.recorder
                process.recorder.reportPredecessor()
                try process.agent(slot: slot, board: board).run()
            },
        ]
    }

    private static var defaultWorkers: Int {
        max(8, 4 * max(1, Int(sysconf(Int32(_SC_NPROCESSORS_ONLN)))))
    }
}

/// `chimney worker`
struct WorkerCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "worker",
        abstract: "Run one worker without a supervisor, for process managers that start processes themselves.")

    @OptionGroup var listening: ListenOptions

    func run() throws {
        let configuration = try Configuration.checked()
        do {
            let board = try Scoreboard(slots: 1)
            guard let slot = board.take() else { return }
            let process = Process(configuration, slot: slot, board: board, roles: ["worker"])
            LogBackend.recorder = process.recorder
            let listener = try listening.open()
            try Worker(listener: listener, slot: slot).run(process.application)
            listener.retire()
        } catch {
            Console.error("\(error)")
            throw ExitCode(71)
        }
    }
}

/// Where to listen.
struct ListenOptions: ParsableArguments {
    @Option(
        help: """
            A unix socket's path, or HOST:PORT. A socket that the process is started with (systemd, spawn-fcgi) is used \
            instead of it.
            """)
    var listen = "/run/chimney/chimney.sock"

    @Option(help: "Permissions of the unix socket, in octal.")
    var socketMode = "0660"

    func validate() throws {
        guard ListenAddress(listen) != nil else {
            throw ValidationError("--listen has to be a path of at most 107 bytes, or HOST:PORT.")
        }
        guard let mode = mode_t(socketMode, radix: 8), mode <= 0o777 else {
            throw ValidationError("--socket-mode has to be octal permissions such as 0660.")
        }
    }

    /// The inherited socket, else one of our own.
    func open() throws(PoolError) -> Listener {
        var environment: [String: String] = [:]
        for name in ["LISTEN_FDS", "LISTEN_PID", "LISTEN_FDNAMES"] {
            environment[name] = getenv(name).map { String(cString: $0) }
        }
        if let inherited = Listener.inherited(name: "worker", environment: environment) { return inherited }
        guard let address = ListenAddress(listen), let mode = mode_t(socketMode, radix: 8) else {
            throw .configuration("--listen \(listen) is no address")
        }
        return try Listener.open(address, mode: mode)
    }
}

extension Pool.Severity {
    fileprivate var level: Logger.Level {
        switch self {
        case .notice: .notice
        case .warning: .warning
        case .error: .error
        }
    }
}

/// Messages for whoever started the program by hand.
enum Console {
    static func error(_ message: String) {
        let text = Array("chimney: \(message)\n".utf8)
        _ = text.withUnsafeBytes { write(STDERR_FILENO, $0.baseAddress, $0.count) }
    }
}

extension Configuration {
    /// Makes what any library logs and traces end where chimney's own does.
    static func bootstrap() {
        LoggingSystem.bootstrap { LogBackend(label: $0) }
        InstrumentationSystem.bootstrap(RecordingTracer())
    }

    /// The configuration, or an end with status 78 (EX_CONFIG of sysexits.h) after naming all that is wrong with it.
    static func checked() throws -> Configuration {
        bootstrap()
        let configuration = Configuration()
        guard configuration.problems.isEmpty else {
            for problem in configuration.problems { Console.error(problem) }
            throw ExitCode(78)
        }
        return configuration
    }
}
