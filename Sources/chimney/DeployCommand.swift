import ArgumentParser
import Deployer
import Essentials
import Glibc
import HTTPClient

/// `chimney deploy`
struct DeployCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "deploy",
        abstract: "Have a chimney deploy a version of a service, and follow it to its end.",
        discussion: """
            The call is signed with WEBHOOK_SECRET, or the secret in the file that WEBHOOK_SECRET_FILE names; of several the \
            first. Where the server wants a token for its log, it is LOGS_TOKEN or in the file that LOGS_TOKEN_FILE names.

            The deployment's log is printed as it is written, and at the end what came of it; where GITHUB_STEP_SUMMARY is \
            set, that is appended to the job's summary as well. Whoever ends this program does not end the deployment. A \
            call whose answer got lost is sent again: the server carries it out once.

            Exit status:
              0   the version runs and is healthy
              1   the deployment failed, or was rolled back: what ran before runs
              2   the rollback failed too: see the next step that is printed
              64  wrong usage
              65  the server refuses the call: no such service or host, for example
              69  the server cannot be reached, or the deployment has not ended in time
              70  libcurl is missing
              75  another deployment of the service is under way
              77  the server does not let the caller in
              78  a setting is missing or wrong
            """)

    @Option(help: "Where chimney is: https://origin.example.com. (default: CHIMNEY_URL)")
    var url: String?

    @Option(help: "The service, as the server's services file names it.")
    var service: String

    @Option(help: "The commit, 40 hexadecimal digits: the tag of the image.")
    var sha: String?

    @Flag(help: "Return to the last good version; without --sha.")
    var rollback = false

    @Option(name: .customLong("host"), help: "One of the service's hosts; may be repeated. (default: all of them)")
    var hosts: [String] = []

    @Option(
        help: """
            What happens while another deployment of the service is under way: reject, wait for it, or supersede those \
            that wait.
            """)
    var mode = Mode.reject

    @Option(help: "The deployment of the queue that is moved along.")
    var deploymentID: String?

    @Option(help: "Why, for whoever reads the record.")
    var reason: String?

    @Option(help: "How long the deployment may take: seconds, or 45s, 30m, 2h.")
    var timeout = Duration(seconds: 1800)

    @Flag(help: "Send the call over plain HTTP to other hosts than this one, where everybody on the way can read it.")
    var insecureHTTP = false

    /// A length of time on the command line.
    struct Duration: ExpressibleByArgument, CustomStringConvertible {
        let seconds: Int
        init(seconds: Int) { self.seconds = seconds }
        init?(argument: String) {
            guard let seconds = Settings.seconds(argument), (1...86_400).contains(seconds) else { return nil }
            self.seconds = seconds
        }
        var description: String { seconds % 60 == 0 ? "\(seconds / 60)m" : "\(seconds)s" }
    }

    func validate() throws {
        guard Self.isName(service, limit: 64) else {
            throw ValidationError("--service has to be 1 to 64 characters of A-Za-z0-9._-.")
        }
        if let sha, sha.utf8.count != 40 || !sha.utf8.allSatisfy(\.isHexDigit) {
            throw ValidationError("--sha has to be 40 hexadecimal digits.")
        }
        guard (sha == nil) == rollback else { throw ValidationError("Give either --sha or --rollback.") }
        guard hosts.allSatisfy({ Self.isName($0, limit: 253) }), Set(hosts).count == hosts.count else {
            throw ValidationError("--host has to be the name of a host, each once.")
        }
        if let url, let problem = Self.check(url, insecureHTTP) { throw ValidationError("--url \(problem).") }
    }

    func run() throws {
        let started = MonotonicClock.microseconds
        var settings = Settings.ofProcess
        let server = server(&settings)
        let secrets = settings.secrets("WEBHOOK_SECRET")
        let token = settings.secrets("LOGS_TOKEN").first
        if secrets.isEmpty, settings.problems.isEmpty {
            settings.reject(
                "WEBHOOK_SECRET", "is not set; set it, or WEBHOOK_SECRET_FILE, to what the server checks with")
        }
        let console = DeployConsole(isOnActions: settings.string("GITHUB_ACTIONS") == "true")
        guard let server, let secret = secrets.first, settings.problems.isEmpty else {
            throw Self.end(78, settings.problems, console)
        }
        signal(SIGPIPE, SIG_IGN)
        let session: HTTPSession
        do throws(HTTPSession.Unavailable) {
            session = try HTTPSession(userAgent: Version.userAgent)
        } catch {
            throw Self.end(70, ["\(error)"], console)
        }

        let client = DeployClient(
            session: session, server: server, secret: secret, logsToken: token,
            deadline: started + UInt64(timeout.seconds) * 1_000_000, console: console)
        let call = ClientCall(
            service: service, commit: sha, hosts: hosts, mode: mode, deploymentID: deploymentID, reason: reason)
        let outcome = client.deploy(call)
        let report = DeployReport(
            call, outcome, seconds: Int((MonotonicClock.microseconds - started) / 1_000_000))
        report.tell(console)
        if let path = settings.string("GITHUB_STEP_SUMMARY"), !Self.append(report.markdown, to: path) {
            Console.error("GITHUB_STEP_SUMMARY: names a file that cannot be written; the job has no summary")
        }
        throw ExitCode(outcome.exitStatus)
    }

    /// What to throw where nothing has begun, after saying why.
    private static func end(_ status: Int32, _ problems: [String], _ console: DeployConsole) -> ExitCode {
        for problem in problems { Console.error(problem) }
        console.close(failure: ("Deployment", problems.joined(separator: "\n")))
        return ExitCode(status)
    }

    /// Where chimney is. Nil after noting what is wrong with the setting.
    private func server(_ settings: inout Settings) -> Endpoint? {
        guard let text = url ?? settings.string("CHIMNEY_URL") else {
            settings.reject("CHIMNEY_URL", "is not set; set it, or give --url, to where chimney is")
            return nil
        }
        if let problem = Self.check(text, insecureHTTP) { settings.reject("CHIMNEY_URL", problem) }
        return Endpoint(text)
    }

    /// What is wrong with an address; nil if nothing is.
    private static func check(_ url: String, _ mayBePlain: Bool) -> String? {
        guard let server = Endpoint(url) else {
            return "is no address of a server; write https://origin.example.com"
        }
        return server.isPrivate || mayBePlain ? nil : "has to begin with https://, or add --insecure-http"
    }

    private static func isName(_ text: String, limit: Int) -> Bool {
        (1...limit).contains(text.utf8.count) && text.utf8.allSatisfy(\.isNameByte)
    }

    private static func append(_ text: String, to path: String) -> Bool {
        let descriptor = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0o644)
        guard descriptor >= 0 else { return false }
        defer { close(descriptor) }
        var rest = Array(text.utf8)[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { write(descriptor, $0.baseAddress, $0.count) }
            guard count > 0 else { return false }
            rest = rest.dropFirst(count)
        }
        return true
    }
}

extension Mode: ExpressibleByArgument {}
