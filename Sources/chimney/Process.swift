import Agent
import Dragonfly
import Essentials
import FastCGI
import Glibc
import HTTPTypes
import Logging
import Telemetry
import Web

/// Puts a process together: store, telemetry, routes and tasks.
struct Process {
    let application: Application
    let recorder: Recorder
    let store: Store
    let tasks: [any AgentTask]

    /// A process that has `slot`.
    ///
    /// - Parameter board: the board of its pool, nil without one.
    init(_ configuration: Configuration, slot: Slot, board: Scoreboard?, roles: [String]) {
        let capabilities = configuration.capabilities(board: board, roles: roles)
        let table = capabilities.table
        tasks = capabilities.tasks
        store = Store(url: configuration.store, prefix: configuration.prefix)
        recorder = Recorder(
            catalogue: Catalogue(routes: table.templates), slot: slot, board: board, store: store,
            host: configuration.host, level: configuration.level, exportHost: configuration.exportHost, roles: roles)
        application = Application(
            table: table, store: store, recorder: recorder, failures: FailureLimit(clients: configuration.clients),
            slot: slot)
    }

    /// Answers one request that needs no store. Shows that the build can serve, and leaves what every worker needs in
    /// memory that all of them share. Returns what is wrong, nil if nothing is.
    static func rehearse(_ configuration: Configuration) -> String? {
        let process = Process(configuration, slot: .unshared(), board: nil, roles: [])
        let request = Request(
            environment: Environment(["REQUEST_METHOD": "GET", "PATH_INFO": "/health"]), body: RequestBody())
        let response = process.application.respond(to: request)
        process.application.willSend(response)
        return response.status == .ok ? nil : "GET /health is answered with \(response.status.code)"
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
