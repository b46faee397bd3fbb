import Agent
import Essentials
import Glibc
import HTTPClient
import HTTPTypes

/// Sends a call for a deployment, follows what becomes of it, and tells a console.
///
/// It asks for the state each second instead of listening to a stream: that comes through every proxy, and a connection
/// that breaks costs nothing.
public final class DeployClient {
    /// Microseconds from one look at the deployment to the next.
    private static let interval: UInt64 = 1_000_000
    /// Milliseconds that the server may take for an answer.
    private static let answerLimit = 30_000

    private let session: HTTPSession
    private let server: Endpoint
    private let secret: NamedSecret
    private let logsToken: NamedSecret?
    private let deadline: UInt64
    private let console: DeployConsole

    private var backoff = Backoff(first: 1000, limit: 10_000)
    private var isInTrouble = false
    /// How many lines of the deployment's log have been told.
    private var toldLines = 0
    private var hasToldOfWaiting = false

    /// A client for one call.
    ///
    /// - Parameters:
    ///   - server: where chimney is.
    ///   - secret: what the call is signed with.
    ///   - logsToken: what is shown for looking at deployments; nil where the server wants none.
    ///   - deadline: until when the deployment has to have ended, in microseconds of the monotonic clock.
    public init(
        session: HTTPSession, server: Endpoint, secret: NamedSecret, logsToken: NamedSecret?, deadline: UInt64,
        console: DeployConsole
    ) {
        self.session = session
        self.server = server
        self.secret = secret
        self.logsToken = logsToken
        self.deadline = deadline
        self.console = console
    }

    /// Makes the call, and waits until its deployment has ended.
    public func deploy(_ call: ClientCall) -> DeployOutcome {
        console.tell("Asking \(server.base) to \(call.summary)")
        switch send(call) {
        case .end(let outcome): return outcome
        case .accepted(let id, let run):
            recover()
            let place = run.map { $0.hosts.isEmpty ? "" : " on \($0.hosts.joined(separator: ", "))" } ?? ""
            console.tell("Deployment \(id)\(place), mode \(call.mode.rawValue)")
            return follow(id, from: run)
        }
    }

    // MARK: Sending

    private enum Sent {
        case accepted(id: String, ReportedRun?)
        case end(DeployOutcome)
    }

    /// Sends the call until it is answered. One whose answer got lost can be sent again: the server takes its content
    /// once, and says by 409 and `Location` what has become of it.
    private func send(_ call: ClientCall) -> Sent {
        let request = call.request(to: server, secret: secret)
        while true {
            var answer: HTTPCall.Answer?
            var reason: String
            do throws(HTTPCall.Failure) {
                let received = try perform(request)
                if let sent = read(received) { return sent }
                answer = received
                reason = "it answers with \(ReportedProblem.text(of: received))"
            } catch {
                // Nothing of this mends itself.
                if [.tls, .invalid, .tooLarge].contains(error.kind) { return .end(.unknown("\(error)")) }
                reason = "\(error)"
            }
            guard wait(because: reason, answer) else {
                return .end(.unknown("The server did not take the call in time: \(reason)"))
            }
        }
    }

    /// What an answer to the call means; nil if the call is to be sent again.
    private func read(_ answer: HTTPCall.Answer) -> Sent? {
        // A front end may have lost the wish for an answer at once: then it is the outcome, whatever its status.
        if answer.fields[.contentType]?.hasPrefix("application/json") == true, let run = ReportedRun(answer.body) {
            return .accepted(id: run.id, run)
        }
        let said = ReportedProblem.text(of: answer)
        switch answer.status.code {
        case 200..<300:
            guard let id = DeploymentID.inLocation(answer.fields[.location]) else {
                return .end(.unknown("What answers at \(server.base) is no chimney: it names no deployment (\(said))."))
            }
            return .accepted(id: id, nil)
        case 409:
            guard let id = DeploymentID.inLocation(answer.fields[.location]) else { return .end(.refused(said)) }
            console.tell("The server has the call already.")
            return .accepted(id: id, nil)
        case 401, 403:
            return .end(
                .forbidden("The server does not let this caller deploy; is WEBHOOK_SECRET one of its secrets? \(said)"))
        case 429: return .end(.busy("The server rejects the call: \(said)"))
        case 300..<400:
            return .end(
                .refused("The server answers with a redirect (\(said)); give the address it leads to as --url."))
        case 500...: return nil
        default: return .end(.refused("The server refuses the call: \(said)"))
        }
    }

