import TestSupport
import Testing

extension EndToEnd.UnderFire {
    /// A store that answers, and says that it cannot do what it is asked.
    @Suite(.serialized, .besieged) struct StoreStateTests {
        @Test(
            "Writes are refused with the request to come back, what can be read is, and it is said why",
            arguments: EndToEnd.UnderFire.groups(of: StoreState.all))
        func refusing(states: [StoreState]) throws {
            let besieged = try Besieged.current
            try besieged.withTraffic { traffic throws in
                for state in states {
                    try state.befall(besieged) {
                        try expectSaid(state, besieged)
                        let refusals = traffic.acknowledged.refusals
                        #expect(eventually { traffic.acknowledged.refusals >= refusals + 10 }, "\(state)")
                        for site in besieged.sites { try expectRefusals(state, site, traffic) }
                    }
                    #expect(traffic.pass(8), "\(state): \(traffic.acknowledged.failures)")
                }
            }
        }

        private func expectSaid(_ state: StoreState, _ besieged: Besieged) throws {
            let isSaid = try eventually {
                try besieged.sites.allSatisfy {
                    let health = try $0.http.get("/healthz").json
                    return health.status == "degraded" && ["error", "unavailable"].contains(health.dragonfly)
                        && health.dragonfly_error?.text?.contains(state.sign) == true
                }
            }
            #expect(isSaid, "\(state)")
        }

        private func expectRefusals(_ state: StoreState, _ site: Site, _ traffic: Traffic) throws {
            expectProblem(try site.http.get("/ready"), 503, "\(state)")
            for target in ["/api/deploy/status", "/api/deploy/events", "/v1/deployments"] {
                let answer = try site.http.get(target, [("X-Organisation", WritingClient.organisation)])
                #expect(answer.status == (state.isReadable ? 200 : 503), "\(state): \(target) \(answer.text)")
            }
            let event = try #require(traffic.acknowledged.events.first).json
            expectProblem(try site.http.post("/api/deploy/events", event, token: "wrong"), 401, "\(state)")
            // What is not held is fetched by the worker itself.
            #expect(try site.http.get("/api/github/releases").status == 200, "\(state)")
            expectProblem(try site.http.invalidate("/pulls"), 503, "\(state)")
        }
    }
}
