import TestSupport
import Testing

extension EndToEnd.DashboardTests {
    /// The deployments of the queue, as the dashboard shows them.
    @Suite struct QueueViewTests {
        private static let local = ["AUTH_ENABLED": "false", "DEV_ORGANISATION": "acme"]

        private func queue(_ page: Dashboard) -> QueueClient { QueueClient(page.origin.http, "acme") }

        @Test("Pages follow each other, and the filters find what they name")
        func filters() async throws {
            try await withDashboard("queue", environment: Self.local, mayComplain: true) { page throws in
                let queue = queue(page)
                #expect(page.shows("Nothing has been scheduled yet"))
                for number in 1...60 {
                    _ = try queue.create(["version": "0.0.\(number)", "environment": "production"])
                }
                _ = try queue.create(["name": "a & b", "provider": "gcp", "region": "eu/1"], "deployed")
                // They come as they are made: the newest of them are shown, then all.
                #expect(page.shows("50 deployments of acme, and there are more"))
                #expect(page.shows("a & b", in: ".entries > li:first-child"))
                try page.browser.click(".entries + button")
                #expect(page.shows("61 deployments of acme"))
                #expect(Set(try page.texts(".entry-version")).count == 61)

                try page.browser.type("a & b", into: "[name=name]")
                #expect(page.shows("1 deployment of acme"))
                #expect(try page.place == "#/queue?name=a%20%26%20b")
                try page.choose("scheduled", in: "[name=status]")
                #expect(page.shows("No deployment fits these filters."))
                try page.choose("deployed", in: "[name=status]")
                #expect(page.counts(1, of: ".entry"))
                #expect(page.shows("deployed", in: ".entry .sign"))

                // The address brings it all back.
                try page.browser.run("location.reload()")
                #expect(page.counts(1, of: ".entry"))
                #expect(page.shows("gcp / eu/1", in: ".entry-where"))
                #expect(
                    try page.browser.run("return document.querySelector('[name=name]').value").text == "a & b")
                try page.browser.click(".filters button")
                #expect(page.shows("50 deployments of acme, and there are more"))
                #expect(try page.place == "#/queue")
            }
        }

