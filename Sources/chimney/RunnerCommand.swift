import ArgumentParser
import Deployer
import Essentials
import Logging

/// `chimney runner`
struct RunnerCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "runner",
        abstract: "Carry out the deployments of this host, until SIGTERM.",
        discussion: """
            A process of its own, and the only one with rights on docker. It takes the deployments that POST /deploy has \
            accepted for this host (CHIMNEY_HOST) from the store, one after the other, and does what the services file \
            (DEPLOY_SERVICES_FILE) says of them. What it is at when it is asked to end, it finishes; what one leaves that was \
            killed, the next one brings to a known good state. Only one runs on a host: another waits for its end.

            Exit status: 0 it was asked to end, 75 it lost the right to what it was at and has to be started anew, 78 a setting \
            is wrong, 71 something else is.
            """)

    @Flag(
        help: """
            Check the settings, the services file, and what of it can be seen on this host, then exit: 0 if all is well, 78 \
            if something is wrong, which is named with its place.
            """)
    var check = false

    func run() throws {
        let configuration = try Configuration.checked()
        let (settings, problems) = configuration.runnerSettings()
        var mistakes = problems
        if check, mistakes.isEmpty { mistakes = settings.problemsOfHost() }
        guard mistakes.isEmpty else {
            for mistake in mistakes { Console.error(mistake) }
            throw ExitCode(78)
        }
        if check {
            for warning in settings.warnings { Console.error(warning) }
            print(settings.summary)
            return
        }
        do {
            // What runs, runs: it has to be told whether or not it can be journaled.
            try Process.runAlone(configuration, role: "runner", needsJournal: false) { process in
                try process.carryOut(settings)
            }
        } catch let error as RightLost {
            Console.error("\(error)")
            throw ExitCode(75)
        }
    }
}
