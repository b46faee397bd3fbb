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

    @Option(
        help: """
            A file of settings, NAME=value lines as systemd reads them; of several, later ones come before earlier ones. \
            (default: /etc/chimney/chimney.env, and that of the instance that runs, such as /etc/chimney/chimney@blue.env; \
            each if there is one)
            """)
    var envFile: [String] = []

    @Option(
        help: """
            A directory of secrets, as the service loads it: a file for each, by the setting's name in small letters. \
            (default: /etc/chimney/secrets without --env-file)
            """)
    var secrets: String?

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

    private static let directory = "/etc/chimney"
    private static let defaultSecrets = directory + "/secrets"
    private static let defaultSocket = "/run/chimney/chimney.sock"
    /// Bytes that a file of settings may have.
    private static let fileLimit = 1 << 20

    func validate() throws {
        for (name, value) in [("--socket", socket), ("--stream-socket", streamSocket)] {
            if let value, ListenAddress(value) == nil {
                throw ValidationError("\(name) has to be a path of at most 107 bytes, or HOST:PORT.")
            }
        }
    }

    func run() throws {
        signal(SIGPIPE, SIG_IGN)
        let running = envFile.isEmpty ? RunningService.current : nil
        let files = try settingsFiles(of: running)
        var variables = Settings.processVariables
        variables.merge(running?.variables ?? [:]) { $1 }
        variables.merge(files.variables) { $1 }
        let secrets = secretFiles()
        // The credentials of the running service are copies of them, as they were at its start.
        if !secrets.isEmpty { variables["CREDENTIALS_DIRECTORY"] = nil }
        for (name, path) in secrets where variables[name, default: ""].isEmpty {
            if variables[name + "_FILE", default: ""].isEmpty { variables[name + "_FILE"] = path }
        }

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

    /// The files of secrets by the settings that they are: of `deploy_token` it is `DEPLOY_TOKEN`.
    private func secretFiles() -> [String: String] {
        guard let path = secrets ?? (envFile.isEmpty ? Self.defaultSecrets : nil), let directory = opendir(path) else {
            return [:]
        }
        defer { closedir(directory) }
        var files: [String: String] = [:]
        while let entry = readdir(directory) {
            let name = withUnsafeBytes(of: entry.pointee.d_name) {
                String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self)
            }
            if !name.hasPrefix(".") { files[name.uppercased()] = "\(path)/\(name)" }
        }
        return files
    }

    /// The files of settings: those that were named, else those that there are at their usual places, as the units name them.
    private func settingsFiles(of running: RunningService?) throws -> [SettingsFile] {
        var paths = envFile
        if paths.isEmpty {
            let names = ["chimney"] + (running.map { $0.name == "chimney" ? [] : [$0.name] } ?? [])
            paths = names.map { "\(Self.directory)/\($0).env" }.filter { access($0, F_OK) == 0 }
        }
        return try paths.map { path in
            guard let text = Self.contents(of: path) else {
                guard access(path, F_OK) == 0 else { throw ValidationError("--env-file: there is no \(path).") }
                Console.error("\(path) cannot be read: run doctor as root, or name another file by --env-file")
                throw ExitCode(77)
            }
            return SettingsFile(path: path, variables: EnvironmentFile.variables(in: text))
        }
    }

    private static func contents(of path: String) -> String? {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return nil }
        defer { close(descriptor) }
        var bytes: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 65_536)
        while bytes.count < fileLimit {
            let count = read(descriptor, &chunk, chunk.count)
            guard count >= 0 else { return nil }
            if count == 0 { break }
            bytes += chunk[..<count]
        }
        return String(decoding: bytes, as: UTF8.self)
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
