import TestSupport
import Testing

extension EndToEnd.UnderFire {
    /// A store that is reached badly: late, not at all, by connections that break, or that says what is no answer.
    @Suite(.serialized, .besieged) struct StoreFaultTests {
        @Test("Each reply comes 100 ms late: all is answered, later")
        func slow() throws {
            let besieged = try Besieged.current
            try besieged.withTraffic { traffic throws in
                besieged.set(.slow(0.1))
                #expect(traffic.pass(10))
                #expect(try eventually { try besieged.isWell("ok") })
                #expect(besieged.strikes(1))
                besieged.set(.none)
            }
        }

        @Test(
            "The store is not heard of in time: writes are refused, all that can be is answered",
            arguments: EndToEnd.UnderFire.groups(
                of: [.slow(2)] + FaultyProxy.Moment.allCases.map { FaultyProxy.Fault.hanging($0) }))
        func late(faults: [FaultyProxy.Fault]) throws {
            let besieged = try Besieged.current
            try besieged.withTraffic { traffic throws in
                for fault in faults {
                    besieged.set(fault)
                    #expect(besieged.strikes(3))
                    #expect(try eventually { try besieged.isWell("degraded") })
                    let told = traffic.acknowledged.count
                    #expect(besieged.strikes(EndToEnd.UnderFire.count(3, long: 200)))
                    // But for what was under way.
                    #expect(traffic.acknowledged.count <= told + 4)
                    besieged.set(.none)
                    #expect(traffic.pass(4), "\(fault): \(traffic.acknowledged.failures)")
                }
            }
        }

        @Test(
            "Connections break, one in three times",
            arguments: EndToEnd.UnderFire.groups(
                of: FaultyProxy.Moment.allCases.map { FaultyProxy.Fault.resetting($0) }))
        func resetting(faults: [FaultyProxy.Fault]) throws {
            try strike(faults, share: 3, EndToEnd.UnderFire.count(15, long: 2000))
        }

        @Test(
            "One reply in five is none, or to something else",
            arguments: EndToEnd.UnderFire.groups(of: Rubbish.allCases.map { FaultyProxy.Fault.rubbish($0) }))
        func rubbish(faults: [FaultyProxy.Fault]) throws {
            try strike(faults, share: 5, EndToEnd.UnderFire.count(3, long: 500))
        }

        /// Lets each fault strike so often.
        private func strike(_ faults: [FaultyProxy.Fault], share: Int, _ count: Int) throws {
            let besieged = try Besieged.current
            try besieged.withTraffic { traffic throws in
                for fault in faults {
                    besieged.set(fault, share: share)
                    #expect(besieged.strikes(count), "\(fault)")
                    besieged.set(.none)
                    #expect(traffic.acknowledged.failures == [], "\(fault)")
                    #expect(traffic.readings.failures == [], "\(fault)")
                }
            }
        }
    }
}
