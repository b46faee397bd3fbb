import Essentials
import Glibc
import HTTPClient
import HTTPTypes

/// Looks at a service until it is healthy, or it is clear that it will not be.
struct HealthCheck {
    /// What came of it.
    enum Outcome: Equatable, Sendable {
        /// So many probes in a row succeeded as have to.
        case healthy
        /// They did not. Says what was seen last.
        case unhealthy(String)
    }

    /// What one probe has seen.
    enum Finding: Equatable, Sendable {
        /// The service is well.
        case well
        /// It is not, or not yet.
        case unwell(String)
        /// It will never be.
        case lost(String)
    }

    /// When the service is healthy.
    let health: Health
    /// Tells of the container.
    let docker: Docker
    /// Asks the URL.
    let http: HTTPProbe

    /// A check.
    ///
    /// - Parameter whileWaiting: called at least every 100 ms between probes and while a URL is asked; when it throws,
    ///   the check ends. While docker is asked, `Commands` calls its own.
    init(_ health: Health, docker: Docker, session: HTTPSession, whileWaiting: @escaping () throws -> Void) {
        self.health = health
        self.docker = docker
        http = HTTPProbe(session: session, whileWaiting: whileWaiting)
    }

    /// Checks until the service is healthy, its time is over, or its container has ended.
    ///
    /// - Parameter container: the id of the container; nil if only a URL is asked.
    /// - Throws: what `whileWaiting` throws, and what `Commands` throws of its own caller; docker failing to answer is
    ///   a probe that failed.
    func run(container: String?) throws -> Outcome {
        let begin = Self.now
        let end = begin + health.limit * 1000
        var successes = 0
        var last = ""
        while true {
            let began = Self.now
            let isStarting = began < begin + health.startPeriod * 1000
            switch try probe(container, isStarting: isStarting) {
            case .well: successes += 1
            case .unwell(let finding):
                successes = 0
                last = finding
            case .lost(let finding): return .unhealthy(finding)
            }
            if successes >= health.successes { return .healthy }
            let next = max(began + health.interval * 1000, Self.now)
            guard next < end else {
                if successes > 0 { last = "well, \(successes) of \(health.successes) times in a row" }
                return .unhealthy("\(last) (after \(health.limit) s)")
            }
            while Self.now < next {
                try http.whileWaiting()
                usleep(UInt32(min(100, max(0, next - Self.now))) * 1000)
            }
        }
    }

    /// Looks once.
    private func probe(_ container: String?, isStarting: Bool) throws -> Finding {
        if let container {
            let finding = try look(at: container, isStarting: isStarting)
            if case .container = health.probe { return finding }
            if case .lost = finding { return finding }
        }
        guard case .http(let url) = health.probe else { return .lost("there is no container to look at") }
        switch try http.get(url, within: health.timeout * 1000) {
        case .success(let answer):
            return answer.status.kind == .successful ? .well : .unwell("HTTP status \(answer.status.code)")
        case .failure(let failure): return .unwell("\(failure)")
        }
    }

    /// Asks docker.
    private func look(at container: String, isStarting: Bool) throws -> Finding {
        do {
            guard let state = try docker.state(of: container, seconds: health.timeout) else {
                return .lost("the container is gone")
            }
            return Self.judge(state, isStarting: isStarting, hasOwnProbe: health.probe == .container)
        } catch let failure as CommandFailure {
            return .unwell("\(failure)")
        }
    }

    /// What the state of a container means.
    ///
    /// - Parameters:
    ///   - isStarting: whether the start period is not over.
    ///   - hasOwnProbe: whether the container's own health check is what counts; otherwise only its end does.
    static func judge(_ state: ContainerState, isStarting: Bool, hasOwnProbe: Bool) -> Finding {
        let words = state.lastWords.isEmpty ? "" : ": \(state.lastWords)"
        if state.status == .exited {
            return .lost("the container has exited with status \(state.exitCode)\(words)")
        }
        if state.isOver { return .lost("the container is \(state.status)\(words)") }
        guard state.status == .running else { return .unwell("the container is \(state.status)\(words)") }
        guard hasOwnProbe else { return .well }
        switch state.health {
        // That it runs says little before it has had its time to fail.
        case nil: return isStarting ? .unwell("the container is starting, and has no health check") : .well
        case .healthy: return .well
        case .starting: return .unwell("the container is starting\(words)")
        case .unhealthy: return isStarting ? .unwell("unhealthy\(words)") : .lost("unhealthy\(words)")
        }
    }

    private static var now: Int { Int(MonotonicClock.microseconds / 1000) }
}
