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

    /// What a rollback may go back to is what is deployed, by when it was, less what deployed rollbacks have replaced, and
    /// where that was a rollback itself, what that has replaced: each of them and whatever is a copy of it.
    func checkSources() {
        for (key, holds) in queue.sets.keys.map({ ($0, "sources:") }) + queue.members.keys.map({ ($0, "abandoned:") })
        where key.hasPrefix("sources:") || queue.members[key] != nil {
            require(taxonomies[String(key.dropFirst(holds.count))] != nil && key.hasPrefix(holds), "\(key) is there")
        }
        for (digest, siblings) in taxonomies {
            var sources: [String: Int64] = [:]
            var abandoned: Set<String> = []
            for deployment in siblings {
                let time = deployment.history.last { $0.to == "deployed" }?.time
                if deployment.status == "deployed" { sources[deployment.id] = time ?? 0 }
                if time != nil { abandoned.formUnion(replaced(by: deployment)) }
            }
            require(queue.sets["sources:\(digest)"] ?? [:], equals: sources, "sources of \(siblings[0].taxonomy)")
            guard siblings.allSatisfy(\.isHistoryWhole) else { continue }
            let found = queue.members["abandoned:\(digest)"] ?? []
            require(found == abandoned, "\(found.sorted()) are abandoned, not \(abandoned.sorted())")
        }
    }

    private func replaced(by deployment: StoredDeployment) -> Set<String> {
        var origins: Set<String> = []
        var next = deployments[deployment[.replaced]]
        while let replaced = next {
            if replaced.origin != deployment.origin { origins.insert(replaced.origin) }
            next = deployments[replaced[.replaced]]
        }
        return origins
    }
}
