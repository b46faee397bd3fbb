/// Checks of systemd's units.
enum UnitChecks {
    static let all = [Check(.units, "at work and enabled", units)]

    private static func units(_ examination: Examination) -> Verdict {
        guard let units = examination.units else { return .skipped("systemd does not run here") }
        if case .success = examination.worker, !units.contains(where: { $0.isThere && $0.name.hasPrefix("chimney") }) {
            return .skipped("who listens is none of systemd's units")
        }
        return judge(units, hasServices: examination.subject.runner != nil)
    }

    /// Judges the units of an installation.
    ///
    /// - Parameter hasServices: whether there is anything for a runner to deploy.
    static func judge(_ units: [Unit], hasServices: Bool) -> Verdict {
        let present = units.filter(\.isThere)
        guard present.contains(where: { $0.name.hasPrefix("chimney") }) else {
            return .wrong([
                Finding(
                    .warning, "none of chimney's units is installed",
                    meaning: "Nothing starts chimney with the host, and nothing starts it again.",
                    remedy:
                        "install chimney's package, or the units of systemd/ to /etc/systemd/system; then systemctl daemon-reload"
                )
            ])
        }
        var findings: [Finding] = []
        findings += judge("chimney.socket", units.first { $0.name == "chimney.socket" }, isNeeded: true)
        findings += judge(pool: present.filter(\.isPool))
        findings += judge(
            "chimney-runner.service", units.first { $0.name == "chimney-runner.service" }, isNeeded: hasServices)
        for name in ["dragonfly.service", "redis-server.service", "caddy.service"] {
            let unit = present.first { $0.name == name }
            // Where one is installed but not used, it is somebody else's.
            if unit?.hasFailed == true || unit?.isActive == true { findings += judge(name, unit, isNeeded: false) }
        }
        let stale = present.filter(\.needsReload).map(\.name)
        if !stale.isEmpty {
            findings.append(
                Finding(
                    .warning, "systemd has not read what was changed of \(stale.joined(separator: ", "))",
                    meaning: "The change is not in force.", remedy: "systemctl daemon-reload, then restart them"))
        }
        return .of(findings, seen: present.map(\.name).joined(separator: ", "))
    }

    private static func judge(_ name: String, _ unit: Unit?, isNeeded: Bool) -> [Finding] {
        guard let unit, unit.isThere else {
            guard isNeeded else { return [] }
            return [
                Finding(
                    .fault, "there is no unit \(name)", meaning: meaning(of: name),
                    remedy: "install it from systemd/\(name), as chimney's package does; systemctl enable --now \(name)"
                )
            ]
        }
        if unit.hasFailed { return [failed(unit)] }
        guard unit.isActive || !isNeeded else {
            return [
                Finding(
                    .fault, "\(name) is not at work", meaning: meaning(of: name),
                    remedy: "systemctl enable --now \(name)")
            ]
        }
        return unit.isActive && !unit.isEnabled ? [disabled(unit)] : []
    }

    private static func judge(pool units: [Unit]) -> [Finding] {
        let failed = units.filter(\.hasFailed)
        guard let active = units.first(where: \.isActive) else {
            // Of two, the one that starts with the host is missed.
            if let missed = failed.first(where: \.isEnabled) ?? failed.first { return [self.failed(missed)] }
            let name = Unit.pool(of: units)
            return [
                Finding(
                    .fault, "\(name) is not at work", meaning: meaning(of: name),
                    remedy: "systemctl enable --now \(name)")
            ]
        }
        var findings = failed.map { unit in
            Finding(
                .warning, "\(unit.name) has failed (\(unit.result)), while \(active.name) is at work",
                meaning: "Requests are answered, but there is no going back to it as it is.",
                remedy: "journalctl -u \(unit.name) -n 50 says why; then systemctl reset-failed \(unit.name)")
        }
        let all = units.filter(\.isActive)
        if all.count > 1 { findings.append(several(all)) }
        if !units.contains(where: \.isEnabled) { findings.append(disabled(active)) }
        if active.restarts >= 3 {
            findings.append(
                Finding(
                    .warning, "\(active.name) was restarted \(active.restarts) times",
                    meaning: "It ends again and again.", remedy: "journalctl -u \(active.name) -p warning"))
        }
        return findings
    }

    private static func several(_ units: [Unit]) -> Finding {
        // An instance takes the place of the service, not the other way round.
        let kept = units.first { $0.isEnabled && $0.name != "chimney.service" } ?? units[units.count - 1]
        let others = units.map(\.name).filter { $0 != kept.name }.joined(separator: " ")
        return Finding(
            .fault, "\(units.map(\.name).joined(separator: " and ")) are at work at the same time",
            meaning:
                "Each answers a part of the requests, with its own program, settings and secrets: a token that was "
                + "withdrawn may still be accepted. (For a moment that is so while chimney-switch is at work.)",
            remedy: "systemctl disable --now \(others) && systemctl enable --now chimney.socket \(kept.name)")
    }

    private static func failed(_ unit: Unit) -> Finding {
        Finding(
            .fault, "\(unit.name) has failed (\(unit.result))", meaning: meaning(of: unit.name),
            remedy: "journalctl -u \(unit.name) -n 50; mend what it says, then systemctl restart \(unit.name)")
    }

    private static func disabled(_ unit: Unit) -> Finding {
        Finding(
            .warning, "\(unit.name) is not enabled", meaning: "After the host has started anew it is not there.",
            remedy: "systemctl enable \(unit.name)")
    }

    private static func meaning(of name: String) -> String {
        switch name {
        case "chimney.socket": "The front end finds nobody, and requests fail while chimney restarts."
        case "chimney-runner.service": "Deployments of this host wait for ever."
        case "dragonfly.service", "redis-server.service": "Without its store, chimney refuses all writes."
        case "caddy.service": "Nobody can reach chimney."
        default: "Nobody answers requests."
        }
    }
}
