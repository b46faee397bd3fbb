import Dragonfly
import Essentials
import HTTPClient
import Logging

/// One deployment on one host, from its pull to its outcome. Nothing here is written to the store but by `Progress`.
final class Execution {
    /// The deployment ends here.
    struct Ended: Error {
        let outcome: Outcome
    }

    let service: Service
    let progress: Progress
    let commands: Commands
    /// The good versions of the service on this host, newest first.
    let good: [GoodVersion]
    let session: HTTPSession
    private let directory: String

    /// - Parameters:
    ///   - directory: the runner's state directory.
    ///   - good: the good versions of the service on this host, newest first.
    init(
        _ service: Service, _ progress: Progress, directory: String, session: HTTPSession, good: [GoodVersion]
    ) {
        self.service = service
        self.progress = progress
        self.directory = directory
        self.session = session
        self.good = good
        commands = Commands(marker: directory) {
            try progress.tick()
            try Self.endIfSuperseded(progress)
        }
    }

    var job: Job { progress.job }

    /// Brings the new version, or goes back to the one before.
    ///
    /// - Throws: `RightLost` where nothing more may be done; `StoreError` where nothing was begun for want of the store.
    func run() throws -> Outcome {
        do {
            return switch service.strategy {
            case .swap(let compose): try swap(compose)
            case .blueGreen(let sides): try blueGreen(sides)
            case .script(let path): try script(path)
            }
        } catch let end as Ended {
            return end.outcome
        }
    }

    /// Brings the service to a known good state after a runner that died in the middle.
    ///
    /// - Throws: as `run`.
    func recover() throws -> Outcome {
        let phase = progress.phase
        progress.log("the runner died in the phase \(phase.rawValue); this one takes over", .warning)
        guard !phase.isBeforeChange else {
            return .untouched(
                502, "the runner died before anything was changed; the service was not touched",
                nextStep: "Send the call again.")
        }
        do {
            try awaitTools()
            var outcome =
                switch service.strategy {
                case .swap(let compose): try recoverSwap(compose, from: phase)
                case .blueGreen(let sides): try recoverBlueGreen(sides, from: phase)
                case .script(let path): try recoverScript(path)
                }
            if outcome.state != .succeeded {
                outcome.error =
                    "the runner died in the phase \(phase.rawValue)"
                    + (outcome.error.map { "; \($0)" } ?? "")
            }
            return outcome
        } catch let end as Ended {
            // Nothing was touched by this runner, but by the one before.
            return Outcome(
                state: .rollbackFailed, status: 500,
                error: "the runner died in the phase \(phase.rawValue); \(end.outcome.error ?? "")",
                nextStep:
                    "On \(progress.tenure.host): see what runs of \(service.name) (docker ps --all), and deploy the version "
                    + "that is to run.")
        }
    }

    /// Waits until docker answers, and Caddy where it is needed: after a power failure they may come up later than the
    /// runner.
    private func awaitTools() throws {
        let deadline = MonotonicClock.microseconds + UInt64(service.limits.command) * 1_000_000
        while MonotonicClock.microseconds < deadline {
            do {
                switch service.strategy {
                case .swap(let compose): _ = try docker().containers(of: compose)
                case .blueGreen(let sides):
                    _ = try docker().containers(of: sides.blue.compose)
                    _ = try upstream(sides).live()
                case .script: break
                }
                return
            } catch let failure as CommandFailure {
                progress.log("waiting: \(failure)", .warning)
                for _ in 0..<20 {
                    try progress.tick()
                    progress.pause()
                }
            }
        }
    }

    // MARK: What all strategies have in common

    /// docker, for a version.
    ///
    /// - Parameter tag: what `IMAGE_TAG` is for compose files that use it; empty where it is not known.
    func docker(_ tag: String = "") -> Docker {
        Docker(
            commands: commands, limits: service.limits, directory: directory, tag: tag,
            onLine: { [progress] in progress.log($0, .debug) })
    }

    /// What `IMAGE_TAG` is for a version: the tag that was asked for, or the commit of an earlier one.
    func tag(of version: GoodVersion) -> String {
        version.jobID == job.id ? job[.tag] ?? version.sha : version.sha
    }

    /// The version that is wanted, on this host. The id of its image is known once it runs.
    ///
    /// - Parameter running: what runs now; nil for nothing.
    /// - Throws: `Ended` where it cannot be had, or another deployment has taken the place of this one.
    func pull(besides running: GoodVersion?) throws -> GoodVersion {
        do {
            let version = try job.kind == .rollback ? earlier(than: running) : wanted()
            try progress.tick()
            try Self.endIfSuperseded(progress)
            return version
        } catch let failure as CommandFailure {
            progress.log("the image cannot be pulled: \(failure)", .error)
            throw Ended(
                outcome: .untouched(
                    failure.isTimeout ? 504 : 400, "the image cannot be pulled: \(failure)",
                    nextStep:
                        "See that the image is in the registry and that this host may pull it; the service was not "
                        + "touched."))
        }
    }

