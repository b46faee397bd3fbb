import TestSupport
import Testing

extension EndToEnd.DashboardTests {
    /// What the runners do, as the dashboard shows it.
    @Suite struct RunsViewTests {
        private static let token = "a-token-for-logs"

        private func shows(_ page: Dashboard) throws {
            #expect(page.shows("Show the runs", in: ".gate"))
            #expect(page.counts(0, of: "dialog"))
            try page.browser.click(".gate button")
            try page.fill(token: "wrong")
            #expect(page.browser.waits(for: "document.querySelector('dialog [role=alert]')"))
            try page.fill(token: Self.token)
        }

        private func lines(_ page: Dashboard) throws -> [String] {
            try page.browser.run("return [...document.querySelectorAll('.log > div')].map(each => each.textContent)")
                .list.compactMap(\.text)
        }

        @Test("A run is opened by its address, and its log comes as it is written, each line once")
        func log() async throws {
            try await withDeployOrigin(environment: ["LOGS_TOKEN": Self.token]) { origin throws in
                try origin.publish(2)
                try origin.succeed(DeployOrigin.sha(1))
                let pause = try origin.docker.pause(matching: "up --detach")
                let id = try origin.begin(DeployOrigin.sha(2))
                #expect(pause.waitUntilReached())
                try withBrowser(origin.origin, "queue?run=\(id)", mayComplain: true) { page in
                    try shows(page)
                    let run = "[aria-label='One run']"
                    #expect(page.shows("stopping app", in: "\(run) .log"))
                    #expect(page.shows("running", in: "\(run) .facts"))
                    #expect(page.counts(2, of: ".entry"))
                    #expect(page.shows("running", in: "[data-id='\(id)']"))
                    #expect(page.shows("It goes on as it is written.", in: run))
                    pause.resume()
                    #expect(page.shows("This is its end", in: run, within: 40))
                    #expect(page.shows("succeeded", in: "\(run) .facts"))
                    #expect(page.shows("succeeded", in: "[data-id='\(id)']"))
                    let told = try origin.origin.get("/deploy/\(id)", [("Authorization", "Bearer \(Self.token)")]).json
                    #expect(try lines(page) == told.logs?.list.compactMap(\.text))
                    // One that has ended is all there at once, and opens in the list.
                    try page.browser.click("\(run) a[href='#/queue?tab=runs']")
                    #expect(page.counts(0, of: run))
                    #expect(page.counts(2, of: ".entry"))
                    try page.browser.click("[data-id='\(id)']")
                    #expect(page.shows("This is its end", in: ".entry-detail:not([hidden])"))
                    #expect(try lines(page) == told.logs?.list.compactMap(\.text))
                }
            }
        }

        @Test("A run that may no longer be seen ends, and nothing of it is kept; it comes back with the token")
        func refused() async throws {
            try await withDeployOrigin(environment: ["LOGS_TOKEN": Self.token]) { origin throws in
                try origin.publish(1)
                let pause = try origin.docker.pause(matching: "up --detach")
                let id = try origin.begin(DeployOrigin.sha(1))
                #expect(pause.waitUntilReached())
                try withBrowser(origin.origin, "queue?run=\(id)", mayComplain: true) { page in
                    try shows(page)
                    let run = "[aria-label='One run']"
                    #expect(page.shows("It goes on as it is written.", in: run))
                    try page.browser.click("[data-id='\(id)']")
                    #expect(page.shows("It goes on as it is written.", in: ".entry-detail"))
                    // As if the server took it no longer: the next event has it asked for.
                    try page.browser.run(
                        "return import('/lib/credentials.js').then(({ forget }) => void forget('LOGS_TOKEN'))")
                    pause.resume()
                    #expect(page.shows("Show the runs", in: ".gate"))
                    #expect(try page.browser.run("return document.querySelector(\"\(run)\").textContent") == "")
                    #expect(page.counts(0, of: ".log"))
                    try page.browser.click(".gate button")
                    try page.fill(token: Self.token)
                    #expect(page.shows("This is its end", in: run, within: 40))
                    #expect(page.shows("succeeded", in: "[data-id='\(id)']"))
                    #expect(page.counts(0, of: ".entry[aria-expanded=true]"))
                }
            }
        }

        @Test("What went wrong, what to do, and what the container said are told, and are text")
        func failure() async throws {
            try await withDeployOrigin { origin throws in
                try origin.publish(1)
                let said = ["it begins", "ERROR cannot read <b>/etc/app.conf</b>"]
                try origin.docker.log(said, version: DeployOrigin.sha(1))
                try origin.docker.behave(.unhealthy)
                let told = try origin.deploy(
                    DeployOrigin.sha(1), #","reason":"<img src=x onerror=violations.push(1)>""#
                ).json
                let id = try #require(told.id?.text)
                try withBrowser(origin.origin, "queue?tab=runs", mayComplain: true) { page in
                    #expect(page.shows("failed", in: "[data-id='\(id)']"))
                    try page.browser.click("[data-id='\(id)']")
                    let detail = ".entry-detail:not([hidden])"
                    for told in [told.error, told.last_health, told.reason] {
                        #expect(page.shows(try #require(told?.text), in: detail))
                    }
                    #expect(page.shows(try #require(told.next_step?.text), in: ".next-step"))
                    try page.browser.click("\(detail) summary")
                    for line in said { #expect(page.shows(line, in: "[aria-label='Log of the container']")) }
                    #expect(page.shows("This is its end", in: detail))
                    #expect(try page.browser.run("return document.querySelectorAll('main img, main b').length") == 0)
                    // A service that has none.
                    #expect(try page.texts("select option") == ["all", "app"])
                    try page.choose("app", in: "select")
                    #expect(page.counts(1, of: ".entry"))
                    #expect(try page.place == "#/queue?tab=runs&service=app")
                }
            }
        }
    }
}
