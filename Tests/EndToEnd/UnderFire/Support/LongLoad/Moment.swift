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

    /// Checks that no process has more memory than before: workers a tenth at most. The others have large and small things to
    /// do at the same time, and what lies between these is free, and theirs.
    func expectNoMoreMemory(than first: Moment, sourceLocation: SourceLocation = #_sourceLocation) {
        for role in ["worker", "streamer", "agent", "runner", "supervisor"] {
            let (before, after) = (first.footprint.memory(of: role), footprint.memory(of: role))
            let allowance = role == "worker" ? 0 : 1 << 20
            #expect(before.count == after.count, sourceLocation: sourceLocation)
            for (most, now) in [
                (before[before.count / 2], after[after.count / 2]), (before.max() ?? 0, after.max() ?? 0),
            ] {
                let limit = most * 11 / 10 + allowance
                #expect(now <= limit, "\(role): \(after) after \(before)", sourceLocation: sourceLocation)
            }
        }
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
        let limit = first.store.memory + grown + identities + store.passing * 512 + 2 << 20
        #expect(store.memory <= limit, "\(first) \(self)", sourceLocation: sourceLocation)
    }

    var description: String {
        "\(requests) requests in \(milliseconds) ms; \(footprint); \(deployments) deployments, \(deploys) deploys, \(store)"
    }
}
