import ArgumentParser
import FastCGI

/// `chimney streamer`
struct StreamerCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "streamer",
        abstract: "Run a streamer without a supervisor: it answers streams, and clients that wait for an outcome.")

    @Option(
        help: """
            A unix socket's path, or HOST:PORT. A socket that the process is started with (systemd) is used instead of it.
            """)
    var listen = "/run/chimney/chimney-streamer.sock"

    @Option(help: "Permissions of the unix socket, in octal.")
    var socketMode = "0660"

    @OptionGroup var streaming: StreamOptions

    func validate() throws { try ListenOptions.check(listen, socketMode) }

    func run() throws {
        try Process.runAlone(role: "streamer") { process in
            let listener = try ListenOptions.open(
                listen, socketMode, as: ListenOptions.streamer, besides: ListenOptions.worker)
            try process.serveStreams(listener, capacity: streaming.maxHeld)
            listener.unlinkPath()
        }
    }
}

/// How many clients may wait.
struct StreamOptions: ParsableArguments {
    @Option(help: "Clients that the streamer keeps at once; who comes beyond is told to come again.")
    var maxHeld = 10_000

    func validate() throws {
        guard (1...1_000_000).contains(maxHeld) else { throw ValidationError("--max-held has to be 1 to 1000000.") }
    }
}
