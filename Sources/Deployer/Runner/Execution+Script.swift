import Essentials

/// The strategy `script`: a program of the operator's does it all.
extension Execution {
    func script(_ path: String) throws -> Outcome {
        try progress.enter(.pull)
        var version = GoodVersion(sha: job.sha, reference: "", imageID: "", jobID: job.id)
        if job.kind == .rollback { version = try pull(besides: good.first) }
        try beginChanging(before: good.first?.sha ?? "", to: version)
        return try call(path, version)
    }

    /// What the program's exit status means is part of the contract: 0 healthy, 10 pull failed, 20 rolled back, anything else
    /// rollback failed.
    private func call(_ path: String, _ version: GoodVersion) throws -> Outcome {
        progress.log("running \(path) \(version.sha)")
        var lines: [String] = []
        let status: Commands.Status
        do {
            status = try commands.run(path, [version.sha], limit: service.limits.script * 1000) { line in
                progress.log(line, isOutput: true)
                lines = (lines + [line]).suffix(Docker.logLines)
            }.status
        } catch let failure as CommandFailure {
            // It was not even started.
            return .untouched(
                502, "\(failure)", nextStep: "See that \(path) is there and that the runner may execute it.")
        }
        switch status {
        case .exited(0):
            progress.log("\(service.name) runs \(version.sha)")
            return .succeeded(version)
        case .exited(10):
            return .untouched(
                400, "\(path) could not pull the image (exit status 10)", nextStep: "See what it has printed.")
        case .exited(20):
            return Outcome(
                state: .rolledBack, status: 502, error: "\(path) has rolled back (exit status 20)", containerLogs: lines
            )
        case .exited(let other): return ruined(path, "exit status \(other)", lines)
        case .signalled(let signal): return ruined(path, "ended by signal \(signal)", lines)
        case .timedOut: return ruined(path, "not done within \(service.limits.script) s", lines)
        }
    }

    private func ruined(_ path: String, _ reason: String, _ lines: [String]) -> Outcome {
        progress.log("\(path): \(reason)", .critical)
        var outcome = Outcome(
            state: .rollbackFailed, status: 500, error: "\(path): \(reason)", containerLogs: lines,
            nextStep:
                "On \(progress.tenure.host): see what state \(path) has left \(service.name) in, and bring the version "
                + "that is to run.")
        outcome.isRuined = true
        return outcome
    }

    /// What a program that was killed in the middle has left, only itself can mend: it is run with the last good version.
    func recoverScript(_ path: String) throws -> Outcome {
        try progress.enter(.rollback)
        guard let last = good.first(where: { $0.sha == job[.before] }) ?? good.first(where: { !$0.sha.isEmpty }) else {
            return Outcome(
                state: .rollbackFailed, status: 500, error: "no version has been good here that could be brought back",
                nextStep: "On \(progress.tenure.host): see what state \(path) has left the service in.")
        }
        var outcome = try call(path, last)
        guard outcome.state == .succeeded else {
            outcome.state = .rollbackFailed
            outcome.status = 500
            return outcome
        }
        outcome.state = .rolledBack
        outcome.status = 502
        outcome.error = "\(last.sha) was brought back"
        return outcome
    }
}
