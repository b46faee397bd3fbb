import Foundation
import TestSupport
import Testing

extension EndToEnd.UnderFire {
    /// All that may be wrong with a store, one after the other, and different on two hosts.
    @Suite(.serialized) struct StoreMixtureTests {
        private static let faults: [FaultyProxy.Fault] =
            [.none, .slow(0.1), .slow(2)] + FaultyProxy.Moment.allCases.flatMap { [.hanging($0), .resetting($0)] }
            + Rubbish.allCases.map { .rubbish($0) }

        @Test("Whatever comes next, on either host: nothing acknowledged is lost or doubled, and no answer is wrong")
        func mixture() async throws {
            try await withBesieged { besieged throws in
                var random = SplitMix(state: 9)
                try besieged.withTraffic { traffic throws in
                    let followers = besieged.http.map { Follower($0.address) }
                    let end = monotonicMilliseconds + EndToEnd.UnderFire.count(4000, long: 600_000)
                    while monotonicMilliseconds < end {
                        let set = try Self.fire(at: besieged, &random)
                        try #require(traffic.acknowledged.failures == [], "\(set)")
                        try #require(traffic.readings.failures == [], "\(set)")
                    }
                    besieged.set(.none)
                    #expect(try besieged.hasStoreAgain())
                    let told = Set(traffic.acknowledged.events.map(\.sha))
                    for follower in followers { try Self.expect(follower, toHaveSeen: told) }
                }
            }
        }

        /// Lets something be wrong for a while, on each host something else; says what.
        private static func fire(at besieged: Besieged, _ random: inout SplitMix) throws -> String {
            let faults = besieged.proxies.map { _ in Self.faults.randomElement(using: &random) ?? .none }
            for (proxy, fault) in zip(besieged.proxies, faults) {
                proxy.set(fault, share: Int.random(in: 1...5, using: &random))
            }
            let state = Int.random(in: 0..<4, using: &random) == 0 ? StoreState.all.randomElement(using: &random) : nil
            try state?.befall(besieged) { usleep(UInt32.random(in: 50_000...1_500_000, using: &random)) }
            if state == nil { usleep(UInt32.random(in: 50_000...1_500_000, using: &random)) }
            return "\(faults) \(state?.testDescription ?? "")"
        }

        /// Each event came once and in its order, and each deploy is among them, or it was said that something is missing.
        private static func expect(_ follower: Follower, toHaveSeen commits: Set<String>) throws {
            let sees = follower.sees(commits, within: 5)
            let report = try follower.stop()
            #expect(sees || report.gaps > 0)
            #expect(Set(report.ids).count == report.ids.count)
            #expect(report.ids == report.ids.sorted())
            #expect(Set(report.commits).count == report.commits.count)
        }

        @Test("What was taken from a store that is reached badly outlives its crash")
        func journaled() async throws {
            try await withBesieged(keepsJournals: true) { besieged throws in
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
