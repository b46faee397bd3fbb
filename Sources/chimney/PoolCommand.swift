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
        abstract: "Run the supervisor, its workers, its streamer and its agent.",
        discussion: """
            SIGTERM and SIGINT: finish what is in flight, within 30 s, and end. SIGHUP: go on with the program as it is now \
            at its path, and with the files of secrets as they are now, without a lost request and under the same \
            process id; a build that cannot start changes nothing. Other settings come from the environment, so they take \
            a restart.
            """)

    @OptionGroup var listening: ListenOptions

    @Option(
        help: """
            Where the streamer listens, as --listen has it. (default: beside the socket of --listen if that is a path of \
            our own; else there is no streamer, and workers answer streams in parts)
            """)
    var streamListen: String?

    @OptionGroup var streaming: StreamOptions

    @Option(help: "Worker processes; each serves one request at a time. (default: 4 per core, at least 8)")
    var workers: Int?

    @Option(help: "A worker is replaced after so many requests; 0 for never.")
    var maxRequests = 100_000

    @Option(help: "Seconds until a request has to be answered; then its worker is ended.")
    var requestTimeout = 60

    @Flag(
        help:
            """
            Check the settings, answer a request without a store and look for libcurl, then exit: 0 if all is well, \
            78 if a setting is wrong, 70 if something else is.
            """
    )
    var check = false

    func validate() throws {
        if let workers, !(1...4096).contains(workers) { throw ValidationError("--workers has to be 1 to 4096.") }
        if let streamListen, ListenAddress(streamListen) == nil {
            throw ValidationError("--stream-listen has to be a path of at most 107 bytes, or HOST:PORT.")
        }
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
        if check {
            // Not in the supervisor, which forks: it keeps clear of libcurl.
            if let problem = Process.rehearseCalls() {
                Console.error(problem)
                throw ExitCode(70)
            }
            return
        }

        let logger = Logger(label: "pool")
        for warning in configuration.warnings { logger.warning("\(warning.text)") }
        do {
            let listeners = try openListeners(reload)
            if listeners.count < 2 {
                logger.notice("there is no socket for a streamer: workers answer streams in parts")
            }
            let pool = try Pool(
                roles: roles(configuration, listeners), listeners: listeners,
                limits: Pool.Limits(request: requestTimeout), fingerprint: configuration.fingerprint, reload: reload,
                manager: ServiceManager(), log: { logger.log(level: $0.level, "\($1)") })
            pool.run()
        } catch {
            Console.error("\(error)")
            throw ExitCode(71)
        }
    }

    /// The workers' socket, and the streamer's if there is one: those of the supervisor before this one, else new ones.
    private func openListeners(_ reload: Reload) throws(PoolError) -> [Listener] {
        var listeners = reload.listeners ?? []
        if listeners.isEmpty { listeners.append(try listening.open()) }
        do {
            if listeners.count == 1, let stream = try openStreamListener(beside: listeners[0]) {
                listeners.append(stream)
            }
        } catch {
            listeners[0].retire()
            throw error
        }
        return listeners
    }

    private func openStreamListener(beside main: Listener) throws(PoolError) -> Listener? {
        if let inherited = Listener.named(ListenOptions.streamer, environment: ListenOptions.inheritance) {
            return inherited
        }
        guard let address = streamListen.flatMap({ ListenAddress($0) }) ?? main.own?.beside(ListenOptions.streamer)
        else { return nil }
        return try Listener.open(address, mode: listening.mode)
    }

    /// Every kind of process that the pool has, in an order that does not change: a slot knows its role by the index.
    private func roles(_ configuration: Configuration, _ listeners: [Listener]) -> [Pool.Role] {
        let names = ["worker", "streamer", "agent"]
        let limit = maxRequests == 0 ? nil : maxRequests
        let capacity = streaming.maxHeld
        return [
            Pool.Role(name: names[0], count: workers ?? Self.defaultWorkers, listener: 0) { slot, board in
                let process = Process(configuration, slot: slot, board: board, roles: names)
                try process.serve(listeners[0], requestLimit: limit)
            },
            Pool.Role(name: names[1], count: listeners.count > 1 ? 1 : 0, listener: 1, steadyAfter: 2) { slot, board in
                let process = Process(configuration, slot: slot, board: board, roles: names)
                try process.serveStreams(listeners[1], capacity: capacity)
            },
            Pool.Role(name: names[2], count: 1, steadyAfter: 2, endsLast: true) { slot, board in
                try Process(configuration, slot: slot, board: board, roles: names).work()
            },
        ]
    }

    private static var defaultWorkers: Int {
        max(8, 4 * max(1, Int(sysconf(Int32(_SC_NPROCESSORS_ONLN)))))
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
        StandardError.waitsForNobody()
        LoggingSystem.bootstrap { LogBackend(label: $0) }
        InstrumentationSystem.bootstrap(RecordingTracer())
    }

    /// The configuration, or an end with status 78 (EX_CONFIG of sysexits.h) after naming all that is wrong with it.
    static func checked(_ settings: Settings = .ofProcess) throws -> Configuration {
        bootstrap()
        let configuration = Configuration(settings)
        guard configuration.problems.isEmpty else {
            for problem in configuration.problems { Console.error(problem) }
            throw ExitCode(78)
        }
        return configuration
    }
}
