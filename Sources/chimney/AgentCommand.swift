import Agent
import ArgumentParser
import Essentials
import FastCGI
import Telemetry

/// `chimney agent`
struct AgentCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "agent",
        abstract: "Run an agent without a supervisor, until SIGTERM.",
        discussion: """
            The agent does what is done beside the requests: it reports on its host, and makes all calls to other servers. \
            `chimney pool` has one already.
            """)

    func run() throws {
        let configuration = try Configuration.checked()
        do {
            let board = try Scoreboard(slots: 1)
            guard let slot = board.take() else { return }
            let process = Process(configuration, slot: slot, board: board, roles: ["agent"])
            LogBackend.recorder = process.recorder
            try process.agent(slot: slot, board: board).run()
        } catch {
            Console.error("\(error)")
            throw ExitCode(71)
        }
    }
}

extension Process {
    /// The agent of this process.
    func agent(slot: Slot, board: Scoreboard) throws -> Agent {
        try Agent(
            slot: slot, board: board, store: store, recorder: recorder, userAgent: "chimney/\(Version.current)",
            tasks: tasks)
    }
}
