import Essentials
import HTTPClient

/// Checks of the front end.
enum CaddyChecks {
    static let all = [
        Check(.caddy, "version", version),
        Check(.caddy, "admin endpoint", admin),
        Check(.caddy, "hands requests to chimney", configuration),
        Check(.caddy, "order of routes and redirects") { sites($0, "each path gets to chimney", \.misledRequests) },
        Check(.caddy, "streams are not buffered") { sites($0, "streams go out as they come", \.streamFindings) },
        Check(.caddy, "requests and responses are buffered") {
            sites($0, "slow clients hold no worker", \.bufferFindings)
        },
        Check(.caddy, "clients that wait") { sites($0, "the streamer keeps who has to wait", \.holdFindings) },
        Check(.caddy, "sockets that it dials") { sites($0, "it dials chimney's sockets", \.dialFindings) },
        Check(.caddy, "dashboard", dashboard),
    ]

    /// The oldest that the snippets are written for.
    private static let oldest = [2, 6]

    private static func version(_ examination: Examination) -> Verdict {
        switch examination.run("caddy", ["version"]) {
        case .ended(0, let output, _): judge(version: output)
        case .absent: .skipped("the program caddy is not installed here")
        default: .skipped("`caddy version` fails")
        }
    }

    /// Judges what `caddy version` says: `v2.10.0 h1:…`, or `2.6.2`.
    static func judge(version text: String) -> Verdict {
        let word = String(text.prefix { !$0.isWhitespace })
        guard let version = Version(word) else { return .skipped("`caddy version` says nothing that is a version") }
        guard version < Version(oldest) else { return .good(word) }
        return .wrong([
            Finding(
                .fault, "Caddy \(word) is too old",
                meaning: "chimney's snippets need 2.6: before, it lacks what they retry, buffer and hand over with.",
                remedy: "install Caddy 2.6 or newer: https://caddyserver.com/docs/install")
        ])
    }

    private static func admin(_ examination: Examination) -> Verdict {
        let address = examination.subject.caddyAdmin
        if address == "off" { return .skipped("CADDY_ADMIN is off") }
        switch examination.call(HTTPCall(.get, "http://\(address)/config/")) {
        case .success(let answer) where answer.status == .ok: return .good(address)
        case .success(let answer):
            return .wrong([absent(address, "answers with status \(answer.status.code)")])
        case .failure(let failure):
            let isRunning = !ProcessTable.processes(named: "caddy").isEmpty
            guard isRunning || examination.subject.variables["CADDY_ADMIN"]?.isEmpty == false else {
                return .skipped("no Caddy runs here")
            }
            return .wrong([absent(address, "does not answer: \(failure.reason)")])
        }
    }

    private static func absent(_ address: String, _ what: String) -> Finding {
        Finding(
            .warning, "Caddy's admin endpoint at \(address) \(what)",
            meaning: "/api/origins/health says that this host's Caddy is down, and the runner cannot switch slots.",
            remedy: "set CADDY_ADMIN to the address of Caddy's option admin (default localhost:2019), or to off")
    }

    private static func configuration(_ examination: Examination) -> Verdict {
        switch examination.caddy {
        case .failure(let absence): return absence.finding.map { .wrong([$0]) } ?? .skipped(absence.reason)
        case .success(let configuration):
            let sites = configuration.sites(CaddySockets(examination.subject))
            guard sites.isEmpty else {
                return .good("\(configuration.source): " + sites.map(\.name).joined(separator: "; "))
            }
            return .wrong([
                Finding(
                    .fault, "no site of \(configuration.source) hands requests to chimney",
                    meaning: "Nobody can reach chimney through Caddy.",
                    remedy:
                        "import snippets/chimney.caddy, and put `import chimney_errors` and `import chimney_api` into the "
                        + "site; then systemctl reload caddy")
            ])
        }
    }

    private static func sites(
        _ examination: Examination, _ seen: String, _ findings: (CaddySite) -> [Finding]
    ) -> Verdict {
        guard case .success(let configuration) = examination.caddy else {
            return .skipped("Caddy's configuration is not known")
        }
        let sites = configuration.sites(CaddySockets(examination.subject))
        guard !sites.isEmpty else { return .skipped("no site hands requests to chimney") }
        return .of(sites.flatMap(findings), seen: seen)
    }

    private static func dashboard(_ examination: Examination) -> Verdict {
        guard case .success(let configuration) = examination.caddy else {
            return .skipped("Caddy's configuration is not known")
        }
        let directories = configuration.sites(CaddySockets(examination.subject)).compactMap(\.dashboard)
        guard let directory = directories.first else { return .skipped("no site has files at its root") }
        return judge(dashboard: directory, reader: examination.frontEnd)
    }

    /// Judges whether the dashboard's files are there, and can be read by Caddy.
    static func judge(dashboard directory: String, reader: Identity?) -> Verdict {
        let page = "\(directory)/index.html"
        let obstacle =
            FileStatus(page) == nil
            ? "there is no \(page)" : reader.flatMap { Access.obstacle(to: page, 4, for: $0) }
        guard let obstacle else { return .good(directory) }
        return .wrong([
            Finding(
                .fault, "the dashboard cannot be served: \(obstacle)",
                meaning: "The site shows an error in its place.",
                remedy:
                    "cp -r caddy/dashboard/. \(directory)/ && chmod -R a+rX \(directory), or set CHIMNEY_DASHBOARD in "
                    + "Caddy's environment to where it is")
        ])
    }
}
