import Essentials

/// The strategy `blue-green`: the other slot is started beside the live one, and Caddy is switched to it.
extension Execution {
    func blueGreen(_ sides: BlueGreen) throws -> Outcome {
        try progress.enter(.pull)
        let live = try live(sides)
        let slot = live?.other ?? .blue
        let version = try pull(besides: live.flatMap { try current(sides[$0].compose) })
        try beginChanging(before: live?.rawValue ?? "", to: version)
        let side = sides[slot]
        progress.log("starting \(slot.rawValue) (\(side.compose.service)) with \(version.reference)")
        var trouble = try attempt {
            // What an earlier attempt has left there.
            try docker().stop(side.compose)
            try docker(tag(of: version)).start(side.compose, image: version.reference)
        }
        var lastHealth: String?
        if trouble == nil {
            try progress.enter(.health)
            progress.log("waiting for \(slot.rawValue) to be healthy")
            lastHealth = try check(side.compose, upstream: side.upstream)
            trouble = lastHealth.map { "not healthy: \($0)" }
        }
        if trouble == nil {
            progress.log("\(slot.rawValue) is healthy; switching Caddy to \(side.upstream)")
            try progress.enter(.switch)
            trouble = try attempt { try upstream(sides).turn(to: slot) }
        }
        if let trouble {
            let failed = progress.phase
            let lines = try lastLines(side.compose)
            progress.log("\(slot.rawValue) has failed: \(trouble)", .error)
            var outcome = try goBack(sides, to: live, from: slot, because: trouble)
            outcome.phase = failed
            outcome.lastHealth = outcome.lastHealth ?? lastHealth
            outcome.containerLogs = lines
            return outcome
        }
        return try retire(sides, live: slot, version)
    }

    func upstream(_ sides: BlueGreen) -> Upstream {
        Upstream(
            service: sides, commands: commands, limit: service.limits.command,
            http: HTTPProbe(session: session) { [progress] in try progress.tick() },
            onLine: { [progress] in progress.log($0, .debug) })
    }

    /// The slot that Caddy sends requests to; where its configuration has both or neither, the one that the file names.
    private func live(_ sides: BlueGreen) throws -> BlueGreen.Slot? {
        let upstream = upstream(sides)
        do {
            return try upstream.live() ?? upstream.named
        } catch let failure as CommandFailure {
            throw Ended(
                outcome: .untouched(
                    502, "Caddy does not tell which slot is live: \(failure)",
                    nextStep: "See that Caddy runs, and that \(sides.caddy.admin) is its administration's address."))
        }
    }

    /// Ends what is left of the slot that is not live any more.
    private func retire(_ sides: BlueGreen, live slot: BlueGreen.Slot, _ version: GoodVersion) throws -> Outcome {
        var version = version
        _ = try attempt { version.imageID = try container(of: sides[slot].compose)?.state.image ?? "" }
        try progress.enter(.drain, [.version: version.stored])
        let old = sides[slot.other]
        var isOldRunning = false
        _ = try attempt { isOldRunning = try container(of: old.compose)?.state.status == .running }
        if isOldRunning {
            progress.log("\(slot.rawValue) is live; \(slot.other.rawValue) has \(sides.drain) s to end what it is at")
            let end = MonotonicClock.microseconds + UInt64(sides.drain) * 1_000_000
            while MonotonicClock.microseconds < end {
                try progress.tick()
                progress.pause()
            }
        }
        try progress.enter(.cleanup)
        let failure = try attempt {
            try docker().stop(old.compose)
            try docker().removeStopped(old.compose)
        }
        if let failure { progress.log("the old slot was not removed: \(failure)", .warning) }
        progress.log("\(service.name) runs \(version.sha) in \(slot.rawValue)")
        return .succeeded(version, slot: slot)
    }

    /// Leaves the live slot as it was, and ends the other one.
    private func goBack(
        _ sides: BlueGreen, to live: BlueGreen.Slot?, from slot: BlueGreen.Slot, because reason: String
    ) throws -> Outcome {
        try progress.enter(.rollback)
        guard let live else {
            return nothingBefore(try attempt { try docker().stop(sides[slot].compose) }, because: reason)
        }
        progress.log("\(live.rawValue) stays live", .warning)
        let upstream = upstream(sides)
        // Where it was never switched, this is how it is.
        var trouble = try attempt {
            if upstream.named != live || (try? upstream.live()) != live { try upstream.turn(to: live) }
        }
        // Not before Caddy sends nothing there any more.
        if trouble == nil {
            let failure = try attempt { try docker().stop(sides[slot].compose) }
            if let failure { progress.log("the new slot was not stopped: \(failure)", .warning) }
            // Caddy may have been told of a slot in which nothing has been started yet.
            if good.isEmpty, try current(sides[live].compose) == nil { return nothingBefore(failure, because: reason) }
        }
        try progress.enter(.rollbackHealth)
        var lastHealth: String?
        if trouble == nil, let finding = try check(sides[live].compose, upstream: sides[live].upstream) {
            lastHealth = finding
            trouble = "not healthy: \(finding)"
        }
        if let trouble {
            progress.log("the version before does not serve either: \(trouble)", .critical)
            return Outcome(
                state: .rollbackFailed, status: 500, error: "\(reason); the rollback failed too: \(trouble)",
                lastHealth: lastHealth,
                nextStep:
                    "On \(progress.tenure.host): start the slot that is to be live (docker ps --all shows what runs), see "
                    + "that \(sides.caddy.upstreamFile) has the line `to \(sides[live].upstream)`, and reload Caddy.")
        }
        return Outcome(state: .rolledBack, status: 502, error: reason, slot: live)
    }

    /// How a first deployment ends that has failed.
    ///
    /// - Parameter failure: why what was started cannot be stopped; nil where it was.
    private func nothingBefore(_ failure: String?, because reason: String) -> Outcome {
        progress.log("there is no earlier version to go back to", .warning)
        return Outcome(
            state: .failed, status: 502,
            error: "\(reason); there was no version before it"
                + (failure.map { ", and it cannot be stopped: \($0)" } ?? ""),
            nextStep:
                "Mend the image and deploy it again: nothing of \(service.name) is live on \(progress.tenure.host).")
    }

    func recoverBlueGreen(_ sides: BlueGreen, from phase: Phase) throws -> Outcome {
        let before = job[.before].flatMap(BlueGreen.Slot.init)
        let slot = before?.other ?? .blue
        if phase.isBeyondHealth, let version = job[.version].flatMap(GoodVersion.init),
            try live(sides) == slot
        {
            return try retire(sides, live: slot, version)
        }
        let lines = try lastLines(sides[slot].compose)
        var outcome = try goBack(sides, to: before, from: slot, because: "the new version was given up")
        outcome.containerLogs = lines
        return outcome
    }
}
