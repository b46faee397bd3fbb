import Dragonfly
import Essentials
import FastCGI
import HTTPClient
import HTTPTypes

/// What is to be examined: an installation by its settings.
public struct Subject {
    /// What a runner of this host would deploy.
    public struct Runner {
        /// What is wrong with the services file and with what it needs of this host; a sentence each.
        public let problems: [String]
        /// What is worth a warning.
        public let warnings: [String]
        /// Whether it needs docker.
        public let needsDocker: Bool

        /// What a runner would say at its start.
        public init(problems: [String], warnings: [String], needsDocker: Bool) {
            self.problems = problems
            self.warnings = warnings
            self.needsDocker = needsDocker
        }
    }

    /// A collector that telemetry goes to.
    public struct Collector {
        /// `traces`, `logs` or `metrics`.
        public let signal: String
        /// The whole URL.
        public let url: String
        /// Header fields of every request.
        public let headers: [NamedSecret]
        /// The media type of what is sent.
        public let mediaType: String

        /// A collector.
        public init(signal: String, url: String, headers: [NamedSecret], mediaType: String) {
            self.signal = signal
            self.url = url
            self.headers = headers
            self.mediaType = mediaType
        }
    }

    /// How GitHub is asked.
    struct GitHub {
        let api: String
        let token: String?
        let repository: String?
        /// Whether deploys are told to GitHub.
        let tellsDeployments: Bool

        /// A call of GitHub's API.
        func call(_ target: String) -> HTTPCall {
            var call = HTTPCall(.get, api + target)
            call.fields[.accept] = "application/vnd.github+json"
            if let token { call.fields[.authorization] = "Bearer \(token)" }
            call.bodyLimit = 1 << 20
            call.followsRedirects = true
            return call
        }
    }

    /// All variables that are set.
    let variables: [String: String]
    /// The files that some of them are from, and which; what a later one sets comes before what an earlier one does.
    let files: [SettingsFile]
    /// The files of secrets, by the settings that they are meant to be.
    let secrets: [String: String]
    /// The names that chimney reads.
    let known: Set<String>
    /// A sentence for each setting that is wrong.
    let problems: [String]
    /// What the settings leave open.
    let advice: [Finding]
    let store: StoreURL
    let prefix: String
    let socket: ListenAddress
    let streamSocket: ListenAddress
    /// A Caddyfile to look at, in place of the configuration of the running Caddy.
    let caddyfile: String?
    let frontEndUser: String?
    let userAgent: String
    let collectors: [Collector]
    let runner: Runner?
    /// How GitHub is asked; nil where nothing of it is set.
    let github: GitHub?
    /// The base URLs of the servers that are watched over.
    let origins: [String]
    let caddyAdmin: String

    /// Where programs are looked for: systemd's own directories besides those of the caller.
    var path: String {
        (variables["PATH"].map { [$0] } ?? []).joined()
            + ":/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
    }

    /// Puts together what is to be examined.
    ///
    /// - Parameters:
    ///   - secrets: the files of secrets, by the settings that they are meant to be.
    ///   - settings: the settings, which the pool's start has looked at before.
    ///   - problems: what is wrong with them.
    ///   - advice: what they leave open.
    ///   - socket, streamSocket: where workers and streamer are to be reached.
    ///   - caddyfile: a Caddyfile to look at, in place of the configuration of the running Caddy.
    ///   - frontEndUser: who speaks to the sockets; nil for Caddy's user.
    ///   - runner: what a runner says of its settings; nil where no services file is named.
    public init(
        _ variables: [String: String], files: [SettingsFile], secrets: [String: String], settings: Settings,
        problems: [String], advice: [Finding],
        store: StoreURL, prefix: String, socket: ListenAddress, streamSocket: ListenAddress, caddyfile: String?,
        frontEndUser: String?, userAgent: String, collectors: [Collector], runner: Runner?
    ) {
        var settings = settings
        self.variables = variables
        self.files = files
        self.secrets = secrets
        self.problems = problems
        self.advice = advice
        self.store = store
        self.prefix = prefix
        self.socket = socket
        self.streamSocket = streamSocket
        self.caddyfile = caddyfile
        self.frontEndUser = frontEndUser
        self.userAgent = userAgent
        self.collectors = collectors
        self.runner = runner
        let token = settings.secrets("GITHUB_TOKEN").first?.value
        let repository = settings.string("GITHUB_REPO")
        github =
            token == nil && repository == nil && settings.string("GITHUB_ORG") == nil
            ? nil
            : GitHub(
                api: settings.githubAPI(), token: token, repository: repository,
                tellsDeployments: settings.bool("GITHUB_DEPLOYMENTS", default: false))
        origins = (settings.string("ORIGINS") ?? "").split(separator: ",").compactMap { entry in
            Endpoint(String(entry.filter { !$0.isWhitespace }))?.base
        }
        caddyAdmin = settings.string("CADDY_ADMIN") ?? "localhost:2019"
        known = settings.namesAsked
    }
}

/// A file of variables, as systemd hands them to the service (`EnvironmentFile=`).
public struct SettingsFile {
    /// Where it is.
    public let path: String
    /// What it sets.
    public let variables: [String: String]

    /// A file.
    public init(path: String, variables: [String: String]) {
        self.path = path
        self.variables = variables
    }
}

extension [SettingsFile] {
    /// What they set together: the last one that sets a variable has it.
    public var variables: [String: String] { reduce(into: [:]) { $0.merge($1.variables) { $1 } } }

    /// Where they are, for messages.
    var paths: String { map(\.path).joined(separator: " and ") }
}
