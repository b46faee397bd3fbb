import Essentials

/// The strategy `swap`: the service is stopped and started with the new image.
extension Execution {
    func swap(_ compose: Compose) throws -> Outcome {
        try progress.enter(.pull)
        let running = try current(compose)
        let version = try pull(besides: running)
        try beginChanging(before: running?.imageID ?? "", to: version)
        progress.log("stopping \(compose.service), and starting it with \(version.reference)")
        var trouble = try attempt {
            try docker().stop(compose)
            try docker(tag(of: version)).start(compose, image: version.reference)
        }
        var lastHealth: String?
        if trouble == nil {
            try progress.enter(.health)
            progress.log("waiting for \(compose.service) to be healthy")
            lastHealth = try check(compose) ?? "healthy"
            guard lastHealth != "healthy" else { return try tidyUp(compose, version) }
            trouble = "not healthy: \(lastHealth ?? "")"
        }
        let failed = progress.phase
        let lines = try lastLines(compose)
        progress.log("\(compose.service) has failed: \(trouble ?? "")", .error)
        var outcome = try rollBack(compose, to: running?.imageID ?? "", from: version, because: trouble ?? "")
        outcome.phase = failed
        outcome.lastHealth = outcome.lastHealth ?? lastHealth
        outcome.containerLogs = lines
        return outcome
    }

    private func tidyUp(_ compose: Compose, _ version: GoodVersion) throws -> Outcome {
        var version = version
        _ = try attempt { version.imageID = try container(of: compose)?.state.image ?? "" }
        try progress.enter(.cleanup, [.version: version.stored])
        // The new version runs: what is left over is no reason to give it up.
        if let failure = try attempt({ try docker().removeStopped(compose) }) {
            progress.log("the old container was not removed: \(failure)", .warning)
        }
        progress.log("\(compose.service) is healthy, and runs \(version.sha)")
        return .succeeded(version)
    }

    /// Starts what ran before, and sees that it is healthy.
    ///
    /// - Parameters:
    ///   - before: the id of its image; empty for nothing.
    ///   - version: what was to take its place, which is nothing to go back to.
    private func rollBack(
        _ compose: Compose, to before: String, from version: GoodVersion?, because reason: String
    ) throws -> Outcome {
        try progress.enter(.rollback)
        // Where there was no container, there is the image that was good last.
        let last = good.first { $0.reference != version?.reference }
        let reference = before.isEmpty ? last?.reference ?? "" : before
        guard !reference.isEmpty else {
            let failure = try attempt { try docker().stop(compose) }
            progress.log("there is no earlier version to go back to", .warning)
            return Outcome(
                state: failure == nil ? .failed : .rollbackFailed, status: failure == nil ? 502 : 500,
                error: "\(reason); there was no version before it"
                    + (failure.map { ", and it cannot be stopped: \($0)" } ?? "; it was stopped"),
                nextStep:
                    "Mend the image and deploy it again: nothing of \(service.name) runs on \(progress.tenure.host).")
        }
        progress.log("going back to \(reference)", .warning)
        let sha = (before.isEmpty ? last : good.first { $0.imageID == before })?.sha ?? ""
        var trouble = try attempt {
            if before.isEmpty, let last { try obtain(last) }
            try docker().stop(compose)
            try docker(sha).start(compose, image: reference)
        }
        try progress.enter(.rollbackHealth)
        var lastHealth: String?
        if trouble == nil, let finding = try check(compose) {
            lastHealth = finding
            trouble = "not healthy: \(finding)"
        }
        if let trouble {
            progress.log("the version before does not run either: \(trouble)", .critical)
            return Outcome(
                state: .rollbackFailed, status: 500, error: "\(reason); the rollback failed too: \(trouble)",
                lastHealth: lastHealth, nextStep: byHand(compose, reference))
        }
        progress.log("the version before runs again, and is healthy", .warning)
        return Outcome(state: .rolledBack, status: 502, error: reason)
    }

    /// What somebody has to do where nothing of ours has helped.
    private func byHand(_ compose: Compose, _ reference: String) -> String {
        let project = compose.project.map { " --project-name \($0)" } ?? ""
        return
            "On \(progress.tenure.host), as a user who may use docker: see why it does not run (docker compose\(project) "
            + "--file \(compose.file) logs \(compose.service)), mend it, and start it with the image \(reference), which the "
            + "runner was to go back to; or deploy another version."
    }

    func recoverSwap(_ compose: Compose, from phase: Phase) throws -> Outcome {
        let version = job[.version].flatMap(GoodVersion.init)
        if phase.isBeyondHealth, let version, try current(compose)?.imageID == version.imageID {
            return try tidyUp(compose, version)
        }
        let lines = try lastLines(compose)
        var outcome = try rollBack(
            compose, to: job[.before] ?? "", from: version, because: "the new version was given up")
        outcome.containerLogs = lines
        return outcome
    }
}
