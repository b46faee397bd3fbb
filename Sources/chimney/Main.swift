import ArgumentParser
import CPosix
import Essentials
import FastCGI
import Glibc

/// Looks around before it parses a command line: a web server starts a CGI program, and spawn-fcgi a pool, without
/// arguments.
@main
enum Main {
    static func main() {
        // Secrets are in the memory of each process, and dumps of it in files for years. Whoever has handlers for what would
        // leave one says so later.
        chimney_set_dumpable(false)
        if CGI.isRequested { CGIProgram.run() }
        if CommandLine.arguments.count == 1, Listener.isListening(0) { Chimney.main(["pool"]) }
        Chimney.main()
    }
}

/// The command line.
struct Chimney: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "chimney",
        abstract: "The deploy and observability backend of an origin server, behind Caddy over FastCGI.",
        discussion: """
            Started by a web server as a CGI program (GATEWAY_INTERFACE is set), it answers that one request. Started with \
            a listening socket as descriptor 0 (spawn-fcgi), it runs the pool. Settings come from the environment; \
            README.md lists them.
            """,
        version: Version.current,
        subcommands: [
            PoolCommand.self, WorkerCommand.self, StreamerCommand.self, AgentCommand.self, RunnerCommand.self,
            DeployCommand.self, RestoreCommand.self, DoctorCommand.self,
        ])
}

/// chimney's own version.
enum Version {
    static let current = "0.1.0"
    /// What calls to other servers say that they are made by.
    static let userAgent = "chimney/\(current)"
}