    private func wanted() throws -> GoodVersion {
        let name = "\(service.image):\(job[.tag] ?? job.sha)"
        progress.log("pulling \(name)")
        try docker().pull(name)
        guard let digest = try docker().digest(of: name, name: service.image) else {
            throw CommandFailure("docker image inspect", .unreadable("\(name) has no digest of \(service.image)"))
        }
        let reference = "\(service.image)@\(digest)"
        progress.log("pulled \(reference)")
        return GoodVersion(sha: job.sha, reference: reference, imageID: "", jobID: job.id)
    }

    private func earlier(than running: GoodVersion?) throws -> GoodVersion {
        guard let version = good.first(where: { version in running.map { !version.isSame(as: $0) } ?? true }) else {
            throw Ended(
                outcome: .untouched(
                    409, "no version has been good on this host but the one that runs",
                    nextStep: "Deploy the version that is wanted by POST /deploy."))
        }
        progress.log("going back to \(version.sha)" + (version.reference.isEmpty ? "" : " (\(version.reference))"))
        if !version.reference.isEmpty { try obtain(version) }
        return version
    }

    /// Pulls an image that is not here any more.
    func obtain(_ version: GoodVersion) throws {
        guard try docker().digest(of: version.reference, name: service.image) == nil else { return }
        progress.log("pulling \(version.reference)")
        try docker().pull(version.reference)
    }

    /// While nothing has been changed, another deployment may take the place of this one.
    private static func endIfSuperseded(_ progress: Progress) throws {
        guard progress.phase == .pull else { return }
        try endIfGivenUp(progress)
    }

    /// Ends what another deployment has taken the place of. One that has changed a host goes on to the others.
    private static func endIfGivenUp(_ progress: Progress) throws {
        guard progress.job.position == 0, let id = progress.supersededBy else { return }
        throw Ended(
            outcome: .untouched(
                409, "superseded by \(id)", nextStep: "Nothing was changed by it; nothing has to be done."))
    }

    /// Notes that what follows changes the service, before it does. Another deployment that has come by now has to wait.
    func beginChanging(before: String, to version: GoodVersion) throws {
        do {
            try progress.enter(
                .start, [.before: before, .version: version.stored, .sha: version.sha], isBinding: true)
        } catch let error as StoreError {
            throw Ended(
                outcome: .untouched(
                    503, "the store did not answer before anything was changed: \(error)",
                    nextStep: "Send the call again; the service was not touched."))
        }
        // It may have come while the store was told.
        try Self.endIfGivenUp(progress)
    }

    /// A container of a service: the one that runs, or else any.
    ///
    /// - Returns: nil where it has none.
    func container(of compose: Compose) throws -> (id: String, state: ContainerState)? {
        let found = try docker().containers(of: compose).compactMap { id in
            try docker().state(of: id).map { (id: id, state: $0) }
        }
        return found.first { $0.state.status == .running } ?? found.first
    }

    /// What runs of a service, whoever has brought it; nil where nothing does.
    ///
    /// - Throws: `Ended` where that cannot be told, so that nothing can be begun.
    func current(_ compose: Compose) throws -> GoodVersion? {
        do {
            // One that has ended, or restarts again and again, is nothing to go back to.
            guard let container = try container(of: compose), container.state.status == .running else { return nil }
            let image = container.state.image
            return GoodVersion(sha: "", reference: image, imageID: image, jobID: "")
        } catch let failure as CommandFailure {
            throw Ended(
                outcome: .untouched(
                    502, "docker does not tell what runs: \(failure)",
                    nextStep:
                        "See that docker runs on this host, that the runner may use it, and that the compose file is as "
                        + "it should be."))
        }
    }

    /// Waits until a service is healthy.
    ///
    /// - Parameter upstream: what stands for `{upstream}` in the health URL.
    /// - Returns: nil for healthy, else what was seen last.
    func check(_ compose: Compose, upstream: String = "") throws -> String? {
        var health = service.health
        if case .http(let url) = health.probe {
            health.probe = .http(url: ProbeURL.filled(job[.healthURL] ?? url, upstream: upstream))
        } else if let url = job[.healthURL] {
            health.probe = .http(url: ProbeURL.filled(url, upstream: upstream))
        }
        let id: String
        do {
            guard let container = try container(of: compose) else { return "there is no container" }
            id = container.id
        } catch let failure as CommandFailure {
            return "\(failure)"
        }
        let check = HealthCheck(health, docker: docker(), session: session) { [progress] in try progress.tick() }
        return switch try check.run(container: id) {
        case .healthy: nil
        case .unhealthy(let finding): finding
        }
    }

    /// Runs a step whose failure is a reason to go back. Returns what went wrong; nil for nothing.
    func attempt(_ step: () throws -> Void) throws -> String? {
        let reason: String
        do {
            try step()
            return nil
        } catch let failure as CommandFailure {
            reason = "\(failure)"
        } catch let failure as FileReplacement.Failure {
            reason = "\(failure)"
        } catch let failure as Upstream.Failure {
            reason = "\(failure)"
        }
        progress.log(reason, .error)
        return reason
    }

    /// The last lines of the container of a service, as far as they can be had.
    func lastLines(_ compose: Compose) throws -> [String] {
        var lines: [String] = []
        _ = try attempt {
            guard let container = try container(of: compose) else { return }
            lines = try docker().log(of: container.id)
        }
        return lines
    }
}