        @Test("What others change shows by itself, where it is open as well, and what they write is text")
        func live() async throws {
            let name = "<img src=x onerror=violations.push('run')>"
            try await withDashboard("queue", environment: Self.local, mayComplain: true) { page throws in
                let queue = queue(page)
                #expect(page.shows("Nothing has been scheduled yet"))
                let id = try #require(try queue.create(["name": name, "version": "<b>1</b>"]).id?.text)
                #expect(page.shows(name, in: ".entry"))
                #expect(page.shows("<b>1</b>", in: ".entry"))
                #expect(page.shows("scheduled", in: ".entry .sign"))
                try page.browser.click(".entry")
                #expect(page.shows(id, in: ".entry-detail"))
                #expect(page.counts(1, of: ".history li"))
                #expect(try queue.patch(id, #"{"notes":"<script>violations.push('run')</script>"}"#).status == 200)
                try queue.move(id, "in_progress")
                #expect(page.shows("in progress", in: ".entry .sign"))
                #expect(page.shows("<script>", in: ".entry-detail .facts"))
                #expect(page.shows("scheduled →", in: ".history"))
                #expect(page.counts(3, of: ".history li"))
                #expect(
                    try page.browser.run("return document.querySelectorAll('main img, main b, main script').length")
                        == 0)
                // It is still open, and the focus is still where it was.
                #expect(page.browser.waits(for: "document.activeElement.matches('.entry[aria-expanded=true]')"))
            }
        }

        @Test("The chain of rollbacks is shown, and can be followed")
        func lineage() async throws {
            try await withDashboard("queue", environment: Self.local, mayComplain: true) { page throws in
                let queue = queue(page)
                var ids: [String] = []
                for version in ["1.2.8", "1.2.9", "1.3.0"] {
                    ids.append(try queue.create(["version": version], "deployed"))
                }
                let first = try #require(try queue.rollBack(id: ids[2]).json.id?.text)
                try queue.move(first, "deployed")
                let second = try #require(try queue.rollBack(id: first).json.id?.text)
                #expect(page.counts(5, of: ".entry"))
                #expect(page.shows("rollback of 1.2.9", in: "[data-id='\(second)']"))
                #expect(page.shows("rollback of 1.3.0", in: "[data-id='\(first)']"))

                try page.browser.click("[data-id='\(first)']")
                #expect(page.counts(3, of: ".lineage li"))
                let chain = try page.texts(".lineage li")
                for (text, version) in zip(chain, ["1.3.0", "1.2.9", "1.2.8"]) { #expect(text.contains(version)) }
                #expect(chain[0].contains("rolled back") && chain[1].contains("→ rolled back →"))
                #expect(chain[1].contains("this one") && chain[1].contains("from an earlier 1.2.9"))
                #expect(chain[2].contains("in progress") && chain[2].contains("from an earlier 1.2.8"))
                #expect(page.shows("a copy of another", in: ".history"))

                try page.browser.click(".lineage li:last-child a")
                #expect(page.shows("web 1.2.8", in: "[aria-label='One deployment'] h2"))
                #expect(page.shows(second, in: "[aria-label='One deployment'] .facts"))
                #expect(try page.place == "#/queue?id=\(second)")
                // What it is a copy of is an ordinary deployment, which is part of no chain.
                #expect(page.counts(3, of: ".lineage li"))
                try page.browser.click(".lineage li:last-child .quiet a")
                #expect(page.shows(ids[0], in: "[aria-label='One deployment'] .facts"))
                #expect(page.counts(0, of: ".lineage"))
                try page.browser.run("history.back()")
                #expect(page.shows(second, in: "[aria-label='One deployment'] .facts"))
                // One that nobody knows is told as such.
                try page.browser.run("location.hash = '#/queue?id=\(String(repeating: "0", count: 8))'")
                #expect(
                    page.shows("Your organisation has no deployment with this id", in: "[aria-label='One deployment']"))
            }
        }

        @Test("What is being typed as the view is left is not looked for, and leaves the next view's address alone")
        func left() async throws {
            try await withDashboard("queue", environment: Self.local, mayComplain: true) { page throws in
                #expect(page.shows("Nothing has been scheduled yet"))
                try page.browser.run(
                    """
                    const field = document.querySelector('[name=name]');
                    field.focus();
                    field.value = 'left';
                    field.dispatchEvent(new Event('input', { bubbles: true }));
                    location.hash = '#/api';
                    // Later than anything that waits for the next key.
                    setTimeout(() => (window.isLater = true), 1000);
                    """)
                #expect(page.browser.waits(for: "document.body.dataset.view === 'api'"))
                #expect(page.browser.waits(for: "window.isLater"))
                #expect(try page.place == "#/api")
                #expect(try !page.browser.requests().contains { $0.contains("name=left") })
            }
        }

        @Test("Without the store it says so, what was there stays, and all of it recovers by itself")
        func outage() async throws {
            let server = try StoreServer()
            try await withDashboard("queue", environment: Self.local, server: server, mayComplain: true) {
                page throws in
                let queue = queue(page)
                _ = try queue.create(["version": "1.0.0"])
                #expect(page.shows("1.0.0", in: ".entry"))
                server.stop()
                #expect(page.shows("As it was", in: ".panel-note"))
                #expect(page.shows("1.0.0", in: ".entry"))
                // Who comes now is told as well.
                try page.browser.run("location.hash = '#/queue?id=00000000'")
                #expect(page.shows("The store", in: "[aria-label='One deployment'] .trouble"))
                try page.browser.run("location.hash = '#/queue?tab=runs'")
                #expect(page.shows("The store", in: ".gate .trouble"))
                try server.start()
                #expect(page.shows("Nothing has been deployed by this server"))
                try page.browser.run("location.hash = '#/queue'")
                #expect(page.shows("Nothing has been scheduled yet"))
                #expect(try page.origin.hasStoreAgain())
                _ = try queue.create(["version": "2.0.0"])
                #expect(page.shows("2.0.0", in: ".entry"))
                #expect(page.hides("As it was", in: "main"))
            }
        }

        @Test("Nobody is asked for a token before wanting to see it; a wrong one is asked for again, and why")
        func authentication() async throws {
            let github = try FakeGitHub()
            defer { github.stop() }
            github.setMember(.init("octocat", of: ["Acme"]), token: Callers.token)
            try await withDashboard(
                "queue", environment: ["GITHUB_API_URL": github.url(), "GITHUB_OIDC_ISSUER": github.url()],
                mayComplain: true
            ) { page throws in
                defer { github.release() }
                #expect(page.shows("Send a token of GitHub's", in: ".gate"))
                #expect(page.counts(0, of: "dialog"))
                // Thought better of.
                try page.browser.click(".gate button")
                #expect(page.shows("scope read:org", in: "dialog"))
                try page.browser.press("\u{E00C}")
                #expect(page.counts(0, of: "dialog"))
                #expect(page.shows("Show the queue", in: ".gate"))

                try page.browser.click(".gate button")
                try page.fill(token: "ghp_wrong", organisation: "acme")
                #expect(page.shows("Send a token of GitHub's", in: "dialog [role=alert]"))
                try page.fill(token: Callers.token, organisation: "others")
                #expect(page.shows("no member of others", in: "dialog [role=alert]"))
                try page.fill(token: Callers.token, organisation: "acme")
                #expect(page.shows("Nothing has been scheduled yet"))
                #expect(try page.origin.schedule("web", Callers.token, organisation: "acme").status == 201)
                #expect(page.shows("octocat", in: ".entry-who"))
                // It is kept for as long as the page, and in it alone.
                try page.browser.run("location.hash = '#/queue?status=scheduled'")
                #expect(page.shows("octocat", in: ".entry-who"))
                #expect(
                    try page.browser.run("return localStorage.length + sessionStorage.length + document.cookie.length")
                        == 0)
                try page.browser.run("location.reload()")
                #expect(page.shows("Show the queue", in: ".gate"))
            }
        }
    }
}
