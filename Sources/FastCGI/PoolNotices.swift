/// What the service manager is told of the pool.
extension Pool {
    /// Whether all of this generation that take requests are there, and do.
    var isReady: Bool {
        !vacancies.contains { roles[$0.role].takesRequests }
            && children.values.allSatisfy {
                $0.generation != generation || !roles[$0.role].takesRequests || $0.slot.state != .starting
            }
    }

    /// Says once that the pool is ready. That it is so again after a reload, its successor says.
    func announceReadiness() {
        guard !isAnnounced, isReady else { return }
        isAnnounced = true
        manager.ready(summary)
    }

    /// Says that the pool goes on as it was.
    func announceRefusal(_ problem: String) { manager.ready("\(summary); reload refused: \(problem)") }

    /// Which processes the pool has when it is whole.
    var summary: String {
        let kinds = roles.filter { $0.count > 0 }.map { "\($0.count) \($0.name)\($0.count == 1 ? "" : "s")" }
        return kinds.joined(separator: ", ") + (generation == 1 ? "" : " of generation \(generation)")
    }
}
