import TestSupport
import Testing

/// What there is after a part of a load, once nobody has anything to do.
struct Moment: CustomStringConvertible {
    let footprint: OriginFootprint
    let store: StoreContent
    /// What has been done so far, as clients were told: what the store keeps of it.
    let kept: [StoreContent.Kept: Int]
    /// Deployments of the queue so far, which it keeps for ever, …
    let deployments: Int
    /// … and deploys, of which it keeps the newest.
    let deploys: Int
    /// Requests of this part, and milliseconds that they took.
    let requests: Int
    let milliseconds: Int

    /// Checks that no process has more descriptors than before. The agent keeps connections to GitHub and to the other origins, as
    /// many as it has once needed at the same time.
    func expectNoMoreDescriptors(than first: Moment, sourceLocation: SourceLocation = #_sourceLocation) {
        for (before, after) in pairs(with: first, sourceLocation) {
            let limit = before.descriptors + (before.role == "agent" ? 8 : 0)
            #expect(after.descriptors <= limit, "\(before) \(after)", sourceLocation: sourceLocation)
        }
    }

    /// Checks that no process has more memory than before, but for a tenth, and the pages that a few pieces which the C library
    /// keeps at hand lie on: of a worker that rests twice they are not the same. Other processes are never at rest, so it is more
    /// for them.
    func expectNoMoreMemory(than first: Moment, sourceLocation: SourceLocation = #_sourceLocation) {
        for (before, after) in pairs(with: first, sourceLocation) {
            let limit = before.memory * 11 / 10 + (before.role == "worker" ? 128 << 10 : 2 << 20)
            #expect(after.memory <= limit, "\(before) \(after)", sourceLocation: sourceLocation)
        }
    }

    /// What each process had, with what it has: it must be the same process.
    private func pairs(
        with first: Moment, _ sourceLocation: SourceLocation
    ) -> Zip2Sequence<[OriginFootprint.Process], [OriginFootprint.Process]> {
        #expect(footprint.processes.map(\.pid) == first.footprint.processes.map(\.pid), sourceLocation: sourceLocation)
        return zip(first.footprint.processes, footprint.processes)
    }

    /// Checks that the store holds what is kept of each thing that was done, and nothing else that grows.
    func expectNoMoreStored(than first: Moment, sourceLocation: SourceLocation = #_sourceLocation) throws {
        for kind in StoreContent.Kept.allCases {
            // Each of a deployment's keys.
            let expected = (kept[kind] ?? 0) * (kind == .runs ? 2 : 1)
            #expect(store.kept[kind] == expected, "\(kind)", sourceLocation: sourceLocation)
        }
        #expect(store.fixed <= first.store.fixed * 5 / 4, "\(first) \(self)", sourceLocation: sourceLocation)
        // 4 KiB for a deployment of the queue, as the README has it.
        let grown = StoreContent.Kept.allCases.reduce((deployments - first.deployments) * 4096) { sum, kind in
            sum + ((kept[kind] ?? 0) - (first.kept[kind] ?? 0)) * kind.size
        }
        let identities = (min(deploys, 10_000) - min(first.deploys, 10_000)) * 256
        let passing = max(0, store.passingSize - first.store.passingSize)
        let limit = first.store.memory + grown + identities + passing * 5 / 4 + 2 << 20
        #expect(store.memory <= limit, "\(first) \(self)", sourceLocation: sourceLocation)
    }

    var description: String {
        "\(requests) requests in \(milliseconds) ms; \(footprint); \(deployments) deployments, \(deploys) deploys, \(store)"
    }
}
