import Foundation
import TestSupport
import Testing

extension EndToEnd.UnderFire {
    /// All that may be wrong with a store, one after the other, and different on two hosts.
    @Suite(.serialized) struct StoreMixtureTests {
        private static let faults: [FaultyProxy.Fault] =
            [.slow(0.1), .slow(2)] + FaultyProxy.Moment.allCases.flatMap { [.hanging($0), .resetting($0)] }
            + Rubbish.allCases.map { .rubbish($0) }

        @Test("Whatever comes next, on either host: nothing acknowledged is lost or doubled, and no answer is wrong")
        func mixture() async throws {
            try await withBesieged { besieged throws in
                var random = SplitMix(state: 9)
                // All of them, in another order each time.
                var faults: [FaultyProxy.Fault] = []
                try besieged.withTraffic { traffic throws in
                    let followers = besieged.http.map { Follower($0.address) }
                    // What was recorded before they came they need not see.
                    for follower in followers { #expect(follower.seesSome(within: patience)) }
                    #expect(traffic.pass(10), "\(traffic.acknowledged.failures)")
                    let earlier = traffic.acknowledged.events.count
                    for _ in 0..<EndToEnd.UnderFire.count((Self.faults.count + 1) / 2, long: 600) {
                        if faults.count < 2 { faults += Self.faults.shuffled(using: &random) }
                        let set = try Self.fire(
                            [faults.removeFirst(), faults.removeFirst()], at: besieged, traffic, &random)
                        try #require(traffic.acknowledged.failures == [], "\(set)")
                        try #require(traffic.readings.failures == [], "\(set)")
                    }
                    besieged.set(.none)
                    #expect(try besieged.hasStoreAgain())
                    let told = Set(traffic.acknowledged.events.dropFirst(earlier).map(\.sha))
                    for follower in followers { try Self.expect(follower, toHaveSeen: told) }
                }
            }
        }

        /// Lets something be wrong with each host until it has struck, and now and then with the store as well; says what.
        private static func fire(
            _ faults: [FaultyProxy.Fault], at besieged: Besieged, _ traffic: Traffic, _ random: inout SplitMix
        ) throws -> String {
            for (proxy, fault) in zip(besieged.proxies, faults) {
                proxy.set(fault, share: Int.random(in: 1...5, using: &random))
            }
            let state = Int.random(in: 0..<4, using: &random) == 0 ? StoreState.all.randomElement(using: &random) : nil
            let what = "\(faults) \(state?.testDescription ?? "")"
            #expect(besieged.strikes(2), "\(what)")
            try state?.befall(besieged) {
                let refusals = traffic.acknowledged.refusals
                #expect(eventually { traffic.acknowledged.refusals > refusals + 2 }, "\(what)")
            }
            return what
        }

        /// Each event came once and in its order, and each deploy is among them, or it was said that something is missing.
        private static func expect(_ follower: Follower, toHaveSeen commits: Set<String>) throws {
            let isTold = follower.sees(commits, orGapWithin: patience)
            let report = try follower.stop()
            #expect(isTold)
            #expect(Set(report.ids).count == report.ids.count)
            #expect(report.ids == report.ids.sorted())
            #expect(Set(report.commits).count == report.commits.count)
        }

        @Test("What was taken from a store that is reached badly outlives its crash")
        func journaled() async throws {
            try await withBesieged(keepsJournals: true) { besieged throws in
                #expect(besieged.knowEachOther())
                try besieged.withTraffic(losesStore: true) { traffic throws in
                    let faults: [FaultyProxy.Fault] = [
                        .resetting(.done), .rubbish(.truncated), .resetting(.half), .hanging(.done),
                        .rubbish(.otherType),
                    ]
                    for fault in faults {
                        besieged.set(fault, share: 3)
                        #expect(besieged.strikes(EndToEnd.UnderFire.count(10, long: 500)))
                    }
                    // Some of the crash is between the store and the journal.
                    besieged.server.crash()
                    try besieged.server.start()
                    besieged.set(.none)
                    #expect(traffic.pass(20), "\(traffic.acknowledged.failures)")
                }
            }
        }
    }
}
