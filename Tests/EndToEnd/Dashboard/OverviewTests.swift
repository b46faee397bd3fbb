import Foundation
import TestSupport
import Testing

extension EndToEnd.DashboardTests {
    /// What the overview shows.
    @Suite struct OverviewTests {
        private static func event(_ sha: String, title: String, slot: String = "blue") -> String {
            """
            {"sha":"\(sha)","outcome":"success","slot":"\(slot)","duration_s":47,"pr_number":321,\
            "pr_title":\(JSON.quoted(title))}
            """
        }

        @Test("A deploy that is posted appears by itself, and what it says is text")
        func deploy() async throws {
            let title = "<img src=x onerror=violations.push('run')>"
            // Without a repository GitHub's panels have nothing to show.
            try await withDashboard(mayComplain: true) { page throws in
                #expect(page.shows("Nothing has been deployed yet"))
                #expect(page.shows("live", in: "#connection"))
                #expect(try page.origin.post(Self.event("3051037", title: title)).status == 200)
                #expect(page.shows("success", in: ".hero"))
                for text in [title, "#321", "3051037", "took 47 s", "blue"] { #expect(page.shows(text, in: ".hero")) }
                #expect(page.shows(title, in: ".timeline"))
                #expect(try page.browser.run("return document.querySelectorAll('main img').length").integer == 0)

                #expect(try page.origin.post(Self.event("4c9d2aa", title: "The next", slot: "green")).status == 200)
                #expect(page.shows("The next", in: ".hero"))
                #expect(page.shows("3051037 … 4c9d2aa", in: ".timeline"))
                #expect(page.shows("of 2 deploys", in: ".tiles"))
                #expect(page.shows("green", in: ".tiles"))
            }
        }

        @Test("The project: message of the commit, runs, releases, bugs, what was merged, with links to them")
        func project() async throws {
            try await withGitHub { origin, github throws in
                let commit = try #require(github.contents.commits.last)
                let before = github.contents.commits[github.contents.commits.count - 2].sha
                for sha in [before, commit.sha] {
                    #expect(try origin.post(Self.event(sha, title: "Title of a pull request")).status == 200)
                }
                try await withDashboard(of: origin) { page throws in
                    #expect(page.shows(commit.title, in: ".hero .commit"))
                    #expect(page.shows(String(commit.sha.prefix(7)), in: ".hero"))
                    #expect(page.shows("running", in: ".runs"))
                    #expect(page.shows("failure", in: ".runs"))
                    #expect(page.shows("v1.3.0-rc.1", in: ".releases"))
                    #expect(page.shows("pre-release", in: ".releases"))
                    #expect(page.shows("Streams end after a reload", in: ".bugs"))
                    #expect(page.shows("v1.2.0", in: "#project"))
                    #expect(page.shows("merged", in: ".tiles"))
                    let links = try page.browser.run("return [...document.querySelectorAll('main a')].map(a => a.href)")
                        .list.compactMap(\.text)
                    let base = "https://github.com/\(github.repository)"
                    for link in [
                        "\(base)/commit/\(commit.sha)", "\(base)/pull/321", "\(base)/compare/\(before)...\(commit.sha)",
                    ] { #expect(links.contains(link), "\(link)") }
                    #expect(links.contains { $0.contains("/actions/runs/") })
                    #expect(links.contains { $0.contains("/releases/tag/v1.3.0-rc.1") })
                    #expect(links.contains { $0.contains("/issues/") })
                }
            }
        }

        @Test("What a webhook tells of shows without a reload")
        func webhook() async throws {
            try await withGitHub { origin, github throws in
                try await withDashboard(of: origin) { page throws in
                    #expect(page.shows("running", in: ".runs"))
                    #expect(page.shows("live", in: "#connection"))
                    let number = github.update { $0.openIssue("The handshake takes 5 s", labels: ["type:bug"]) }
                    #expect(try origin.deliver(try github.delivery(of: .issue(number, "opened"))).status == 202)
                    #expect(page.shows("The handshake takes 5 s", in: ".bugs"))
                }
            }
        }

        @Test("What is read and reached stays where it is while the same is asked for again")
        func focus() async throws {
            try await withDashboard(mayComplain: true) { page throws in
                for (sha, title) in [("3051037", "The first"), ("4c9d2aa", "The second")] {
                    #expect(try page.origin.post(Self.event(sha, title: title)).status == 200)
                }
                #expect(page.shows("3051037 … 4c9d2aa", in: ".timeline"))
                #expect(page.shows("connected", in: ".store"))
                let isKept = try page.browser.run(
                    """
                    const { resource } = await import("/lib/resource.js");
                    const [status, text] = [resource("/api/deploy/status", 30), document.querySelector(".timeline .row")];
                    for (let round = 0; round < 2; round++) {
                      // The age of a deploy changes with every second.
                      await new Promise(done => setTimeout(done, 1100));
                      await status.refresh();
                    }
                    return text === document.querySelector(".timeline .row");
                    """)
                #expect(isKept == .bool(true))
            }
        }

        @Test("A GitHub that hangs holds up nothing else")
        func gitHubHangs() async throws {
            try await withGitHub { origin, github throws in
                github.always(.silent)
                #expect(try origin.post(Self.event("3051037", title: "Deployed all the same")).status == 200)
                try await withDashboard(of: origin, mayComplain: true) { page throws in
                    // Sooner than GitHub is given up.
                    #expect(page.shows("Deployed all the same", in: ".hero", within: 9))
                    #expect(page.shows("live", in: "#connection", within: 9))
                    #expect(page.shows("connected", in: ".store", within: 9))
                }
            }
        }

        @Test("Who fails to show something is no harm to others, and an answer that is no JSON is told by its status")
        func failures() async throws {
            try await withDashboard("api", mayComplain: true) { page throws in
                let found = try page.browser.run(
                    """
                    const { ask, resource } = await import("/lib/resource.js");
                    const health = resource("/health", 0.05);
                    const errors = [];
                    addEventListener("error", event => (errors.push(event.message), event.preventDefault()));
                    health.watch(() => { throw new Error("on purpose"); });
                    let told = 0;
                    await new Promise(done => health.watch(() => (told += 1) === 3 && done()));
                    const fetched = window.fetch;
                    window.fetch = async () => new Response("<h1>Bad Gateway</h1>", { status: 502 });
                    const problem = await ask("/health").catch(error => error);
                    window.fetch = fetched;
                    return [told >= 3, errors.length > 0, problem.message];
                    """
                ).list
                #expect(found == [.bool(true), .bool(true), "The answer was 502."])
            }
        }

        @Test("Links lead only where the web is: what else a deploy or GitHub names is text")
        func addresses() async throws {
            try await withDashboard(mayComplain: true) { page throws in
                let names = try page.browser.run(
                    """
                    const { link } = await import("/lib/dom.js");
                    return ["javascript:alert(1)", "data:text/html,x", " javascript:x", "//other", "ftp://x", null, 5,
                      "https://", "https://example.org/x"].map(address => link(address, "x").nodeName);
                    """
                ).list.compactMap(\.text)
                #expect(names == Array(repeating: "SPAN", count: 8) + ["A"])
            }
        }

        @Test("While the store is away every panel says so in words, and all recover", arguments: StoreOutage.allCases)
        func storeAway(_ outage: StoreOutage) async throws {
            let server = try StoreServer()
            try await withDashboard(environment: ["ORIGINS": "http://127.0.0.1:1"], server: server, mayComplain: true) {
                page throws in
                #expect(try page.origin.post(Self.event("3051037", title: "Before")).status == 200)
                #expect(page.shows("Before", in: ".hero"))
                outage.begin(server)
                #expect(page.shows("The store is away", in: "#banner", within: 30))
                for panel in [".hero", ".timeline", ".origins"] {
                    #expect(page.shows("The store cannot serve", in: panel, within: 60), "\(panel)")
                }
                #expect(page.shows("as it was", in: ".tiles"))
                #expect(!page.shows("connected", in: ".store", within: 0))
                #expect(page.shows("Before", in: ".hero"))
                try outage.end(server)
                #expect(page.hides("The store is away", in: "#banner", within: 30))
                for panel in [".hero", ".timeline", ".origins"] {
                    #expect(page.hides("The store cannot serve", in: panel, within: 30), "\(panel)")
                }
                #expect(page.shows("connected", in: ".store"))
                // The events go on as well.
                #expect(page.shows("live", in: "#connection", within: 30))
                #expect(try page.origin.hasStoreAgain())
                #expect(try page.origin.post(Self.event("4c9d2aa", title: "After")).status == 200)
                #expect(page.shows("After", in: ".hero"))
            }
        }

        @Test("While GitHub is away every panel of it says so in words, and all recover")
        func gitHubAway() async throws {
            try await withGitHub { origin, github throws in
                github.always(.serverError)
                try await withDashboard(of: origin, mayComplain: true) { page throws in
                    let panels = [".runs", ".releases", ".bugs", ".tiles"]
                    for panel in panels { #expect(page.shows("GitHub", in: panel, within: 60), "\(panel)") }
                    #expect(page.shows("GitHub has not answered", in: "#banner", within: 30))
                    github.answerAsUsual()
                    // GitHub is left alone for a quarter of a minute, and a summary that lacks parts is held for a whole one.
                    try origin.endPause()
                    #expect(page.shows("v1.3.0-rc.1", in: ".releases", within: 30))
                    #expect(page.hides("GitHub has not answered", in: "#banner", within: 30))
                    try origin.ageAll(130)
                    #expect(page.shows("running", in: ".runs", within: 30))
                    #expect(page.shows("Streams end", in: ".bugs"))
                    for panel in panels { #expect(page.hides("GitHub", in: panel, within: 30), "\(panel)") }

                    // What is held is shown, and that it is old.
                    github.always(.serverError)
                    try origin.ageAll(1000)
                    try page.browser.reload()
                    #expect(page.shows("GitHub does not answer", in: ".releases"))
                    #expect(page.shows("v1.3.0-rc.1", in: ".releases"))
                }
            }
        }

        @Test("Chimney away: the page says so, keeps what it has, and goes on when it is back")
        func chimneyAway() async throws {
            try await withDashboard(mayComplain: true) { page throws in
                #expect(try page.origin.post(Self.event("3051037", title: "Before")).status == 200)
                #expect(page.shows("Before", in: ".hero"))
                page.origin.pool.process.signal(SIGSTOP)
                let workers = page.origin.pool.workers
                for pid in workers { kill(pid, SIGSTOP) }
                #expect(page.shows("chimney does not answer", in: "#banner", within: 40))
                #expect(page.shows("Before", in: ".hero"))
                for pid in workers { kill(pid, SIGCONT) }
                page.origin.pool.process.signal(SIGCONT)
                #expect(page.hides("chimney does not answer", in: "#banner", within: 40))
            }
        }
    }
}
