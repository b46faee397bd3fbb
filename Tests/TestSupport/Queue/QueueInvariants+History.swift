extension QueueInvariants {
    // MARK: What histories tell

    /// Every step follows from the one before it: what is claimed was scheduled, and nobody else has claimed it since.
    func checkHistories() {
        for deployment in queue.deployments {
            let id = deployment.id
            guard let first = deployment.history.first, let last = deployment.history.last else {
                require(false, "\(id) has no history")
                continue
            }
            require(first.time == deployment.sequence && first.from == nil, "\(id) begins with \(first.change)")
            require(
                first.to == "scheduled" || first.to == "in_progress" && deployment[.trigger] == "rollback",
                "\(id) begins as \(first.to ?? "nothing")")
            require(
                String(last.time) == deployment[.updated],
                "\(id) was changed at \(last.time), not \(deployment[.updated])")
            var status = first.to ?? ""
            for (before, change) in zip(deployment.history, deployment.history.dropFirst()) {
                require(before.time < change.time, "\(id): \(change.time) follows \(before.time)")
                guard let from = change.from, let to = change.to else { continue }
                let isFirstKept = before.time == first.time && !deployment.isHistoryWhole
                require(from == status || isFirstKept, "\(id) was \(status) when it went from \(from) to \(to)")
                let isReplaced = change.change.rolled_back_by != nil && from == "in_progress" && to == "rolled_back"
                require(
                    StoredDeployment.moves[from]?.contains(to) == true || isReplaced, "\(id) went from \(from) to \(to)"
                )
                status = to
            }
            require(
                status == deployment.status || !deployment.isHistoryWhole,
                "\(id) is \(deployment.status) and its history ends \(status)")
        }
    }

    /// The status of a deployment just before a time; nil where it was not there yet, or nobody knows any more.
    private func status(of deployment: StoredDeployment, before time: Int64) -> String? {
        guard deployment.isHistoryWhole else { return nil }
        return deployment.history.last { $0.time < time && $0.to != nil }?.to
    }

    // MARK: Progress

    /// What is in progress is known to be, since when it is.
    func checkProgress() {
        var expected: [String: Int64] = [:]
        for deployment in queue.deployments where deployment.status == "in_progress" {
            expected[deployment.id] = deployment.history.last { $0.to != nil }?.time
        }
        let found = queue.sets["progress"] ?? [:]
        require(found, equals: expected, "progress")
        for (id, since) in queue.sets["stuck"] ?? [:] {
            require(found[id] == since, "\(id) is told to be stuck since \(since)")
        }
    }

    // MARK: Skips

    /// Whoever was deployed has skipped, in the same step, exactly those older siblings that were scheduled and had no
    /// higher version. So nothing older is scheduled now, but for those and what was scheduled again later.
    func checkSkips() {
        for siblings in taxonomies.values {
            var skips: [String: Set<String>] = [:]
            for sibling in siblings {
                for change in sibling.history {
                    guard let id = change.change.skipped_by?.text else { continue }
                    require(change.from == "scheduled" && change.to == "skipped", "\(sibling.id): \(change.change)")
                    skips["\(id) \(change.time)", default: []].insert(sibling.id)
                }
            }
            for deployment in siblings {
                for change in deployment.history where change.to == "deployed" {
                    let older = siblings.prefix { $0.sequence < deployment.sequence }.filter {
                        status(of: $0, before: change.time) == "scheduled"
                            && !VersionOrder.isHigher($0.version, than: deployment.version)
                    }
                    let found = skips.removeValue(forKey: "\(deployment.id) \(change.time)") ?? []
                    let expected = Set(older.map(\.id))
                    require(
                        expected == found || !siblings.allSatisfy(\.isHistoryWhole),
                        "\(deployment.id) has skipped \(found.sorted()), not \(expected.sorted())")
                    for sibling in older where sibling.status == "scheduled" {
                        require(
                            (sibling.history.last { $0.to != nil }?.time ?? 0) > change.time,
                            "\(sibling.id) is scheduled and older than \(deployment.id), which is deployed")
                    }
                }
            }
            for (by, ids) in skips where siblings.allSatisfy(\.isHistoryWhole) {
                require(false, "\(ids.sorted()) were skipped by \(by), which was not deployed then")
            }
        }
    }

    // MARK: Sources

    /// What a rollback may go back to is what was deployed, less what a deployed rollback stands for: what it is a copy of
    /// and what it has replaced, and where that was a rollback itself, the same of that.
    func checkSources() {
        let keys = Set(taxonomies.keys.map { "sources:\($0)" })
        for key in queue.sets.keys where key.hasPrefix("sources:") { require(keys.contains(key), "\(key) is there") }
        for (digest, siblings) in taxonomies {
            let found = queue.sets["sources:\(digest)"] ?? [:]
            for id in found.keys {
                require(
                    deployments[id]?.status == "deployed", "\(id) is a source and \(deployments[id]?.status ?? "none")")
            }
            guard siblings.allSatisfy(\.isHistoryWhole) else { continue }
            let steps = siblings.flatMap { deployment in deployment.history.map { (deployment, $0) } }
            var expected: [String: Int64] = [:]
            for (deployment, change) in steps.sorted(by: { $0.1.time < $1.1.time }) {
                if change.from == "deployed" { expected[deployment.id] = nil }
                guard change.to == "deployed" else { continue }
                expected[deployment.id] = change.time
                for id in lineage(of: deployment) { expected[id] = nil }
            }
            require(found, equals: expected, "sources of \(siblings[0].taxonomy)")
        }
    }

    private func lineage(of deployment: StoredDeployment) -> [String] {
        var ids: [String] = []
        var next = Optional(deployment)
        while let rollback = next, !rollback[.replaced].isEmpty {
            ids += [rollback[.source], rollback[.replaced]]
            next = deployments[rollback[.replaced]]
        }
        return ids
    }
}
