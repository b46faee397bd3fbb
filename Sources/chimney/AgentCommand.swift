import ArgumentParser

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
        try Process.runAlone(role: "agent") { process in try process.work() }
    }
}
