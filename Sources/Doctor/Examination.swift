import Dragonfly
import Essentials
import FastCGI
import Glibc
import HTTPClient
import HTTPTypes

/// What is known of an installation, and the means to look at it. What several checks need is fetched once.
public final class Examination {
    /// The settings as the service has them.
    let subject: Subject
    /// Makes calls of other servers.
    let http: HTTPSession
    /// When no further check may begin, in microseconds of the monotonic clock.
    private let deadline: UInt64

    /// Microseconds that all checks together may take, and that one may.
    private static let limits = (all: UInt64(30_000_000), one: UInt64(5_000_000))

    /// An examination of an installation. The process has to ignore SIGPIPE.
    ///
    /// - Throws: `HTTPSession.Unavailable` without a libcurl.
    public init(_ subject: Subject) throws(HTTPSession.Unavailable) {
        self.subject = subject
        http = try HTTPSession(userAgent: subject.userAgent)
        deadline = MonotonicClock.microseconds + Self.limits.all
    }

    /// Milliseconds that the next thing may take; 0 where there is no time left.
    var time: Int {
        let now = MonotonicClock.microseconds
        return now >= deadline ? 0 : Int(min(deadline - now, Self.limits.one) / 1000)
    }

    /// The store, with more patience than a worker has.
    lazy var store = Store(url: subject.store, prefix: subject.prefix, dial: 2000, timeout: 2000)

    /// What the store says of itself (INFO): section by section in one; or why it does not.
    lazy var storeInfo = askStore()

    private func askStore() -> Result<StoreInfo, StoreError> {
        do throws(StoreError) {
            let replies = try store.run(
                ["server", "memory", "persistence", "replication"].map { Command("INFO", $0) })
            if case .error(let message)? = replies.first { throw StoreError(reply: message) }
            return .success(StoreInfo(replies.map { $0.string ?? "" }.joined(separator: "\n")))
        } catch {
            return .failure(error)
        }
    }

    /// Caddy's configuration.
    lazy var caddy: Result<CaddyConfiguration, CaddyConfiguration.Absence> = CaddyConfiguration.obtain(self)

    /// Who speaks to the sockets: Caddy's user, unless another one is named.
    lazy var frontEnd: Identity? = Identity.frontEnd(named: subject.frontEndUser)

    /// What the worker's socket answers.
    lazy var worker = probe(subject.socket)
    /// What the streamer's socket answers.
    lazy var streamer = probe(subject.streamSocket)

    /// What the workers say of their journal, as `/healthz` has it: `ok`, `restoring`, `unwritable`; nil where they keep none, or
    /// do not answer.
    lazy var journal: String? = {
        guard case .success = worker, case .success(let answer) = probe(subject.socket, "/healthz") else { return nil }
        return JSONValue(answer.body)?["journal"].text
    }()

    private func probe(
        _ address: ListenAddress, _ path: String = "/health"
    ) -> Result<FastCGIClient.Answer, FastCGIClient.Failure> {
        do throws(FastCGIClient.Failure) {
            return .success(try FastCGIClient(address, seconds: 4).answer(to: path))
        } catch {
            return .failure(error)
        }
    }

    /// systemd's units; nil where systemd does not run.
    lazy var units: [Unit]? = Unit.all { run($0, $1) }

    /// The name of the pool's unit, which runs or should.
    var poolUnit: String { Unit.pool(of: units ?? []) }

    /// What GitHub says of the quota.
    lazy var quota: Result<HTTPCall.Answer, HTTPCall.Failure>? = subject.github.map { call($0.call("/rate_limit")) }

    /// The process id of the pool: of its unit, or of whoever listens on its socket.
    var pool: pid_t? {
        if let unit = units?.first(where: { $0.isPool && $0.mainProcess != nil }) { return unit.mainProcess }
        guard case .success(let answer) = worker, let listener = answer.listener,
            ProcessTable.name(of: listener)?.hasPrefix("chimney") == true
        else { return nil }
        return listener
    }

    /// Makes a call within the time that is left.
    func call(_ call: HTTPCall) -> Result<HTTPCall.Answer, HTTPCall.Failure> {
        var call = call
        call.totalLimit = min(call.totalLimit, max(1, time))
        call.connectLimit = min(call.connectLimit, call.totalLimit)
        do throws(HTTPCall.Failure) {
            return .success(try http.perform(call))
        } catch {
            return .failure(error)
        }
    }

    /// Runs a program of this host within the time that is left.
    func run(_ program: String, _ arguments: [String], environment: [String: String] = [:]) -> Program.Outcome {
        var variables = ["PATH": subject.path, "HOME": subject.variables["HOME"] ?? "/"]
        variables.merge(environment) { $1 }
        return Program.run(program, arguments, environment: variables, milliseconds: time)
    }

    /// Carries out all checks in their order.
    ///
    /// - Parameter checks: the checks; `Check.all` but in tests.
    public func report(_ checks: [Check] = Check.all) -> Report {
        Report(
            entries: checks.map { check in
                let verdict = time == 0 ? .skipped("the time of 30 s for all checks is over") : check.run(self)
                return Report.Entry(area: check.area, name: check.name, verdict: verdict)
            })
    }
}
