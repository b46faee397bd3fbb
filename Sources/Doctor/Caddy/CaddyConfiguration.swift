import Essentials
import Glibc
import HTTPClient

/// Caddy's configuration, in JSON.
struct CaddyConfiguration {
    /// Why there is none.
    struct Absence: Error, Equatable {
        /// Why, in words.
        let reason: String
        /// What is wrong; nil where there may be no Caddy at all.
        let finding: Finding?
    }

    /// The configuration.
    let json: JSONValue
    /// Where it is from.
    let source: String

    /// Where Caddy's packages have the Caddyfile.
    private static let usualFile = "/etc/caddy/Caddyfile"

    /// Where Caddy's unit has its variables from, as the README has it.
    private static let environment = "/etc/caddy/chimney.env"

    /// The configuration of the Caddyfile that was named, else of the running Caddy, else of Debian's Caddyfile.
    static func obtain(_ examination: Examination) -> Result<CaddyConfiguration, Absence> {
        if let file = examination.subject.caddyfile { return adapted(file, examination) }
        if let running = running(examination) { return .success(running) }
        guard access(usualFile, R_OK) == 0 else {
            return .failure(
                Absence(
                    reason: "no Caddy answers at \(examination.subject.caddyAdmin), and there is no \(usualFile); "
                        + "name a Caddyfile by --caddyfile", finding: nil))
        }
        return adapted(usualFile, examination)
    }

    /// The configuration that is at work (https://caddyserver.com/docs/api#get-configpath); nil if no Caddy answers.
    static func running(_ examination: Examination) -> CaddyConfiguration? {
        let admin = examination.subject.caddyAdmin
        guard admin != "off" else { return nil }
        guard case .success(let answer) = examination.call(HTTPCall(.get, "http://\(admin)/config/")),
            answer.status == .ok, let json = JSONValue(answer.body)
        else { return nil }
        return CaddyConfiguration(json: json, source: "the Caddy that runs (\(admin))")
    }

    /// The configuration that a Caddyfile means. Its placeholders are filled in from that file, the settings and
    /// the caller's environment.
    private static func adapted(_ file: String, _ examination: Examination) -> Result<CaddyConfiguration, Absence> {
        let outcome = examination.run(
            "caddy", ["adapt", "--config", file, "--adapter", "caddyfile"],
            environment: EnvironmentFile.variables(in: ProcessTable.contents(environment))
                .merging(examination.subject.variables) { $1 })
        switch outcome {
        case .ended(0, let output, _):
            guard let json = JSONValue(Array(output.utf8)) else { break }
            return .success(CaddyConfiguration(json: json, source: file))
        case .ended(_, _, let errors):
            let reason = (errors.split(whereSeparator: \.isNewline).last.map(String.init) ?? "").shortened(to: 300)
            return .failure(
                Absence(
                    reason: "\(file) cannot be read by Caddy",
                    finding: Finding(
                        .fault, "Caddy refuses \(file): \(reason)",
                        meaning: "It does not start with it, and a reload leaves the old configuration at work.",
                        remedy: "caddy validate --adapter caddyfile --config \(file)")))
        case .absent:
            return .failure(Absence(reason: "the program caddy is not installed, to read \(file)", finding: nil))
        case .givenUp: break
        }
        return .failure(Absence(reason: "caddy adapt gives no answer for \(file)", finding: nil))
    }

    /// The sites that hand requests on to chimney.
    func sites(_ sockets: CaddySockets) -> [CaddySite] {
        json["apps"]["http"]["servers"].members.sorted { $0.key < $1.key }.flatMap { name, server in
            CaddySite.all(of: server, sockets)
        }
    }
}

/// How Caddy names chimney's sockets where it dials.
struct CaddySockets: Equatable {
    let worker: String
    let streamer: String

    /// Whether a proxy speaks to chimney, or means to: it says so, or dials one of the sockets.
    func mean(_ proxy: JSONValue) -> Bool {
        guard proxy["handler"].text == "reverse_proxy", proxy["transport"]["protocol"].text == "fastcgi" else {
            return false
        }
        return proxy["transport"]["env"].members.keys.contains { $0.hasPrefix("CHIMNEY_") }
            || dialled(proxy).contains { $0 == worker || $0 == streamer }
    }

    /// What a proxy dials.
    func dialled(_ proxy: JSONValue) -> [String] { proxy["upstreams"].elements.compactMap { $0["dial"].text } }
}

extension CaddySockets {
    init(_ subject: Subject) {
        self.init(
            worker: Self.dial(subject.socket.description), streamer: Self.dial(subject.streamSocket.description))
    }

    /// A path as Caddy dials it: `unix//run/chimney/chimney.sock`.
    private static func dial(_ address: String) -> String { address.hasPrefix("/") ? "unix/\(address)" : address }
}
