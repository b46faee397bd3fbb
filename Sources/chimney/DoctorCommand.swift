import ArgumentParser
import Doctor
import Essentials
import FastCGI
import Glibc
import HTTPClient
import OTLP

/// `chimney doctor`
struct DoctorCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "doctor",
        abstract: "Look whether an installation is as it should be, and say how to mend what is not.",
        discussion: """
            Looks at settings, store, front end, sockets, GitHub, collector, clock, limits, units, services file and \
            directories of this host, as the service sees them: its environment where systemd runs it, else the caller's, \
            and over both the file of settings. It changes nothing but for one key in the store that is gone after a \
            second. Run it as root, or some of it cannot be seen. It takes 30 s at most.

            Each finding says what is the case, what that means, and how to mend it. A `fault` is something that does not \
            work or may get lost, a `warning` something that will not do for long or for everybody.

            Exit status:
              0   nothing to mend
              1   warnings only
              2   faults
              64  wrong usage
              70  libcurl is missing
              77  the file of settings cannot be read by who runs this
            """)

    @OptionGroup var installation: InstalledSettings

    @Option(
        help: """
            A Caddyfile to look at, in place of the configuration of the running Caddy. Its placeholders are filled in from \
            the settings and the environment. (default: /etc/caddy/Caddyfile where no Caddy answers)
            """)
    var caddyfile: String?

    @Option(help: "Where the workers listen. (default: CHIMNEY_SOCKET, or /run/chimney/chimney.sock)")
    var socket: String?

    @Option(help: "Where the streamer listens. (default: CHIMNEY_STREAM_SOCKET, or beside the workers' socket)")
    var streamSocket: String?

    @Option(help: "Who has to be able to use the sockets. (default: the user that Caddy runs as, else caddy)")
    var frontEndUser: String?

    @Flag(help: "Print an object of JSON: status, findings, checks.")
    var json = false

    @Flag(help: "Name also what is well, and what was skipped, with the reason.")
    var verbose = false

    private static let defaultSocket = "/run/chimney/chimney.sock"

    func validate() throws {
        for (name, value) in [("--socket", socket), ("--stream-socket", streamSocket)] {
            if let value, ListenAddress(value) == nil {
                throw ValidationError("\(name) has to be a path of at most 107 bytes, or HOST:PORT.")
            }
        }
    }

    func run() throws {
        signal(SIGPIPE, SIG_IGN)
        let (variables, files, secrets) = try installation.read(for: "doctor")
        let report: Report
        do throws(HTTPSession.Unavailable) {
            report = try Examination(subject(variables, files, secrets)).report()
        } catch {
            Console.error("\(error)")
            throw ExitCode(70)
        }
        if json {
            print(String(decoding: report.json, as: UTF8.self))
        } else {
            print(report.text(isVerbose: verbose, hasColours: isatty(STDOUT_FILENO) == 1), terminator: "")
        }
        if report.exitStatus != 0 { throw ExitCode(report.exitStatus) }
    }

    /// What is to be examined.
    private func subject(
        _ variables: [String: String], _ files: [SettingsFile], _ secrets: [String: String]
    ) -> Subject {
        let settings = Settings(environment: variables)
        let configuration = Configuration(settings)
        var runner: Subject.Runner?
        if settings.string("DEPLOY_SERVICES_FILE") != nil {
            let (runnerSettings, problems) = configuration.runnerSettings()
            runner = Subject.Runner(
                problems: problems.filter { !configuration.problems.contains($0) } + runnerSettings.problemsOfHost(),
                warnings: runnerSettings.warnings, needsDocker: runnerSettings.needsDocker)
        }
        let address = ListenAddress(socket ?? settings.string("CHIMNEY_SOCKET") ?? Self.defaultSocket)
        let workers = address ?? .unix(path: Self.defaultSocket)
        let beside = workers.beside(ListenOptions.streamer)
        let streamer = (streamSocket ?? settings.string("CHIMNEY_STREAM_SOCKET")).flatMap { ListenAddress($0) }
        return Subject(
            variables, files: files, secrets: secrets, settings: settings, problems: configuration.problems,
            advice: configuration.warnings.map(\.finding), store: configuration.store, prefix: configuration.prefix,
            socket: workers, streamSocket: streamer ?? beside ?? workers, caddyfile: caddyfile,
            frontEndUser: frontEndUser, userAgent: Version.userAgent,
            collectors: configuration.exporters.map { signal, exporter in
                Subject.Collector(
                    signal: signal.rawValue, url: exporter.url, headers: exporter.headers, mediaType: Signal.mediaType)
            }, runner: runner)
    }
}
