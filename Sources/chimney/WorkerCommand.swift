import ArgumentParser
import FastCGI

/// `chimney worker`
struct WorkerCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "worker",
        abstract: "Run one worker without a supervisor, for process managers that start processes themselves.")

    @OptionGroup var listening: ListenOptions

    func run() throws {
        try Process.runAlone(role: "worker") { process in
            let listener = try listening.open()
            try process.serve(listener)
            listener.retire()
        }
    }
}
