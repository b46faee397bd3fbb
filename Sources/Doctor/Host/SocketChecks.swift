import FastCGI
import Glibc

/// Checks of the two sockets: whether somebody answers, and whether the front end may ask.
enum SocketChecks {
    static let all = [
        Check(.sockets, "workers answer") { examination in
            answer(examination.worker, at: examination.subject.socket, of: "workers", unit: examination.poolUnit)
        },
        Check(.sockets, "the streamer answers") { examination in
            answer(
                examination.streamer, at: examination.subject.streamSocket, of: "streamer", unit: examination.poolUnit)
        },
        Check(.sockets, "the front end may ask workers") { reach($0, $0.subject.socket) },
        Check(.sockets, "the front end may ask the streamer") { reach($0, $0.subject.streamSocket) },
    ]

    private static func answer(
        _ result: Result<FastCGIClient.Answer, FastCGIClient.Failure>, at address: ListenAddress,
        of whom: String, unit: String
    ) -> Verdict {
        let isStreamer = whom == "streamer"
        let meaning =
            isStreamer
            ? "Streams fail, and so does whoever waits for a deployment." : "Every request is answered with 502 or 503."
        let start = "systemctl enable --now chimney.socket && systemctl restart \(unit)"
        let found: (String, String)
        switch result {
        case .success(let answer) where answer.status == 200: return .good("\(address)")
        case .success(let answer):
            found = (
                "the \(whom) at \(address) answer\(isStreamer ? "s" : "") GET /health with status \(answer.status)",
                "journalctl -u \(unit) -n 50"
            )
        case .failure(.connect(ENOENT)): found = ("there is no socket \(address) for the \(whom)", start)
        case .failure(.connect(ECONNREFUSED)): found = ("nobody listens on \(address), the \(whom)' socket", start)
        case .failure(.connect(EACCES)), .failure(.connect(EPERM)):
            return .skipped("\(address) may not be opened by who runs this; run doctor as root")
        case .failure(.connect(let number)):
            found = ("\(address), the \(whom)' socket, cannot be reached: \(String(cString: strerror(number)))", start)
        case .failure(.timeout):
            found = (
                "the \(whom) at \(address) \(isStreamer ? "does" : "do") not answer in time",
                "journalctl -u \(unit) -n 50; then systemctl restart \(unit)"
            )
        case .failure(.broken):
            found = (
                "who listens on \(address) does not speak FastCGI", "put only chimney behind that socket: \(start)"
            )
        case .failure(.resolve): found = ("\(address) names no host", "correct --socket or --stream-socket")
        }
        return .wrong([Finding(.fault, found.0, meaning: meaning, remedy: found.1)])
    }

    private static func reach(_ examination: Examination, _ address: ListenAddress) -> Verdict {
        guard case .unix(let path) = address else { return .skipped("\(address) is no file") }
        guard FileStatus(path) != nil else { return .skipped("there is no socket \(path)") }
        guard let identity = examination.frontEnd else {
            if let name = examination.subject.frontEndUser {
                return .wrong([
                    Finding(
                        .fault, "there is no user \(name) on this host",
                        meaning: "Whether the front end may use the sockets cannot be told.",
                        remedy: "name the front end's user by --front-end-user")
                ])
            }
            return .skipped("no Caddy runs here, and there is no user caddy; name one by --front-end-user")
        }
        return judge(path, identity)
    }

    /// Judges whether somebody may connect to a socket, for which they have to be allowed to write to it (unix(7)).
    static func judge(
        _ path: String, _ identity: Identity, status: (String) -> FileStatus? = FileStatus.init
    ) -> Verdict {
        guard let obstacle = Access.obstacle(to: path, 2, for: identity, status: status) else {
            return .good("\(identity.name) may connect to \(path)")
        }
        return .wrong([
            Finding(
                .fault, "the front end cannot connect to \(path): \(obstacle)",
                meaning: "Every request that goes there is answered with 502.",
                remedy: "set SocketGroup= to a group of \(identity.name)'s and SocketMode=0660 for chimney.socket "
                    + "(systemctl edit), and let everybody enter its directory: chmod 755 "
                    + (path.split(separator: "/").dropLast().map { "/\($0)" }.joined()))
        ])
    }
}