    // MARK: Following

    private func follow(_ id: String, from first: ReportedRun?) -> DeployOutcome {
        var request = HTTPCall(.get, server.appending("deploy/\(id)"))
        if let logsToken { request.fields[.authorization] = "Bearer \(logsToken.value)" }
        var run = first
        // What has just been accepted waits in any case, if only for the runner to look.
        var isWaitWorthTelling = first == nil
        while true {
            if let run {
                tell(of: run, isWaitWorthTelling: isWaitWorthTelling)
                isWaitWorthTelling = true
                if run.status.isOutcome { return .ended(run) }
                guard pause(Self.interval) else { return .unknown(goesOn(id, "has not ended in time")) }
            }
            var answer: HTTPCall.Answer?
            var reason: String
            do throws(HTTPCall.Failure) {
                let received = try perform(request)
                let said = ReportedProblem.text(of: received)
                switch received.status.code {
                case 200:
                    if let seen = ReportedRun(received.body) {
                        recover()
                        run = seen
                        continue
                    }
                    reason = "its answer is no deployment"
                case 401, 403:
                    return .forbidden(
                        "The server does not show deployments (\(said)): set LOGS_TOKEN or LOGS_TOKEN_FILE. "
                            + goesOn(id, "cannot be followed"))
                case 404: return .unknown("The server knows no deployment \(id) any more: \(said)")
                default: reason = "it answers with \(said)"
                }
                answer = received
            } catch {
                reason = "\(error)"
            }
            run = nil
            guard wait(because: reason, answer) else {
                return .unknown(goesOn(id, "cannot be followed any more (\(reason))"))
            }
        }
    }

    private func goesOn(_ id: String, _ what: String) -> String {
        "Deployment \(id) \(what). It goes on: see \(server.appending("deploy/\(id)"))"
    }

    /// Tells what is new in a deployment's log.
    private func tell(of run: ReportedRun, isWaitWorthTelling: Bool) {
        let new = run.logLines - toldLines
        if new > run.log.count { console.tell("(\(new - run.log.count) lines are not kept any more)") }
        if new > 0 { for line in run.log.suffix(new) { console.tell(line) } }
        toldLines = max(toldLines, run.logLines)
        if run.status == .waiting, isWaitWorthTelling, !hasToldOfWaiting {
            hasToldOfWaiting = true
            console.tell("It waits for its turn.")
        }
    }

    // MARK: Time

    private func perform(_ request: HTTPCall) throws(HTTPCall.Failure) -> HTTPCall.Answer {
        var request = request
        let now = MonotonicClock.microseconds
        request.connectLimit = 10_000
        request.totalLimit = deadline > now ? min(Self.answerLimit, Int((deadline - now) / 1000) + 1) : 1
        return try session.perform(request)
    }

    /// Leaves the server alone for a while; why is told once. False if there is no time left.
    private func wait(because reason: String, _ answer: HTTPCall.Answer?) -> Bool {
        if !isInTrouble {
            console.tell("The server does not answer as it should: \(reason)\nTrying again until it does.")
        }
        isInTrouble = true
        return pause(backoff.fail(answer))
    }

    /// The server answers as it should.
    private func recover() {
        if isInTrouble { console.tell("The server answers again.") }
        isInTrouble = false
        backoff.succeed()
    }

    /// False if the deadline comes first.
    private func pause(_ microseconds: UInt64) -> Bool {
        let now = MonotonicClock.microseconds
        guard now < deadline else { return false }
        var rest = min(microseconds, deadline - now)
        while rest > 0 {
            let part = min(rest, 500_000)
            usleep(UInt32(part))
            rest -= part
        }
        return MonotonicClock.microseconds < deadline
    }
}
