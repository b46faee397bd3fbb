import TestSupport
import Testing

extension EndToEnd.DashboardTests {
    /// What the metrics view shows.
    @Suite struct MetricsViewTests {
        @Test("Figures appear by themselves, and tell of what is asked for from then on")
        func figures() async throws {
            try await withDashboard("metrics", mayComplain: true) { page throws in
                #expect(page.shows("Not enough samples yet", in: ".measures"))
                #expect(page.shows("in the last minute", in: ".measure"), "two samples")
                #expect(page.hides("…", in: ".measures .figures"))
                for _ in 0..<37 { #expect(try page.origin.get("/api/nothing").status == 404) }
                #expect(page.shows("37 (100 %)", in: ".routes"))
                #expect(page.shows("unmatched", in: ".routes"))
                #expect(try page.rowText(of: "unmatched", in: ".routes:last-child").contains("37\t"))
                let name = "document.querySelector('.measure svg[role=img]').getAttribute('aria-label')"
                #expect(
                    page.browser.waits(
                        for: "/^Requests: [0-9.]+\\/s\\. [0-9.]+\\/s to [0-9.]+\\/s, in 1 min$/.test(\(name))"))
                #expect(page.browser.waits(for: "document.querySelector('.measure:first-child .traces .trace')"))
                let workers = try page.browser.text(".measure:last-child")
                #expect(workers.contains("of 4; one answers this page"))
            }
        }

        @Test(
            "The span is chosen by keyboard and stands in the address; a chart is read by the arrow keys; samples stay")
        func keyboard() async throws {
            try await withDashboard("metrics", mayComplain: true) { page throws in
                #expect(page.shows("Samples since"))
                #expect(page.browser.waits(for: "document.querySelector('.measure:first-child .traces .trace')"))
                try page.browser.run("document.querySelectorAll('.spans button')[2].focus()")
                try page.browser.press("\u{E007}")
                #expect(try page.browser.run("return location.hash").text == "#/metrics?span=30")
                #expect(
                    try page.browser.run("return document.querySelector('[aria-pressed=true]').innerText").text
                        == "30 min")
                let since = try page.browser.run(Self.since).text
                try page.browser.run("document.querySelector('.measure svg[role=img]').focus()")
                try page.browser.press("\u{E012}")
                #expect(
                    page.browser.waits(
                        for: "/^\\d\\d:\\d\\d:\\d\\d: [0-9.]+\\/s$/.test(document.querySelector('.told').innerText)"))
                try page.browser.press("\u{E00C}")
                #expect(page.browser.waits(for: "document.querySelector('.told').hidden"))

                try page.browser.click("#pages a[data-name='']")
                #expect(page.shows("Nothing has been deployed yet"))
                try page.browser.click("#pages a[data-name=metrics]")
                #expect(page.shows("Samples since"))
                #expect(try page.browser.run(Self.since).text == since, "they are kept while something else is shown")
            }
        }

        @Test("The store goes, chimney goes: every panel says so in words, and goes on by itself")
        func away() async throws {
            let server = try StoreServer()
            try await withDashboard("metrics", server: server, mayComplain: true) { page throws in
                let known = "document.querySelector('.measure:first-child .traces .trace')"
                #expect(page.browser.waits(for: known))
                server.stop()
                let away = "The store is away: nothing new is known."
                #expect(page.shows(away, in: ".measure"))
                #expect(try page.panels(with: away) == 6)
                #expect(page.shows(away, in: ".routes"))
                #expect(page.shows("one answers this page", in: ".measure:last-child"), "no matter of the store's")
                try server.start()
                #expect(page.hides(away, in: ".measures", within: 60))
                #expect(page.shows("in the last minute", in: ".measure", within: 60))

                try page.setOffline(true)
                #expect(page.shows("chimney cannot be reached.", in: ".measure", within: 60))
                #expect(try page.panels(with: "chimney cannot be reached.") == 7)
                try page.setOffline(false)
                #expect(page.hides("chimney cannot be reached.", in: ".measures", within: 60))
                // What begins a connection anew after a failure may still be told of.
                #expect(page.shows("live", in: "#connection", within: 60))
            }
        }

        @Test("When the quota is full again is told by the server's clock: a wall screen's may be wrong by hours")
        func clock() async throws {
            let github = try FakeGitHub(token: GitHubSecrets.token)
            defer { github.stop() }
            let settings = [
                "GITHUB_REPO": github.repository, "GITHUB_API_URL": github.url(), "GITHUB_TOKEN": GitHubSecrets.token,
            ]
            try await withDashboard(environment: settings, mayComplain: true) { page throws in
                #expect(try page.origin.github("/releases").status == 200)
                try page.browser.command(
                    "Page.addScriptToEvaluateOnNewDocument",
                    #"{"source":"{ const { now } = Date; Date.now = () => now() - 18_000_000; }"}"#)
                try page.browser.reload()
                try page.open("metrics")
                // It is never longer than an hour.
                let wanted =
                    "/full again (by now|at [0-9:]+, in \\d+ (s|min|h))/.exec(document.querySelector('.measures').innerText)"
                #expect(page.browser.waits(for: "\(wanted)?.[0].match(/by now|in (1 h|\\d+ (s|min))$/)", within: 60))
            }
        }

        private static let since = "return /Samples since [0-9:]+/.exec(document.querySelector('.spans').innerText)[0]"
    }
}

extension Dashboard {
    /// How many of the metrics' figures say something.
    fileprivate func panels(with text: String) throws -> Int {
        try browser.run(
            "return [...document.querySelectorAll('.measure')].filter(each => each.innerText.includes(\(JSON.quoted(text)))).length"
        ).integer ?? 0
    }

    /// What the row of a table says that begins with a name.
    fileprivate func rowText(of name: String, in selector: String) throws -> String {
        try browser.run(
            """
            return [...document.querySelectorAll(\(JSON.quoted(selector + " tbody tr")))]
              .map(row => row.innerText).find(text => text.startsWith(\(JSON.quoted(name)))) ?? ''
            """
        ).text ?? ""
    }

    /// Takes the browser's network away, or gives it back.
    fileprivate func setOffline(_ isOffline: Bool) throws {
        try browser.command("Network.enable")
        try browser.command(
            "Network.emulateNetworkConditions",
            #"{"offline":\#(isOffline),"latency":0,"downloadThroughput":-1,"uploadThroughput":-1}"#)
    }
}
